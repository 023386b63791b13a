"""For whom a request is answered and with what: the one argument every handler begins with.

Does not find out who is signed in; web.signin puts it here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from callcore.errors import ForbiddenError
from web.errors import NotSignedInError
from web.i18n import Language
from web.keys import DEPS
from web.limits import LIMITS
from web.policy import Door, may

if TYPE_CHECKING:
    from crm_store.records import User
    from crm_store.rights import Actor
    from crm_store.store import Store
    from web.keys import Deps, WebSettings
    from web.limits import Limits
    from web.policy import Need


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is signed in; `session_id` is none where a token spoke for him."""

    user: User
    actor: Actor
    session_id: str | None = None


CALLER = web.RequestKey("caller", Caller)
LANGUAGE = web.RequestKey("language", Language)


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler works with; `signed_in` is none on the few routes that are open to anybody."""

    deps: Deps
    request: web.Request
    language: Language
    signed_in: Caller | None = None

    @classmethod
    def of(cls, request: web.Request) -> Context:
        return cls(request.app[DEPS], request, request[LANGUAGE], request.get(CALLER))

    @property
    def caller(self) -> Caller:
        if self.signed_in is None:
            raise NotSignedInError("Sign in first.")
        return self.signed_in

    @property
    def actor(self) -> Actor:
        return self.caller.actor

    @property
    def user(self) -> User:
        return self.caller.user

    @property
    def store(self) -> Store:
        return self.deps.store

    @property
    def settings(self) -> WebSettings:
        return self.deps.settings

    @property
    def region(self) -> str:
        """ISO 3166: numbers without a country code are read as of here."""
        return self.settings.default_region

    @property
    def limits(self) -> Limits:
        return self.request.app[LIMITS]

    def admit(self, need: Need) -> None:
        """Deny by default: only an open door lets strangers in.

        Raises:
            NotSignedInError: nobody is signed in.
            ForbiddenError: his role or his token does not reach that far.
        """
        match need:
            case Door.OPEN:
                return
            case Door.SIGNED_IN:
                allowed = self.caller is not None
            case Door.SESSION:
                allowed = self.caller.session_id is not None
            case _:
                allowed = may(self.actor, need)
        if not allowed:
            raise ForbiddenError("Your role or your token does not allow this.")
