"""What doctor asks of a PBX, asked of a real Asterisk that is set up well, and of some that are not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callcore.ids import PbxId
from lab.pbx import Asterisk
from lab.settings import LabSettings
from pbx_bridge.checks import Finding, examine_pbx
from pbx_bridge.settings import Tls
from tests.fixtures_lab import bridge_settings

pytestmark = pytest.mark.pbx


async def to_mend(lab: LabSettings, **changes: object) -> dict[str, Finding]:
    async with Asterisk.running(lab) as pbx:
        settings = replace(bridge_settings(pbx), **changes)  # type: ignore[arg-type] # by name
        return {each.name: each for each in await examine_pbx(settings) if not each.ok}


async def test_the_lab_has_nothing_to_mend() -> None:
    assert await to_mend(LabSettings()) == {}


async def test_missing_rights_are_named() -> None:
    found = await to_mend(LabSettings(ami_write="call,reporting"))
    assert found.keys() == {"AMI rights"}
    assert "Add agent,originate to `write`" in found["AMI rights"].mend


@pytest.mark.parametrize("right", ["command", "config", "all"])
async def test_rights_that_hand_over_the_machine_are_refused(right: str) -> None:
    found = await to_mend(LabSettings(ami_write=f"call,agent,originate,reporting,{right}"))
    assert found["AMI rights"].found == "more than needed"


async def test_another_systemname_is_named() -> None:
    found = await to_mend(LabSettings(systemname="elsewhere"), pbx=PbxId("lab"))
    assert found["systemname"].found == "elsewhere"
    assert "systemname = lab" in found["systemname"].mend


async def test_events_without_a_time_are_found() -> None:
    general = {"manager.conf": "[general](+)\ntimestampevents = no\n"}
    found = await to_mend(LabSettings(extra_config=general))
    assert "timestampevents" in found["event times"].mend


async def test_a_wrong_secret_is_the_one_finding() -> None:
    found = await to_mend(LabSettings(), secret="wrong")
    assert found.keys() == {"AMI log-in"}
    assert "manager.conf, section [trunkline]" in found["AMI log-in"].mend


async def test_a_certificate_nobody_trusts_is_the_one_finding() -> None:
    async with Asterisk.running(LabSettings()) as pbx:
        (finding,) = await examine_pbx(bridge_settings(pbx, port=pbx.ami_tls_port, tls=Tls()))
    assert not finding.ok
    assert "not trusted" in finding.mend
