"""A conversation as a value: the call that the log, the pops and the boards are told of.

Does not change anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcore.call import Call, Direction, LegRole, Result
from callcore.events import Party
from callcore.ids import Extension
from callcore.outcome import outcome

if TYPE_CHECKING:
    from callcore.conversation import Conversation


def portray(call: Conversation, *, with_ladder: bool = False) -> Call:
    """The call as it stands."""
    direction, lead, meter = call.direction, call.lead, call.meter
    ended_at = max((leg.ended_at for leg in call.legs.values() if leg.ended_at), default=None)
    ended_at = None if call.alive else ended_at
    dialled = _dialled(call, direction)
    waited_until = meter.answered_at or ended_at or lead.heard_at
    return Call(
        id=call.id,
        pbx=call.pbx,
        linkedids=tuple(call.linkedids),
        direction=direction,
        started_at=lead.created_at,
        customer=_customer(call, direction, dialled),
        dialled=dialled,
        legs=tuple(leg.freeze() for leg in call.legs.values()),
        queue=call.queue,
        answered_at=meter.answered_at,
        ended_at=ended_at,
        result=None if ended_at is None else _result(call, direction),
        agents=tuple(call.agents),
        ringing=tuple(Extension(leg.endpoint) for leg in call.legs.values() if leg.rings),
        wait_s=round(max(0.0, (waited_until - lead.created_at).total_seconds()), 3),
        talk_s=round(meter.talk_s, 3),
        hold_s=round(meter.hold_s, 3),
        ladder=tuple(call.ladder) if with_ladder else (),
        changed_at=call.judged_at,
    )


def _dialled(call: Conversation, direction: Direction) -> str:
    """The number the first leg asked for; of an Originate, what it shows as its other side."""
    lead = call.lead
    if lead.exten and not lead.originated:
        return lead.exten
    if direction is Direction.OUTBOUND:
        return lead.exten or lead.connected or call.subject.party.number
    return lead.exten or lead.connected


def _customer(call: Conversation, direction: Direction, dialled: str) -> Party:
    if direction is Direction.INBOUND:
        return call.lead.party
    return Party(number=dialled) if direction is Direction.OUTBOUND else Party()


def _result(call: Conversation, direction: Direction) -> Result:
    talked = call.meter.answered_at is not None
    if call.ended_unseen or (not talked and _saw_too_little(call)):
        return Result.UNKNOWN
    wanted = LegRole.CUSTOMER if direction is Direction.OUTBOUND else LegRole.AGENT
    return outcome(
        direction,
        talked=talked,
        abandoned=call.abandoned,
        lead=call.lead,
        tries=[leg for leg in call.legs.values() if leg.role is wanted and leg is not call.lead],
    )


def _saw_too_little(call: Conversation) -> bool:
    return not call.abandoned and (
        call.vanished or any(leg.is_party and leg.adopted_up for leg in call.legs.values())
    )
