"""Each thing that can be wrong with a PBX is found, with what to change."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callcore.ids import PbxId
from pbx_bridge.checks import CONTEXTS, Finding, examine_pbx
from pbx_bridge.settings import BridgeSettings, Tls
from tests.scripted_ami import ScriptedAmi, listing, refuse_log_in, saying

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CORE = "Response: Success\nAsteriskVersion: {version}\nSystemName: {name}\nCoreCDRenabled: {cdr}"
GOOD = CORE.format(version="22.10.1", name="lab", cdr="Yes")


@pytest.fixture
async def server() -> AsyncIterator[ScriptedAmi]:
    async with ScriptedAmi().running() as ami:
        now = f"Response: Success\nPing: Pong\nTimestamp: {time.time()}"
        ami.answers["Ping"] = saying(now)
        ami.answers["CoreSettings"] = saying(GOOD)
        ami.answers["UserEvent"] = saying(
            "Response: Success", "Event: UserEvent\nUserEvent: TrunklineDoctor\nTimestamp: 1.0"
        )
        ami.answers["ShowDialPlan"] = listing("X", "Event: ListDialplan\nExtension: s")
        yield ami


async def found(server: ScriptedAmi) -> dict[str, Finding]:
    settings = BridgeSettings(PbxId("lab"), port=server.port)
    return {finding.name: finding for finding in await examine_pbx(settings)}


async def test_a_pbx_that_is_set_up_well_has_nothing_to_mend(server: ScriptedAmi) -> None:
    findings = await found(server)
    assert all(finding.ok for finding in findings.values()), findings
    assert {f"context {name}" for name in CONTEXTS} <= findings.keys()


@pytest.mark.parametrize(
    ("core", "name", "mend"),
    [
        (CORE.format(version="16.2.0", name="lab", cdr="Yes"), "Asterisk", "newer"),
        (CORE.format(version="", name="lab", cdr="Yes"), "Asterisk", "newer"),
        (CORE.format(version="22", name="", cdr="Yes"), "systemname", "systemname = lab"),
        (CORE.format(version="22", name="other", cdr="Yes"), "systemname", "systemname = lab"),
        (CORE.format(version="22", name="lab", cdr="No"), "CDR", "cdr.conf"),
        ("Response: Error\nMessage: Permission denied", "Asterisk", "Permission denied"),
    ],
)
async def test_what_the_core_says_is_judged(
    server: ScriptedAmi, core: str, name: str, mend: str
) -> None:
    server.answers["CoreSettings"] = saying(core)
    finding = (await found(server))[name]
    assert not finding.ok
    assert mend in finding.mend


@pytest.mark.parametrize(
    ("pong", "mend"),
    [
        ("Response: Success\nPing: Pong", "time server"),
        ("Response: Success\nPing: Pong\nTimestamp: 1000000000.0", "time server"),
    ],
)
async def test_a_clock_that_is_wrong_or_not_told_is_found(
    server: ScriptedAmi, pong: str, mend: str
) -> None:
    server.answers["Ping"] = saying(pong)
    finding = (await found(server))["clock"]
    assert not finding.ok
    assert mend in finding.mend


@pytest.mark.parametrize(
    ("answer", "ok", "said"),
    [
        (saying("Response: Success", "Event: UserEvent"), False, "not told"),
        (saying("Response: Success"), False, "no event came"),
        (saying("Response: Error\nMessage: Permission denied"), True, "not looked at"),
    ],
)
async def test_events_are_looked_at_for_their_time(
    server: ScriptedAmi, monkeypatch: pytest.MonkeyPatch, *, answer: object, ok: bool, said: str
) -> None:
    monkeypatch.setattr("pbx_bridge.checks._EVENT_WAIT_S", 0.3)
    server.answers["UserEvent"] = answer  # type: ignore[assignment] # parametrised
    finding = (await found(server))["event times"]
    assert finding.ok is ok
    assert said in finding.found


@pytest.mark.parametrize(
    "answer",
    [
        saying("Response: Error\nMessage: Did not find context hold"),
        listing("ShowDialPlanComplete"),
    ],
)
async def test_a_context_that_is_missing_is_named(server: ScriptedAmi, answer: object) -> None:
    server.answers["ShowDialPlan"] = answer  # type: ignore[assignment] # parametrised
    finding = (await found(server))["context hold"]
    assert not finding.ok
    assert "[hold]" in finding.mend


async def test_too_few_rights_name_the_line_to_change(server: ScriptedAmi) -> None:
    server.answers["ListCommands"] = saying("Response: Success\nCoreStatus: x\nHangup: x")
    finding = (await found(server))["AMI rights"]
    assert not finding.ok
    assert "Add call,agent,originate,reporting to `write`" in finding.mend


async def test_rights_that_hand_over_the_machine_are_too_many(server: ScriptedAmi) -> None:
    server.answers["ListCommands"] = saying("Response: Success\nCommand: Execute Asterisk CLI")
    finding = (await found(server))["AMI rights"]
    assert not finding.ok
    assert "Take `command`" in finding.mend


async def test_a_refused_log_in_is_the_only_finding(server: ScriptedAmi) -> None:
    server.answers["Login"] = refuse_log_in
    (finding,) = (await found(server)).values()
    assert not finding.ok
    assert "manager.conf" in finding.mend


async def test_nobody_there_is_the_only_finding() -> None:
    (finding,) = await examine_pbx(BridgeSettings(PbxId("lab"), port=1))
    assert not finding.ok
    assert "cannot be reached" in finding.mend


@pytest.mark.parametrize(
    "settings",
    [
        BridgeSettings(PbxId("lab"), tls=Tls(Path("no-such-file.pem"))),
        BridgeSettings(PbxId("lab"), username="a\r\nb"),
    ],
)
async def test_settings_that_cannot_be_used_are_the_only_finding(
    settings: BridgeSettings, server: ScriptedAmi
) -> None:
    (finding,) = await examine_pbx(replace(settings, port=server.port))
    assert not finding.ok
    assert finding.mend
