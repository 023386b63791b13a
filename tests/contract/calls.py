"""Calls for the tests of the store, as the floor would hand them over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from callcore.call import Call, Direction, Leg, LegRole, Result
from callcore.events import Party
from callcore.ids import Extension, Linkedid, PbxId, Uniqueid, call_id
from crm_store.ids import InteractionId

PBX = PbxId("lab")
START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def id_of(call: Call) -> InteractionId:
    """A call's interaction has its id."""
    return InteractionId(call.id)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def ringing(
    linkedid: str = "lab-1.1",
    *,
    number: str = "+12125550142",
    rings: str = "1001",
    begins: float = 0,
) -> Call:
    """An inbound call whose customer hears the ring; `rings` is the extension that does."""
    return Call(
        id=call_id(PBX, Linkedid(linkedid)),
        pbx=PBX,
        linkedids=(Linkedid(linkedid),),
        direction=Direction.INBOUND,
        started_at=at(begins),
        customer=Party(number, "Example Caller"),
        dialled="100",
        legs=(
            Leg(
                uniqueid=Uniqueid(linkedid),
                channel=f"PJSIP/trunk-a-{linkedid}",
                role=LegRole.CUSTOMER,
                endpoint="trunk-a",
                party=Party(number, "Example Caller"),
                created_at=at(begins),
            ),
        ),
        ringing=(Extension(rings),) if rings else (),
        changed_at=at(begins + 1),
    )


def answered(call: Call, by: str = "1001", *, after: float = 5) -> Call:
    then = call.started_at + timedelta(seconds=after)
    return replace(
        call,
        ringing=(),
        agents=(*call.agents, Extension(by)),
        answered_at=then,
        wait_s=after,
        changed_at=then,
    )


def ended(call: Call, result: Result = Result.ANSWERED, *, after: float = 30) -> Call:
    then = call.started_at + timedelta(seconds=after)
    legs = tuple(replace(leg, ended_at=leg.ended_at or then) for leg in call.legs)
    talk_s = (then - call.answered_at).total_seconds() if call.answered_at else 0.0
    return replace(
        call, legs=legs, ringing=(), ended_at=then, result=result, talk_s=talk_s, changed_at=then
    )


def whole(
    linkedid: str, *, number: str = "+12125550142", by: str = "1001", begins: float = 0
) -> Call:
    """A call from ring to hang-up."""
    return ended(answered(ringing(linkedid, number=number, rings=by, begins=begins), by))
