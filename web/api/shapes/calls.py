"""Calls and notes, a call's legs, and its ladder for the x-ray, as the API shows them.

Does not know the floor: what is live now is in `shapes.live`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from callcore.call import Direction, LegRole, Result
from crm_store.numbers import display
from crm_store.records import CustomerKind, InteractionKind
from web.api.shapes.base import Id, IdOrMe, Input, Listing, Paging, Ref, Shape
from web.api.texts import Line, Name, Number, Text

if TYPE_CHECKING:
    from crm_store import records


class CallFilter(Input):
    """Everything given must hold. `since` is included, `until` is not."""

    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    kind: InteractionKind | None = None
    direction: Direction | None = None
    result: Result | None = None
    queue: Line | None = None
    user: IdOrMe | None = None
    customer: Id | None = None
    linked: bool | None = None
    live: bool | None = None
    q: Annotated[Line, Field(description="digits of a number or beginnings of words of a name")] = (
        ""
    )


class CallQuery(CallFilter, Paging):
    pass


class CallRow(Shape):
    """A call (or a note on a customer's timeline) in a list."""

    id: str
    kind: InteractionKind
    direction: Direction | None
    result: Result | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    live: bool
    wait_s: float
    talk_s: float
    hold_s: float
    number: str | None = Field(description="E.164, where it is a public number")
    number_raw: str = Field(description="as the network gave it")
    name: str = Field(description="as the network gave it")
    display: str
    dialled: str
    queue: str | None
    agents: list[str]
    user: Ref | None
    customer: Ref | None
    contact: Ref | None
    notes: str
    notes_version: int
    recovered: bool

    @classmethod
    def of(cls, interaction: records.Interaction, region: str) -> CallRow:
        return cls(**_row_fields(interaction, region))


class CallPage(Listing[CallRow]):
    pass


class Leg(Shape):
    id: str
    channel: str
    role: LegRole
    endpoint: str
    number: str
    name: str
    created_at: datetime
    ringing_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    talk_s: float
    hold_s: float
    cause: int

    @classmethod
    def of(cls, leg: records.InteractionLeg) -> Leg:
        return cls(
            id=leg.uniqueid,
            channel=leg.channel,
            role=leg.role,
            endpoint=leg.endpoint,
            number=leg.number,
            name=leg.name,
            created_at=leg.created_at,
            ringing_at=leg.ringing_at,
            answered_at=leg.answered_at,
            ended_at=leg.ended_at,
            talk_s=leg.talk_s,
            hold_s=leg.hold_s,
            cause=leg.cause,
        )


class MayWithCall(Shape):
    edit: bool
    control: bool


class Call(CallRow):
    """A call with its legs."""

    legs: list[Leg]
    has_ladder: bool
    may: MayWithCall

    @classmethod
    def detailed(cls, details: records.InteractionDetails, may: MayWithCall, region: str) -> Call:
        return cls(
            **_row_fields(details.interaction, region),
            legs=[Leg.of(leg) for leg in details.legs],
            has_ladder=details.has_ladder,
            may=may,
        )


def _row_fields(interaction: records.Interaction, region: str) -> dict[str, Any]:
    e164 = interaction.number_e164
    return {
        "id": interaction.id,
        "kind": interaction.kind,
        "direction": interaction.direction,
        "result": interaction.result,
        "started_at": interaction.started_at,
        "answered_at": interaction.answered_at,
        "ended_at": interaction.ended_at,
        "live": interaction.kind is InteractionKind.CALL and interaction.ended_at is None,
        "wait_s": interaction.wait_s,
        "talk_s": interaction.talk_s,
        "hold_s": interaction.hold_s,
        "number": e164,
        "number_raw": interaction.number,
        "name": interaction.name,
        "display": display(e164, region) if e164 else interaction.number,
        "dialled": interaction.dialled,
        "queue": interaction.queue,
        "agents": list(interaction.agents),
        "user": Ref.of(interaction.user_id, interaction.user_name),
        "customer": Ref.of(interaction.customer_id, interaction.customer_name),
        "contact": Ref.of(interaction.contact_id, interaction.contact_name),
        "notes": interaction.notes,
        "notes_version": interaction.notes_version,
        "recovered": interaction.recovered,
    }


class Lane(Shape):
    id: str
    label: str
    role: LegRole


class Step(Shape):
    n: int
    at: datetime
    offset_ms: int = Field(description="since the call's first event")
    type: str
    lane: str | None
    to: str | None
    text: str


class Ladder(Shape):
    """What happened in a call, event by event, between its channels."""

    lanes: list[Lane]
    steps: list[Step]


class CallChange(Input):
    notes: Text
    notes_version: int | None = Field(
        None, description="of the notes it was typed over; without it the last writer wins"
    )


class CallCustomer(Input):
    customer_id: Id
    contact_id: Id | None = None


class LeadInput(Input):
    name: Name
    kind: CustomerKind = CustomerKind.PERSON
    note: Text = ""


class DialInput(Input):
    number: Number


class Dialling(Shape):
    """The agent picked up and the number is being dialled; what follows comes as events."""

    channel_id: str
    number: str
    display: str
    extension: str


Phone = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]


class Whose(Input):
    """`extension`: whose leg, for a supervisor; an agent's is always his own."""

    extension: Phone | None = None


class TransferInput(Whose):
    to: Number = Field(description="an extension, or an outside number")


class MuteInput(Whose):
    on: bool


class DigitsInput(Whose):
    digits: Annotated[str, StringConstraints(pattern=r"^[0-9*#A-D]{1,40}$")]


class RecordingInput(Whose):
    action: Literal["start", "stop", "pause", "resume"]


class SpyInput(Whose):
    mode: Literal["listen", "whisper", "barge"]
