"""Who may do what: the one matrix of rights, as data; what it doesn't grant is denied.

Does not know SQL: `crm_store.visibility` turns a reach into a condition of a query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from callcore.errors import ForbiddenError

if TYPE_CHECKING:
    from crm_store.ids import TeamId, UserId


class Role(Enum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    ADMIN = "admin"


class Kind(Enum):
    """What a right is about. Contact persons and phone numbers go with their customer."""

    CUSTOMER = "customers"
    INTERACTION = "interactions"
    USER = "users"
    TEAM = "teams"
    SESSION = "sessions"
    TOKEN = "tokens"  # noqa: S105 - a kind of thing, not a secret
    AUDIT = "audit"


class Operation(Enum):
    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    ASSIGN = "assign"  # hand over to another owner or team
    ARCHIVE = "archive"


class Reach(IntEnum):
    """How far a right goes: a greater reach contains the smaller ones.

    OWN: what the user owns, and what he takes part in: the customer whose call rings at his phone, and
    ever after the customer he has spoken with. TEAM: his team's too, and what belongs to nobody.
    """

    NONE = 0
    OWN = 1
    TEAM = 2
    ALL = 3


Grants = Mapping[tuple[Kind, Operation], Reach]


def _grants(*rows: tuple[Kind, Mapping[Operation, Reach]]) -> Grants:
    return MappingProxyType({(kind, op): reach for kind, ops in rows for op, reach in ops.items()})


READ, CREATE, UPDATE = Operation.READ, Operation.CREATE, Operation.UPDATE
ASSIGN, ARCHIVE = Operation.ASSIGN, Operation.ARCHIVE
OWN, TEAM, ALL = Reach.OWN, Reach.TEAM, Reach.ALL

_EVERYBODY = (
    (Kind.TEAM, {READ: ALL}),
    (Kind.SESSION, {READ: OWN, ARCHIVE: OWN}),
    (Kind.TOKEN, {READ: OWN, CREATE: OWN, ARCHIVE: OWN}),
)

MATRIX: Mapping[Role, Grants] = MappingProxyType(
    {
        Role.AGENT: _grants(
            (Kind.CUSTOMER, {READ: TEAM, CREATE: OWN, UPDATE: OWN}),
            (Kind.INTERACTION, {READ: TEAM, CREATE: OWN, UPDATE: OWN}),
            (Kind.USER, {READ: ALL, UPDATE: OWN}),
            *_EVERYBODY,
        ),
        Role.SUPERVISOR: _grants(
            (Kind.CUSTOMER, {READ: TEAM, CREATE: TEAM, UPDATE: TEAM, ASSIGN: TEAM, ARCHIVE: TEAM}),
            (Kind.INTERACTION, {READ: TEAM, CREATE: TEAM, UPDATE: TEAM}),
            (Kind.USER, {READ: ALL, UPDATE: OWN}),
            *_EVERYBODY,
        ),
        Role.MANAGER: _grants(
            (Kind.CUSTOMER, {READ: ALL, CREATE: ALL, UPDATE: ALL, ASSIGN: ALL, ARCHIVE: ALL}),
            (Kind.INTERACTION, {READ: ALL, CREATE: ALL, UPDATE: ALL}),
            (Kind.USER, {READ: ALL, UPDATE: OWN}),
            (Kind.AUDIT, {READ: ALL}),
            *_EVERYBODY,
        ),
        Role.ADMIN: _grants(
            (Kind.CUSTOMER, {READ: ALL, CREATE: ALL, UPDATE: ALL, ASSIGN: ALL, ARCHIVE: ALL}),
            (Kind.INTERACTION, {READ: ALL, CREATE: ALL, UPDATE: ALL}),
            (Kind.USER, {READ: ALL, CREATE: ALL, UPDATE: ALL, ASSIGN: ALL, ARCHIVE: ALL}),
            (Kind.TEAM, {READ: ALL, CREATE: ALL, UPDATE: ALL}),
            (Kind.SESSION, {READ: ALL, ARCHIVE: ALL}),
            (Kind.TOKEN, {READ: ALL, CREATE: OWN, ARCHIVE: ALL}),
            (Kind.AUDIT, {READ: ALL}),
        ),
    }
)

SCOPES = frozenset(f"{kind.value}:{access}" for kind in Kind for access in ("read", "write")) | {
    "calls:write"  # originate, hang up, transfer: the PBX's side, checked by who sends the command
}
"""What an API token can be limited to; writing contains no reading."""


@dataclass(frozen=True, slots=True)
class Actor:
    """For whom something is read or done. `scopes` limits a token; None is a signed-in person."""

    user_id: UserId | None
    role: Role | None
    team_id: TeamId | None = None
    scopes: frozenset[str] | None = None


SYSTEM = Actor(user_id=None, role=None)
"""Trunkline itself: the call log, the pops, the command line. Only this very object reaches all."""


def reach(actor: Actor, kind: Kind, operation: Operation) -> Reach:
    """How far `actor` may do this: NONE unless the matrix and his token's scopes grant it."""
    if actor is SYSTEM:
        return Reach.ALL
    if actor.role is None or actor.user_id is None:
        return Reach.NONE
    if actor.scopes is not None and scope_of(kind, operation) not in actor.scopes:
        return Reach.NONE
    return MATRIX[actor.role].get((kind, operation), Reach.NONE)


def require(actor: Actor, kind: Kind, operation: Operation) -> Reach:
    """The reach of `actor`.

    Raises:
        ForbiddenError: he may not do this to any.
    """
    granted = reach(actor, kind, operation)
    if granted is Reach.NONE:
        raise ForbiddenError(
            f"You may not {operation.value} {kind.value}. Ask an administrator for the right.",
            kind=kind.value,
            operation=operation.value,
        )
    return granted


def scope_of(kind: Kind, operation: Operation) -> str:
    """The scope a token needs for this."""
    return f"{kind.value}:{'read' if operation is Operation.READ else 'write'}"
