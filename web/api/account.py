"""One's own account: signing in and out, language, password, sessions, tokens.

Does not check passwords itself; the store does, and throttles.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from crm_store.ids import TokenId, UserId
from crm_store.rights import Kind, Operation
from web import signin
from web.api.endpoint import Api
from web.api.shapes.base import Id
from web.api.shapes.people import (
    Credentials,
    Me,
    MeChange,
    NewToken,
    PasswordChange,
    Session,
    SessionList,
    Token,
    TokenInput,
    TokenList,
)
from web.context import Context
from web.i18n import language
from web.policy import Door, Right

if TYPE_CHECKING:
    from crm_store.records import NewSession

api = Api("account")

READ_TOKENS = Right(Kind.TOKEN, Operation.READ)


@api.post("/session", needs=Door.OPEN, answers=Me)
async def sign_in(context: Context, body: Credentials) -> web.Response:
    """Sign in: the answer carries the session's cookie. Too many failures are slowed down."""
    new = await signin.sign_in(context, body.login, body.password)
    return _with_cookie(context, new)


def _with_cookie(context: Context, new: NewSession) -> web.Response:
    now = signin.become(context, new)
    response = web.Response(
        body=Me.of(now).model_dump_json().encode(), content_type="application/json"
    )
    signin.set_cookie(response, new, context.settings)
    return response


@api.get("/session", needs=Door.SIGNED_IN)
async def get_me(context: Context) -> Me:
    """Read who is signed in and what he may do."""
    return Me.of(context)


@api.delete("/session", needs=Door.SESSION, status=204)
async def sign_out(context: Context) -> web.Response:
    """Sign out here."""
    response = web.Response(status=204)
    await signin.sign_out(context, response)
    return response


@api.get("/sessions", needs=Door.SESSION)
async def list_sessions(context: Context) -> SessionList:
    """List where one is signed in."""
    sessions = await context.store.sessions.list(context.actor, context.user.id)
    return SessionList(
        items=[Session.of(session, context.caller.session_id) for session in sessions]
    )


@api.delete("/sessions", needs=Door.SESSION, status=204)
async def sign_out_everywhere(context: Context) -> web.Response:
    """Sign out everywhere."""
    response = web.Response(status=204)
    await signin.sign_out_everywhere(context, response)
    return response


@api.patch("/me", needs=Door.SESSION)
async def change_me(context: Context, body: MeChange) -> Me:
    """Choose the language of the pages."""
    await context.store.users.set_language(context.actor, body.language)
    return Me.of(Context(context.deps, context.request, language(body.language), context.caller))


@api.post("/me/password", needs=Door.SESSION, answers=Me)
async def change_password(context: Context, body: PasswordChange) -> web.Response:
    """Change one's password; every session ends, this one is renewed."""
    await signin.confirm(context, body.current)
    await context.store.users.set_password(context.actor, context.user.id, body.new)
    await context.deps.hooks.on_sign_out(context.user.id)
    return _with_cookie(context, await signin.sign_in(context, context.user.login, body.new))


@api.get("/tokens", needs=READ_TOKENS)
async def list_tokens(context: Context) -> TokenList:
    """List one's tokens."""
    tokens = await context.store.tokens.list(context.actor, user_id=UserId(context.user.id))
    return TokenList(items=[Token.of(token) for token in tokens])


@api.post("/tokens", needs=Door.SESSION, status=201)
async def create_token(context: Context, body: TokenInput) -> NewToken:
    """Make a token for a program. Its secret is shown this once."""
    expires_at = datetime.now(UTC) + timedelta(days=body.days) if body.days else None
    new = await context.store.tokens.create(
        context.actor, body.name, frozenset(body.scopes), expires_at
    )
    return NewToken.made(new)


@api.delete("/tokens/{token_id}", needs=Door.SESSION)
async def revoke_token(context: Context, token_id: Id) -> None:
    """Revoke a token: it opens nothing from now on."""
    await context.store.tokens.revoke(context.actor, TokenId(token_id))
