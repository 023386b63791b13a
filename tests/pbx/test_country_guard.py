"""The dialplan calls the listed countries and none of the dear numbers inside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lab.pbx import Asterisk

pytestmark = pytest.mark.pbx

ALLOWED = ("+12025550188", "+447700900123", "+33199001120", "+74951234567", "+493012345678")
REFUSED = (
    *("+14735551234", "+18295551234", "+18765551234", "+19005550199", "+12129761234"),
    *("+447012345678", "+4490912345678", "+33899123456", "+78091234567", "+8821234567890"),
)


async def first_step(pbx: Asterisk, number: str) -> str:
    """What the dialplan does first with `number`: the most exact pattern stands on top."""
    shown = await pbx.cli(f"dialplan show {number}@click-to-call")
    return next(line for line in shown.splitlines() if "1. " in line)


@pytest.mark.parametrize("number", ALLOWED)
async def test_a_number_of_a_listed_country_goes_out(pbx: Asterisk, number: str) -> None:
    assert "Goto(trunk-out" in await first_step(pbx, number)


@pytest.mark.parametrize("number", REFUSED)
async def test_a_dear_or_unlisted_number_is_refused(pbx: Asterisk, number: str) -> None:
    assert "Goto(refused" in await first_step(pbx, number)
