"""Who may call what at all: each route names one need, and what names none is not served.

The rights over customers, calls and users are crm_store's matrix; here is only what it cannot know:
the telephone's side and the doors. Which rows somebody sees is the data layer's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from crm_store.rights import MATRIX, Kind, Operation, Reach, Role, reach

if TYPE_CHECKING:
    from crm_store.rights import Actor


class Door(Enum):
    """Needs that depend on how somebody came, not on what he is."""

    OPEN = "open"  # nobody need be signed in
    SIGNED_IN = "signed-in"  # anybody, by session or token
    SESSION = "session"  # a person: a stolen token must neither breed nor change a password


@dataclass(frozen=True, slots=True)
class Right:
    """A right of the store's matrix, over at least some rows."""

    kind: Kind
    operation: Operation

    @property
    def name(self) -> str:
        return f"{self.kind.value}:{self.operation.value}"


@dataclass(frozen=True, slots=True)
class Duty:
    """A right that is not over rows: `scope` is what a token needs for it."""

    name: str
    scope: str
    roles: frozenset[Role]


Need = Door | Right | Duty

_EVERYBODY = frozenset(Role)
_LEADERS = _EVERYBODY - {Role.AGENT}

DIAL = Duty("calls:dial", "calls:write", _EVERYBODY)
CONTROL = Duty("calls:control", "calls:write", _EVERYBODY)
SPY = Duty("calls:spy", "calls:write", frozenset({Role.SUPERVISOR, Role.ADMIN}))
EXPORT = Duty("calls:export", "interactions:read", _LEADERS)
WATCH = Duty("live:watch", "interactions:read", _EVERYBODY)
HEALTH = Duty("service:health", "audit:read", frozenset({Role.ADMIN}))
DUTIES = (DIAL, CONTROL, SPY, EXPORT, WATCH, HEALTH)


def may(actor: Actor, need: Right | Duty) -> bool:
    """Whether role and token reach that far for anything at all."""
    match need:
        case Right():
            return reach(actor, need.kind, need.operation) is not Reach.NONE
        case Duty():
            return actor.role in need.roles and (actor.scopes is None or need.scope in actor.scopes)


def rights_of(actor: Actor) -> list[str]:
    """The names of all that `actor` may do, for pages that show no dead buttons."""
    if actor.role is None:
        return []
    needs: list[Right | Duty] = [Right(kind, op) for kind, op in MATRIX[actor.role]]
    needs += DUTIES
    return sorted(need.name for need in needs if may(actor, need))
