"""What the store gives back and takes in: frozen values, free of the database.

Text that came over the network (numbers, names) is kept as it came: hostile until rendered as text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from callcore.call import Direction, LegRole, Result
    from callcore.ids import Extension
    from crm_store.ids import (
        ContactId,
        CustomerId,
        InteractionId,
        PhoneId,
        SessionId,
        TeamId,
        TokenId,
        UserId,
    )
    from crm_store.rights import Actor, Role

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of a list; `next_cursor` asks for what follows, None when nothing does."""

    items: tuple[T, ...]
    next_cursor: str | None = None


# Customers ------------------------------------------------------------------------------------


class CustomerKind(Enum):
    ORGANISATION = "organisation"
    PERSON = "person"


class CustomerState(Enum):
    LEAD = "lead"
    ACTIVE = "active"
    FORMER = "former"


@dataclass(frozen=True, slots=True)
class CustomerData:
    """All that a user may write of a customer. `owner_id` None on creation: the one who creates it."""

    name: str
    kind: CustomerKind = CustomerKind.ORGANISATION
    state: CustomerState = CustomerState.LEAD
    owner_id: UserId | None = None
    team_id: TeamId | None = None
    email: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Customer:
    id: CustomerId
    kind: CustomerKind
    name: str
    state: CustomerState
    owner_id: UserId | None
    owner_name: str
    team_id: TeamId | None
    team_name: str
    email: str
    note: str
    tags: tuple[str, ...]
    properties: Mapping[str, str]
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None
    version: int

    @property
    def data(self) -> CustomerData:
        """What may be changed, to hand back to `customers.update` with `dataclasses.replace`."""
        return CustomerData(
            name=self.name,
            kind=self.kind,
            state=self.state,
            owner_id=self.owner_id,
            team_id=self.team_id,
            email=self.email,
            note=self.note,
            tags=self.tags,
            properties=self.properties,
        )


@dataclass(frozen=True, slots=True)
class Phone:
    """A number of a customer, or of one contact person. `e164` is None when it is no public number."""

    id: PhoneId
    customer_id: CustomerId
    contact_id: ContactId | None
    e164: str | None
    raw: str
    label: str


@dataclass(frozen=True, slots=True)
class NewPhone:
    raw: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class ContactData:
    """A contact person; `position` is what he is there: buyer, director and so on."""

    name: str
    position: str = ""
    email: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    id: ContactId
    customer_id: CustomerId
    name: str
    position: str
    email: str
    note: str
    version: int


@dataclass(frozen=True, slots=True)
class CustomerDetails:
    customer: Customer
    phones: tuple[Phone, ...]
    contacts: tuple[Contact, ...]


# Interactions ---------------------------------------------------------------------------------


class InteractionKind(Enum):
    CALL = "call"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Interaction:
    """One thing that happened with somebody. A call lives while `ended_at` is None.

    `user_id` is the agent who spoke last (or rings), or the author of a note. `notes_version` is for
    `set_notes`. `recovered`: its end comes from the PBX's records, nobody watched.
    """

    id: InteractionId
    kind: InteractionKind
    direction: Direction | None
    result: Result | None
    pbx: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    wait_s: float
    talk_s: float
    hold_s: float
    number: str
    number_e164: str | None
    name: str
    dialled: str
    queue: str | None
    agents: tuple[Extension, ...]
    user_id: UserId | None
    user_name: str
    customer_id: CustomerId | None
    customer_name: str
    contact_id: ContactId | None
    contact_name: str
    notes: str
    notes_version: int
    recovered: bool


@dataclass(frozen=True, slots=True)
class InteractionLeg:
    uniqueid: str
    channel: str
    role: LegRole
    endpoint: str
    number: str
    name: str
    created_at: datetime
    ringing_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    cause: int
    hold_s: float
    talk_s: float


@dataclass(frozen=True, slots=True)
class InteractionDetails:
    interaction: Interaction
    legs: tuple[InteractionLeg, ...]
    has_ladder: bool


@dataclass(frozen=True, slots=True)
class InteractionFilter:
    """Everything given must hold. `text` is digits of a number or the beginnings of words of a name.

    `since` is included, `until` is not.
    """

    text: str = ""
    kind: InteractionKind | None = None
    direction: Direction | None = None
    result: Result | None = None
    live: bool | None = None
    queue: str | None = None
    user_id: UserId | None = None
    customer_id: CustomerId | None = None
    linked: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


# The pop --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShortInteraction:
    """A line of a card's timeline."""

    id: InteractionId
    kind: InteractionKind
    direction: Direction | None
    result: Result | None
    started_at: datetime
    talk_s: float
    user_name: str
    notes: str


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """What an agent reads while his phone rings. `contact_name` is who calls, when the number is his."""

    customer_id: CustomerId
    kind: CustomerKind
    name: str
    state: CustomerState
    owner_id: UserId | None
    owner_name: str
    email: str
    note: str
    tags: tuple[str, ...]
    contact_id: ContactId | None
    contact_name: str
    contact_position: str
    number_label: str
    interactions: tuple[ShortInteraction, ...]


# People ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Team:
    id: TeamId
    name: str


@dataclass(frozen=True, slots=True)
class UserData:
    """`extension` is the endpoint of his phone, `language` one of the page's: en, fr, ru."""

    login: str
    name: str
    role: Role
    team_id: TeamId | None = None
    extension: Extension | None = None
    language: str = "en"
    active: bool = True


@dataclass(frozen=True, slots=True)
class User:
    id: UserId
    login: str
    name: str
    role: Role
    team_id: TeamId | None
    team_name: str
    extension: Extension | None
    language: str
    active: bool
    created_at: datetime
    version: int

    @property
    def data(self) -> UserData:
        return UserData(
            login=self.login,
            name=self.name,
            role=self.role,
            team_id=self.team_id,
            extension=self.extension,
            language=self.language,
            active=self.active,
        )


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser; `actor` is what its requests are made for."""

    id: SessionId
    user: User
    actor: Actor
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewSession:
    """`secret` goes into the cookie; the store keeps only its hash."""

    session: Session
    secret: str


@dataclass(frozen=True, slots=True)
class Token:
    id: TokenId
    user_id: UserId
    user_name: str
    name: str
    scopes: frozenset[str]
    created_at: datetime
    used_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewToken:
    """`secret` is shown this once; the store keeps only its hash."""

    token: Token
    secret: str


@dataclass(frozen=True, slots=True)
class TokenUse:
    """Who a presented token speaks for."""

    token: Token
    user: User
    actor: Actor


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to which thing, and when. `user_id` None: Trunkline itself."""

    id: str
    at: datetime
    user_id: UserId | None
    user_name: str
    action: str
    target: str
    target_id: str
    details: Mapping[str, str]
