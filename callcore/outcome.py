"""How a call ended: one rule, seen from its customer.

Does not look at live state: the conversation tells what it saw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcore.call import Direction, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callcore.legs import LiveLeg

# Q.850 causes: those that mean busy, and those of a telephone that nobody took or that was let go.
_BUSY_CAUSES = frozenset({17})
_QUIET_CAUSES = frozenset({0, 16, 18, 19, 21, 26, 127})


def outcome(
    direction: Direction,
    *,
    talked: bool,
    abandoned: bool,
    lead: LiveLeg,
    tries: Sequence[LiveLeg],
) -> Result:
    """The result of a call that was seen from beginning to end.

    Args:
        direction: whose call it was.
        talked: two people were in conversation.
        abandoned: the caller left the last queue he stood in by hanging up.
        lead: the leg of the one who called. The PBX itself may have answered (voicemail, echo).
        tries: the legs that should have answered, in order.
    """
    if talked:
        return Result.ANSWERED
    if direction is Direction.INBOUND:
        if abandoned:
            return Result.ABANDONED
        return Result.BUSY if _was_busy(lead, tries) else Result.MISSED
    if not tries:
        served = lead.answered_at is not None and direction is Direction.INTERNAL
        return Result.ANSWERED if served else Result.FAILED
    return _result_of(tries[-1])


def _was_busy(lead: LiveLeg, tries: Sequence[LiveLeg]) -> bool:
    """Every phone was; or none was tried, and the PBX told the caller so."""
    if not tries:
        return lead.cause in _BUSY_CAUSES
    return all(_result_of(leg) is Result.BUSY for leg in tries)


def _result_of(leg: LiveLeg) -> Result:
    if leg.dial_status == "ANSWER" or leg.answered_at is not None:
        return Result.ANSWERED
    if leg.dial_status == "BUSY" or (not leg.dial_status and leg.cause in _BUSY_CAUSES):
        return Result.BUSY
    # A wrong number comes as NOANSWER too; the cause tells it apart.
    quiet = leg.dial_status in {"NOANSWER", "CANCEL", ""} and leg.cause in _QUIET_CAUSES
    return Result.NO_ANSWER if quiet else Result.FAILED
