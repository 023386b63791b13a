"""The floor as the API shows it: calls, phones and queues as they stand now.

Does not push: screenpop does; this is for the first look and for programs.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from callcore.call import Direction, LegRole
from callcore.events import PhoneState
from crm_store.numbers import display, normalise
from web.api.shapes.base import Listing, Ref, Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callcore.call import Call
    from crm_store.records import User


class LiveCall(Shape):
    id: str
    direction: Direction
    started_at: datetime
    answered_at: datetime | None
    number: str | None
    display: str
    name: str
    dialled: str
    queue: str | None
    agents: list[str]
    ringing: list[str]
    talking: list[str]
    mine: bool

    @classmethod
    def of(cls, call: Call, own_extension: str | None, region: str) -> LiveCall:
        e164 = normalise(call.customer.number, region)
        phones = {leg.endpoint for leg in call.legs if leg.alive and leg.role is LegRole.AGENT}
        return cls(
            id=call.id,
            direction=call.direction,
            started_at=call.started_at,
            answered_at=call.answered_at,
            number=e164,
            display=display(e164, region) if e164 else call.customer.number,
            name=call.customer.name,
            dialled=call.dialled,
            queue=call.queue,
            agents=list(call.agents),
            ringing=list(call.ringing),
            talking=sorted(phones - set(call.ringing)),
            mine=own_extension in phones,
        )


class LiveCalls(Listing[LiveCall]):
    pass


class LivePhone(Shape):
    extension: str
    state: PhoneState
    user: Ref | None

    @classmethod
    def of(cls, extension: str, state: PhoneState, people: Mapping[str, User]) -> LivePhone:
        user = people.get(extension)
        return cls(
            extension=extension, state=state, user=Ref.of(user.id, user.name) if user else None
        )


class LivePhones(Listing[LivePhone]):
    pass


class LiveMember(Shape):
    extension: str
    user: Ref | None
    state: PhoneState
    paused: bool
    reason: str


class LiveQueue(Shape):
    name: str
    waiting: int
    members: list[LiveMember]


class LiveQueues(Listing[LiveQueue]):
    pass


class Live(Shape):
    """`fresh` false: the link to the telephone system is lost, and nothing here may be trusted."""

    fresh: bool
    connected: bool
    at: datetime
    calls: list[LiveCall]
    phones: list[LivePhone]
    queues: list[LiveQueue]
