"""How a call ended: one rule, seen from its customer.

Does not look at live state: the conversation tells what it saw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcore.call import Direction, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callcore.legs import LiveLeg

# Q.850 causes of a leg that nobody reported a dial status for.
_BUSY_CAUSES = frozenset({17})
_QUIET_CAUSES = frozenset({0, 16, 18, 19, 26})


def outcome(
    direction: Direction,
    *,
    talked: bool,
    abandoned: bool,
    served: bool,
    tries: Sequence[LiveLeg],
) -> Result:
    """The result of a call that was seen from beginning to end.

    Args:
        direction: whose call it was.
        talked: two people were in conversation.
        abandoned: the caller left the last queue he stood in by hanging up.
        served: the PBX itself answered the one who called (voicemail, echo, listening in).
        tries: the legs that should have answered, in order.
    """
    if talked:
        return Result.ANSWERED
    if direction is Direction.INBOUND:
        if abandoned:
            return Result.ABANDONED
        refused = tries and all(_result_of(leg) is Result.BUSY for leg in tries)
        return Result.BUSY if refused else Result.MISSED
    if not tries:
        served_inside = served and direction is Direction.INTERNAL
        return Result.ANSWERED if served_inside else Result.FAILED
    return _result_of(tries[-1])


def _result_of(leg: LiveLeg) -> Result:
    match leg.dial_status:
        case "ANSWER":
            return Result.ANSWERED
        case "BUSY":
            return Result.BUSY
        case "NOANSWER" | "CANCEL":
            return Result.NO_ANSWER
        case "":
            return _by_cause(leg)
        case _:
            return Result.FAILED


def _by_cause(leg: LiveLeg) -> Result:
    if leg.answered_at is not None:
        return Result.ANSWERED
    if leg.cause in _BUSY_CAUSES:
        return Result.BUSY
    return Result.NO_ANSWER if leg.cause in _QUIET_CAUSES else Result.FAILED
