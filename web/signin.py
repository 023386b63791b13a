"""Who sends a request: by the session's cookie or a bearer token; signing in and out.

Does not keep or check secrets; crm_store does. A new sign-in always makes a new session, whatever
cookie came with it, so nobody can plant one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiohttp import web

from callcore.errors import UnauthenticatedError
from crm_store.ids import SessionId
from crm_store.sessions import LONGEST
from web.context import CALLER, LANGUAGE, Caller, Context
from web.errors import NotSignedInError
from web.i18n import negotiate
from web.keys import DEPS

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from crm_store.records import NewSession
    from web.keys import WebSettings

COOKIE = "trunkline_session"
_BEARER = "Bearer "
_NOBODYS = ("/static/", "/i18n/", "/health")  # the same for everybody: no look into the store
_LONGEST_SECRET = 200
_LONGEST_AGENT = 200


@web.middleware
async def recognise(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Put the caller, if any, and his own language into the request."""
    caller = None if request.path.startswith(_NOBODYS) else await _caller(request)
    if caller is not None:
        request[CALLER] = caller
        header = request.headers.get("Accept-Language", "")
        request[LANGUAGE] = negotiate(caller.user.language, header)
    return await handler(request)


async def _caller(request: web.Request) -> Caller | None:
    store = request.app[DEPS].store
    header = request.headers.get("Authorization")
    if header is not None:
        secret = header.removeprefix(_BEARER)
        use = None
        if header.startswith(_BEARER) and _may_be_secret(secret):
            use = await store.tokens.find(secret)
        if use is None:
            raise NotSignedInError("The token is unknown, revoked or past its date.")
        return Caller(use.user, use.actor)
    cookie = request.cookies.get(COOKIE, "")
    if not _may_be_secret(cookie):
        return None
    session = await store.sessions.find(cookie)
    return Caller(session.user, session.actor, session.id) if session else None


def _may_be_secret(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_SECRET and text.isascii()


async def sign_in(context: Context, login: str, password: str) -> NewSession:
    """Start a session.

    Raises:
        UnauthenticatedError: login or password are wrong; which, is never told.
        ThrottledError: too many failures; its data say when to try again.
    """
    request = context.request
    new = await context.store.sessions.sign_in(
        login,
        password,
        address=address(request, context.settings),
        agent=request.headers.get("User-Agent", "")[:_LONGEST_AGENT],
    )
    old = request.cookies.get(COOKIE)
    if old is not None and _may_be_secret(old):
        await context.store.sessions.end(old)
    return new


async def confirm(context: Context, password: str) -> None:
    """Make sure that the person at the keyboard knows the password.

    Raises:
        UnauthenticatedError: he does not.
        ThrottledError: too many failures.
    """
    try:
        new = await context.store.sessions.sign_in(
            context.user.login, password, address=address(context.request, context.settings)
        )
    except UnauthenticatedError:
        raise UnauthenticatedError("The present password is not right.") from None
    await context.store.sessions.end(new.secret)


def become(context: Context, new: NewSession) -> Context:
    """The context as it is from this sign-in on."""
    session = new.session
    return replace(
        context,
        language=negotiate(session.user.language, ""),
        signed_in=Caller(session.user, session.actor, SessionId(session.id)),
    )


def set_cookie(response: web.StreamResponse, new: NewSession, settings: WebSettings) -> None:
    """Hand the session to the browser: scripts cannot read it, other sites cannot send it.

    How long it lasts is the store's to say; the browser only keeps the cookie long enough.
    """
    response.set_cookie(
        COOKIE,
        new.secret,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        httponly=True,
        secure=settings.https,
        samesite="Lax",
    )


async def sign_out(context: Context, response: web.StreamResponse) -> None:
    """End this session."""
    secret = context.request.cookies.get(COOKIE)
    if secret is not None and _may_be_secret(secret):
        await context.store.sessions.end(secret)
    _forget(context, response)
    if context.signed_in is not None:
        await context.deps.hooks.on_sign_out(context.user.id)


async def sign_out_everywhere(context: Context, response: web.StreamResponse) -> None:
    """End every session of the user."""
    await context.store.sessions.end_all(context.actor, context.user.id)
    _forget(context, response)
    await context.deps.hooks.on_sign_out(context.user.id)


def _forget(context: Context, response: web.StreamResponse) -> None:
    response.del_cookie(
        COOKIE, path="/", httponly=True, secure=context.settings.https, samesite="Lax"
    )


def address(request: web.Request, settings: WebSettings) -> str:
    """The client's address; a proxy's word is taken only from proxies we were told of."""
    nearest = request.remote or ""
    if nearest not in settings.proxies:
        return nearest
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    beyond = [hop for hop in hops if hop and hop not in settings.proxies]
    return beyond[-1][:64] if beyond else nearest
