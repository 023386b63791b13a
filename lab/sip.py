"""The people around a lab: agents' telephones, the far end of the trunk, callers, a crowd of them.

Does not judge what becomes of their calls (truth.py does).
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from lab import behaviour
from lab.errors import LabError
from lab.ports import is_free
from lab.register import EXPIRES_S, register
from lab.scenario import Calling, Rule, called, calling, literal
from lab.sipp import Heard, Sipp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from lab.behaviour import Behaviour
    from lab.pbx import Asterisk

_ENDS = frozenset({"ended", "refused", "cancelled"})
_LATE_S = 10.0


class Telephones:
    """Telephones that one sipp plays; `sipp` tells what they heard, first field the called user."""

    def __init__(self, sipp: Sipp) -> None:
        self.sipp = sipp

    @property
    def invites(self) -> int:
        """How many calls reached any of them: the ground truth of what was dialled."""
        return self.sipp.count["invite"]

    def invites_of(self, user: str) -> int:
        return sum(heard.word == "invite" and heard.fields[0] == user for heard in self.sipp.heard)

    async def rings(self, user: str, *, since: int = 0, deadline_s: float = 10.0) -> Heard:
        """Wait until `user`'s telephone is called."""
        return await self._hears("invite", user, since, deadline_s)

    async def answers(self, user: str, *, since: int = 0, deadline_s: float = 10.0) -> Heard:
        """Wait until the call at `user`'s telephone is up."""
        return await self._hears("answered", user, since, deadline_s)

    async def ends(self, user: str, *, since: int = 0, deadline_s: float = 30.0) -> Heard:
        """Wait until a call at `user`'s telephone is over, one way or another."""
        return await self.sipp.until(
            lambda heard: heard.word in _ENDS and heard.fields[0] == user,
            since=since,
            deadline_s=deadline_s,
        )

    async def _hears(self, word: str, user: str, since: int, deadline_s: float) -> Heard:
        return await self.sipp.until(
            lambda heard: heard.word == word and heard.fields[0] == user,
            since=since,
            deadline_s=deadline_s,
        )


class Phones(Telephones):
    """The agents' telephones of a lab, registered at its PBX."""

    @classmethod
    @asynccontextmanager
    async def playing(
        cls,
        pbx: Asterisk,
        special: Mapping[str, Behaviour] | None = None,
        default: Behaviour | None = None,
        *,
        only: Iterable[str] | None = None,
    ) -> AsyncIterator[Self]:
        """All phones of `pbx` (or `only` some) for the length of the block.

        `special` gives single extensions a behaviour; the others do `default`: answer after half a
        second and talk until the other side hangs up.
        """
        users = list(only if only is not None else pbx.settings.phones)
        port = pbx.ports.players[0]
        scenario = called(_rules(special), default or behaviour.answers())
        async with Sipp.running(scenario, port) as sipp:
            await register(users, secret=pbx.phone_secret, sip_port=pbx.sip_port, contact_port=port)
            yield cls(sipp)


async def _renew(pbx: Asterisk, users: list[str], port: int) -> None:
    """A registration ends after a while; a lab may run all day."""
    while True:
        await asyncio.sleep(EXPIRES_S / 2)
        with suppress(LabError):  # the PBX may be down on purpose
            await register(users, secret=pbx.phone_secret, sip_port=pbx.sip_port, contact_port=port)


class Trunk(Telephones):
    """Everybody the PBX can call through its trunk."""

    @classmethod
    @asynccontextmanager
    async def playing(
        cls,
        pbx: Asterisk,
        special: Mapping[str, Behaviour] | None = None,
        default: Behaviour | None = None,
    ) -> AsyncIterator[Self]:
        """The far end of the trunk for the length of the block; `special` is by number dialled."""
        scenario = called(_rules(special), default or behaviour.answers())
        async with Sipp.running(scenario, pbx.ports.trunk) as sipp:
            yield cls(sipp)


def _rules(special: Mapping[str, Behaviour] | None) -> list[Rule]:
    return [
        Rule(f"^{re.escape(user).replace('+', '[+]')}$".replace("\\[+]", "[+]"), does)
        for user, does in (special or {}).items()
    ]


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody outside who calls `did`.

    `name` is what his telephone shows, as hostile as you like. `cancel_s`: gives up when nobody
    answered by then. `talk_s`: hangs up so long after the answer; None leaves that to the other side.
    """

    did: str
    number: str = "+12025550101"
    name: str = ""
    talk_s: float | None = 3.0
    cancel_s: float | None = None
    says: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call, as the caller's telephone saw it; `refusal` is a SIP status or 0."""

    answered: bool
    refusal: int
    cancelled: bool
    sip_call_id: str


class PlacedCall:
    """A call of a caller's that is under way."""

    def __init__(self, sipp: Sipp) -> None:
        self.sipp = sipp

    async def is_answered(self, *, deadline_s: float = 15.0) -> Heard:
        return await self.sipp.until_word("answered", deadline_s=deadline_s)

    async def is_over(self, *, deadline_s: float = 60.0) -> Outcome:
        """Wait for the end."""
        last = await self.sipp.until(lambda heard: heard.word in _ENDS, deadline_s=deadline_s)
        refusal = int(last.fields[1]) if last.word == "refused" else 0
        return Outcome(
            answered=self.sipp.count["answered"] > 0,
            refusal=refusal,
            cancelled=last.word == "cancelled",
            sip_call_id=last.call,
        )


class Reachable(Protocol):
    """Where callers call: a lab's PBX, of this process or of another."""

    @property
    def sip_port(self) -> int: ...

    @property
    def caller_ports(self) -> range:
        """The ports that its trunk may call from; by these Asterisk knows it."""
        ...


@asynccontextmanager
async def placing(pbx: Reachable, caller: Caller) -> AsyncIterator[PlacedCall]:
    """Place one call; at the end of the block it is over, hung up if need be."""
    scenario = calling(
        Calling(
            to_user=literal(caller.did),
            from_user=literal(caller.number),
            from_name=literal(caller.name),
            talk_s=caller.talk_s,
            cancel_s=caller.cancel_s,
            says=caller.says,
        )
    )
    async with (
        _one_of(pbx.caller_ports) as port,
        Sipp.running(scenario, port, "-m", "1", f"127.0.0.1:{pbx.sip_port}") as sipp,
    ):
        yield PlacedCall(sipp)


async def call(pbx: Reachable, caller: Caller, *, deadline_s: float = 60.0) -> Outcome:
    """Place one call and wait for its end."""
    async with placing(pbx, caller) as placed:
        outcome = await placed.is_over(deadline_s=deadline_s)
        await placed.sipp.finished(deadline_s=_LATE_S)
        return outcome


@asynccontextmanager
async def dialling(
    pbx: Asterisk, extension: str, number: str, *, talk_s: float | None = None
) -> AsyncIterator[PlacedCall]:
    """A call that an agent dials at his own telephone; at the end of the block it is over."""
    scenario = calling(
        Calling(to_user=number, from_user=extension, secret=pbx.phone_secret, talk_s=talk_s)
    )
    async with (
        _one_of(pbx.ports.players[1:]) as port,
        Sipp.running(scenario, port, "-m", "1", f"127.0.0.1:{pbx.sip_port}") as sipp,
    ):
        yield PlacedCall(sipp)


async def dial(
    pbx: Asterisk, extension: str, number: str, *, talk_s: float | None = 3.0
) -> Outcome:
    """Dial at an agent's telephone and wait for the end."""
    async with dialling(pbx, extension, number, talk_s=talk_s) as placed:
        outcome = await placed.is_over()
        await placed.sipp.finished(deadline_s=_LATE_S)
        return outcome


@dataclass(frozen=True, slots=True)
class Load:
    """`calls` callers, `rate` a second, from `callers` in turn; all of them talk `talk_s`."""

    calls: int
    rate: float
    callers: Sequence[Caller]
    talk_s: float = 2.0


@dataclass(frozen=True, slots=True)
class LoadReport:
    """How many were placed, and what became of them."""

    placed: int
    answered: int
    refused: int
    ended: int


class Crowd:
    """Many callers by one sipp; `sipp.heard` fills while they call."""

    def __init__(self, sipp: Sipp, load: Load) -> None:
        self.sipp = sipp
        self._load = load

    async def is_over(self) -> LoadReport:
        """Wait until every caller is done."""
        load = self._load
        deadline_s = load.calls / load.rate + load.talk_s + 60.0
        await self.sipp.finished(deadline_s=deadline_s)
        count = self.sipp.count
        return LoadReport(count["invite"], count["answered"], count["refused"], count["ended"])


@asynccontextmanager
async def crowding(pbx: Reachable, load: Load) -> AsyncIterator[Crowd]:
    """Let a crowd call; bounded by `load.calls`, and over at the end of the block."""
    scenario = calling(
        Calling(to_user="[field0]", from_user="[field1]", from_name="[field2]", talk_s=load.talk_s)
    )
    with tempfile.TemporaryDirectory(prefix="trunkline-load-") as folder:
        table = Path(folder) / "callers.csv"
        lines = [
            ";".join(text.replace(";", ",") for text in (caller.did, caller.number, caller.name))
            for _, caller in zip(range(load.calls), cycle(load.callers), strict=False)
        ]
        table.write_text("SEQUENTIAL\n" + "\n".join(lines) + "\n", encoding="utf-8")
        async with (
            _one_of(pbx.caller_ports) as port,
            Sipp.running(
                scenario,
                port,
                *("-inf", str(table), "-m", str(load.calls), "-r", f"{load.rate:g}"),
                *("-l", str(load.calls), f"127.0.0.1:{pbx.sip_port}"),
            ) as sipp,
        ):
            yield Crowd(sipp, load)


_in_use: set[int] = set()


@asynccontextmanager
async def _one_of(ports: range) -> AsyncIterator[int]:
    free = next((port for port in ports if port not in _in_use and is_free(port)), None)
    if free is None:
        raise LabError(f"all {len(ports)} callers of this lab are busy: place fewer calls at once")
    _in_use.add(free)
    try:
        yield free
    finally:
        _in_use.discard(free)


async def all_over(pbx: Asterisk, *, deadline_s: float = 30.0) -> None:
    """Wait until no channel lives on the PBX: its records are complete then."""
    try:
        async with asyncio.timeout(deadline_s):
            while await pbx.channels():  # noqa: ASYNC110 # Asterisk's console tells nobody
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise LabError(f"calls still live after {deadline_s} s") from None
