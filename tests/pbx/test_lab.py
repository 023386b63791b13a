"""The lab is a real Asterisk with real calls, stands beside others, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callcore.commands import Originate
from lab import behaviour, sip, speech
from lab.errors import StartError
from lab.pbx import Asterisk
from lab.settings import LabSettings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.fixtures_lab import Watched

pytestmark = pytest.mark.pbx

ROOT = Path(__file__).parents[2]


async def test_a_call_reaches_a_phone_and_is_written_down(pbx: Asterisk) -> None:
    async with sip.Phones.playing(pbx, default=behaviour.answers(0.1)) as phones:
        outcome = await sip.call(pbx, sip.Caller("+442079460110", name="Anna", talk_s=0.5))
        assert outcome.answered
        heard = await phones.ends("1001")
        assert heard.word == "ended"
        assert phones.invites == 1
    await sip.all_over(pbx)
    assert '"Anna"' in pbx.cel_csv.read_text()
    assert '"ANSWERED"' in pbx.cdr_csv.read_text()


@pytest.mark.parametrize(
    ("does", "refusal"), [(behaviour.busy(), 486), (behaviour.unknown_number(), 480)]
)
async def test_a_phone_that_does_not_answer_is_told_to_the_caller(
    pbx: Asterisk, does: behaviour.Behaviour, refusal: int
) -> None:
    async with sip.Phones.playing(pbx, {"1001": does}):
        outcome = await sip.call(pbx, sip.Caller("+442079460110"))
    assert not outcome.answered
    assert outcome.refusal in {refusal, 503}


async def test_a_caller_may_lose_patience(pbx: Asterisk) -> None:
    async with sip.Phones.playing(pbx, default=behaviour.never()) as phones:
        outcome = await sip.call(pbx, sip.Caller("+442079460110", cancel_s=0.3))
        assert outcome.cancelled
        assert (await phones.ends("1001")).word == "cancelled"


async def test_an_agent_dials_out_over_the_trunk(pbx: Asterisk) -> None:
    async with (
        sip.Phones.playing(pbx),
        sip.Trunk.playing(pbx, default=behaviour.answers(0.1)) as trunk,
    ):
        outcome = await sip.dial(pbx, "1003", "+12025550188", talk_s=0.3)
    assert outcome.answered
    assert trunk.invites_of("+12025550188") == 1


async def test_nobody_gets_in_without_a_secret_or_out_to_a_forbidden_country(pbx: Asterisk) -> None:
    async with sip.Phones.playing(pbx), sip.Trunk.playing(pbx) as trunk:
        for number in ("+8821234567890", "+19005550199", "00123"):
            assert not (await sip.dial(pbx, "1003", number)).answered
        assert trunk.invites == 0


GREETING = (
    "Hello, you have reached the office. We cannot take your call at the moment. Please leave your "
    "name and your number after the tone, and we will call you back soon."
)
HOSTILE = [
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "\u202egnirts",
    'a"b\\c',
    "\udcff\udcfe",
]


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_name_is_carried_as_it_is(pbx: Asterisk, name: str) -> None:
    async with sip.Phones.playing(pbx, default=behaviour.answers(0.1)):
        sent = name.replace("\\", "\\\\").replace('"', '\\"')
        assert (await sip.call(pbx, sip.Caller("+442079460110", name=sent, talk_s=0.2))).answered


async def test_a_crowd_calls_at_its_rate_and_is_counted(pbx: Asterisk) -> None:
    load = sip.Load(30, 15, [sip.Caller("+442079460110")], talk_s=0.5)
    async with (
        sip.Phones.playing(pbx, default=behaviour.answers(0.1)) as phones,
        sip.crowding(pbx, load) as crowd,
    ):
        report = await crowd.is_over()
        assert (report.placed, report.answered, report.ended) == (30, 30, 30)
        assert phones.invites == 30


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Hello?", "HUMAN"),
        (GREETING, "MACHINE"),
    ],
)
async def test_speech_is_good_enough_for_answering_machine_detection(
    pbx: Asterisk, watched: Watched, text: str, verdict: str
) -> None:
    voice = await asyncio.to_thread(speech.say, text, pause_s=0.3, after_s=4.0)
    answers = behaviour.answers(0.1, says=voice)
    async with sip.Trunk.playing(pbx, default=answers) as trunk:
        command = Originate("PJSIP/+12025550188@trunk-a", "amd", "s", "+442079460100")
        await watched.bridge.execute(command, deadline_s=15.0)
        await trunk.ends("+12025550188")
        await sip.all_over(pbx)
    assert verdict in pbx.cel_csv.read_text()


async def test_two_labs_stand_side_by_side() -> None:
    async with Asterisk.running() as one, Asterisk.running(LabSettings(systemname="two")) as other:
        assert one.sip_port != other.sip_port
        async with (
            sip.Phones.playing(one, default=behaviour.answers(0.1)) as here,
            sip.Phones.playing(other, default=behaviour.answers(0.1)) as there,
        ):
            await sip.call(other, sip.Caller("+442079460110", talk_s=0.2))
            assert (here.invites, there.invites) == (0, 1)


async def test_it_comes_back_after_kill_9_on_the_same_ports(pbx: Asterisk) -> None:
    port = pbx.ami_port
    await pbx.kill9()
    assert not pbx.alive
    await pbx.start_again()
    assert pbx.ami_port == port
    assert "0 active channels" in await pbx.cli("core show channels count")


async def test_a_clean_stop_leaves_no_folder_and_no_process() -> None:
    async with Asterisk.running() as pbx:
        folder, pid = pbx.run_dir, pbx.pid
    assert not await asyncio.to_thread(folder.exists)
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_nothing_outlives_a_parent_that_is_killed() -> None:
    program = textwrap.dedent(
        """
        import asyncio
        from lab import sip
        from lab.pbx import Asterisk

        async def main() -> None:
            async with Asterisk.running() as pbx, sip.Phones.playing(pbx):
                print(pbx.pid, flush=True)
                await asyncio.Event().wait()

        asyncio.run(main())
        """
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert parent.stdout is not None
    asterisk = int(await parent.stdout.readline())
    children = [asterisk, *_children_of(parent.pid)]
    assert len(children) > 1
    watches = [os.pidfd_open(pid) for pid in children]
    parent.kill()
    await parent.wait()
    await asyncio.gather(*(_gone(watch) for watch in watches))


def _children_of(pid: int) -> Iterable[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def _gone(pidfd: int) -> None:
    loop, gone = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(pidfd, gone.set)
    async with asyncio.timeout(10):
        await gone.wait()
    loop.remove_reader(pidfd)
    os.close(pidfd)


async def test_a_broken_configuration_is_an_error_that_shows_the_log() -> None:
    broken = LabSettings(extra_config={"modules.conf": "require = no_such_module.so\n"})
    with pytest.raises(StartError) as caught:
        await Asterisk.start(broken)
    assert "no_such_module" in str(caught.value)
