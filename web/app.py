"""The web application: every route there is, and what stands before each.

Does not start a server or open a store; whoever calls `create_app` does.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from aiohttp import web

from web.api import (
    account,
    admin,
    calls,
    contacts,
    control,
    customers,
    dialling,
    export,
    live,
    openapi,
    people,
)
from web.api.endpoint import BODY_LIMIT, Operation
from web.assets import Assets
from web.failures import answer_failures
from web.i18n import LANGUAGES, language
from web.idempotency import KEEPER, Keeper
from web.keys import DEPS, HEADERS, Deps
from web.limits import LIMITS, limits
from web.pages import pages
from web.render import RENDERER, Renderer
from web.security import add_security_headers, check_host, check_origin, security_headers
from web.signin import recognise

if TYPE_CHECKING:
    from collections.abc import Iterator

_APIS = (
    account,
    export,
    calls,
    dialling,
    control,
    customers,
    contacts,
    live,
    people,
    admin,
    openapi,
)


def operations() -> Iterator[Operation]:
    """Every operation of the API."""
    for module in _APIS:
        yield from module.api


@cache
def description() -> dict[str, Any]:
    """The API described: the same for every application of this process."""
    return openapi.describe(operations())


def create_app(deps: Deps) -> web.Application:
    """The pages and the API over `deps`."""
    app = web.Application(
        client_max_size=BODY_LIMIT,
        middlewares=[answer_failures, check_host, check_origin, recognise],
    )
    assets = Assets()
    app[DEPS] = deps
    app[HEADERS] = security_headers(deps.settings)
    app[LIMITS] = limits(deps.clock, deps.settings.dials_per_minute)
    app[KEEPER] = Keeper(deps.clock)
    app[RENDERER] = Renderer(assets, deps.settings)
    app[openapi.OPENAPI] = description()
    app.on_response_prepare.append(add_security_headers)
    for operation in operations():
        app.router.add_route(operation.method, operation.path, operation.respond)
    for page in pages:
        app.router.add_route(page.method, page.path, page.respond)
    app.router.add_get("/static/{version}/{name:.+}", assets.serve)
    app.router.add_get("/i18n/{version}/{lang}.json", _script_catalog)
    app.router.add_get("/health", _health)
    app.router.add_get("/favicon.ico", _no_icon)
    return app


async def _script_catalog(request: web.Request) -> web.Response:
    code = request.match_info["lang"]
    if code not in LANGUAGES:
        raise web.HTTPNotFound
    return web.Response(
        body=language(code).script_catalog,
        content_type="application/json",
        charset="utf-8",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


async def _health(request: web.Request) -> web.Response:
    """For whoever watches from outside: no names, no numbers."""
    return web.json_response({"status": "ok" if request.app[DEPS].well else "degraded"})


async def _no_icon(request: web.Request) -> web.Response:  # noqa: ARG001 – browsers ask regardless
    return web.Response(status=204)
