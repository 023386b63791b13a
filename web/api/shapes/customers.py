"""Customers, contact persons, phone numbers and the card as the API shows them.

Does not decide who sees them: what the store gave, the user may see.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from callcore.call import Direction, Result
from crm_store.numbers import display
from crm_store.records import CustomerKind, CustomerState, InteractionKind
from web.api.shapes.base import Id, IdOrMe, Input, Listing, Paging, Ref, Shape
from web.api.texts import Email, Line, Name, Number, Text

if TYPE_CHECKING:
    from crm_store import records

Tags = Annotated[list[Name], Field(max_length=30)]
Properties = Annotated[dict[Name, Line], Field(max_length=100)]


class PhoneInput(Input):
    number: Number
    label: Line = ""


Phones = Annotated[list[PhoneInput], Field(max_length=20)]


class Phone(Shape):
    id: str
    e164: str | None
    raw: str
    label: str
    display: str

    @classmethod
    def of(cls, phone: records.Phone, region: str) -> Phone:
        return cls(
            id=phone.id,
            e164=phone.e164,
            raw=phone.raw,
            label=phone.label,
            display=display(phone.e164, region) if phone.e164 else phone.raw,
        )


class ContactInput(Input):
    name: Name
    position: Line = ""
    email: Email = ""
    note: Text = ""
    phones: Phones = Field(default_factory=list)


class ContactChange(Input):
    version: int
    name: Name | None = None
    position: Line | None = None
    email: Email | None = None
    note: Text | None = None


class Contact(Shape):
    id: str
    customer_id: str
    name: str
    position: str
    email: str
    note: str
    phones: list[Phone]
    version: int

    @classmethod
    def of(
        cls, contact: records.Contact, phones: tuple[records.Phone, ...], region: str
    ) -> Contact:
        return cls(
            id=contact.id,
            customer_id=contact.customer_id,
            name=contact.name,
            position=contact.position,
            email=contact.email,
            note=contact.note,
            phones=[Phone.of(phone, region) for phone in phones if phone.contact_id == contact.id],
            version=contact.version,
        )


class CustomerInput(Input):
    kind: CustomerKind = CustomerKind.ORGANISATION
    name: Name
    state: CustomerState = CustomerState.LEAD
    email: Email = ""
    note: Text = ""
    tags: Tags = Field(default_factory=list)
    owner_id: Id | None = None
    team_id: Id | None = None
    properties: Properties = Field(default_factory=dict)
    phones: Phones = Field(default_factory=list)


class CustomerChange(Input):
    """Only the fields sent change; `owner_id` and `team_id` may be set to null."""

    version: int
    kind: CustomerKind | None = None
    name: Name | None = None
    state: CustomerState | None = None
    email: Email | None = None
    note: Text | None = None
    tags: Tags | None = None
    owner_id: Id | None = None
    team_id: Id | None = None
    properties: Properties | None = None


class CustomerQuery(Paging):
    q: Line = ""
    state: CustomerState | None = None
    kind: CustomerKind | None = None
    owner: IdOrMe | None = None
    team: Id | None = None
    archived: bool = False


class CustomerRow(Shape):
    """A customer in a list."""

    id: str
    kind: CustomerKind
    name: str
    state: CustomerState
    email: str
    tags: list[str]
    owner: Ref | None
    team: Ref | None
    archived: bool
    updated_at: datetime

    @classmethod
    def of(cls, customer: records.Customer) -> CustomerRow:
        return cls(
            id=customer.id,
            kind=customer.kind,
            name=customer.name,
            state=customer.state,
            email=customer.email,
            tags=list(customer.tags),
            owner=Ref.of(customer.owner_id, customer.owner_name),
            team=Ref.of(customer.team_id, customer.team_name),
            archived=customer.archived_at is not None,
            updated_at=customer.updated_at,
        )


class CustomerPage(Listing[CustomerRow]):
    pass


class MayWithCustomer(Shape):
    edit: bool
    archive: bool
    assign: bool


class Customer(Shape):
    """Everything about a customer but the timeline."""

    id: str
    kind: CustomerKind
    name: str
    state: CustomerState
    email: str
    note: str
    tags: list[str]
    properties: dict[str, str]
    owner: Ref | None
    team: Ref | None
    phones: list[Phone] = Field(description="the customer's own; contact persons have theirs")
    contacts: list[Contact]
    archived: bool
    created_at: datetime
    updated_at: datetime
    version: int
    may: MayWithCustomer

    @classmethod
    def of(cls, details: records.CustomerDetails, may: MayWithCustomer, region: str) -> Customer:
        customer = details.customer
        return cls(
            id=customer.id,
            kind=customer.kind,
            name=customer.name,
            state=customer.state,
            email=customer.email,
            note=customer.note,
            tags=list(customer.tags),
            properties=dict(customer.properties),
            owner=Ref.of(customer.owner_id, customer.owner_name),
            team=Ref.of(customer.team_id, customer.team_name),
            phones=[Phone.of(p, region) for p in details.phones if p.contact_id is None],
            contacts=[Contact.of(c, details.phones, region) for c in details.contacts],
            archived=customer.archived_at is not None,
            created_at=customer.created_at,
            updated_at=customer.updated_at,
            version=customer.version,
            may=may,
        )


class NoteInput(Input):
    text: Annotated[Text, Field(min_length=1)]


class LookupQuery(Input):
    number: Number


class ShortInteraction(Shape):
    id: str
    kind: InteractionKind
    direction: Direction | None
    result: Result | None
    started_at: datetime
    talk_s: float
    user_name: str
    notes: str


class Card(Shape):
    """What an agent reads while his phone rings."""

    customer_id: str
    kind: CustomerKind
    name: str
    state: CustomerState
    owner: Ref | None
    email: str
    note: str
    tags: list[str]
    contact_id: str | None
    contact_name: str
    contact_position: str
    number_label: str
    interactions: list[ShortInteraction]

    @classmethod
    def of(cls, card: records.CustomerCard) -> Card:
        return cls(
            customer_id=card.customer_id,
            kind=card.kind,
            name=card.name,
            state=card.state,
            owner=Ref.of(card.owner_id, card.owner_name),
            email=card.email,
            note=card.note,
            tags=list(card.tags),
            contact_id=card.contact_id,
            contact_name=card.contact_name,
            contact_position=card.contact_position,
            number_label=card.number_label,
            interactions=[
                ShortInteraction.model_validate(short, from_attributes=True)
                for short in card.interactions
            ],
        )


class CardList(Listing[Card]):
    pass
