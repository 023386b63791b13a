"""Who may do what: each route × each caller, tried on a real store. Deny by default.

Every row is a route on a thing that is Alice's. A route without a row fails; so does a row without
a route.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from web.app import operations
from web.pages import pages
from web.policy import Door

if TYPE_CHECKING:
    from tests.unit.web.conftest import Client, Site, SiteMaker
    from tests.unit.web.world import World

CALLERS = ("stranger", "alice", "bob", "mallory", "susan", "martin", "ada")
"""Nobody; Alice herself; her team mate; an agent of another team; her supervisor; manager; admin."""


@dataclass(frozen=True)
class Row:
    """What each of CALLERS gets for this body or query."""

    statuses: str
    body: dict[str, Any] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)


def all_of(status: int, **more: Any) -> Row:
    """Everybody who is signed in."""
    return Row("401 " + " ".join([str(status)] * 6), **more)


API: dict[str, Row] = {
    # account
    "POST /session": Row(" ".join(["401"] * 7), body={"login": "nobody", "password": "wrong"}),
    "GET /session": all_of(200),
    "DELETE /session": all_of(204),
    "GET /sessions": all_of(200),
    "DELETE /sessions": all_of(204),
    "PATCH /me": all_of(200, body={"language": "fr"}),
    "POST /me/password": all_of(401, body={"current": "wrong", "new": "quite another one"}),
    "GET /tokens": all_of(200),
    "POST /tokens": all_of(201, body={"name": "mine", "scopes": ["customers:read"]}),
    "DELETE /tokens/{token_id}": Row("401 204 404 404 404 404 204"),
    # customers
    "GET /customers": all_of(200),
    "POST /customers": all_of(201, body={"name": "New one"}),
    "GET /customers/{customer_id}": Row("401 200 200 404 200 200 200"),
    "PATCH /customers/{customer_id}": Row(
        "401 200 403 404 200 200 200", body={"version": 1, "note": "changed"}
    ),
    "POST /customers/{customer_id}/archive": Row("401 403 403 403 200 200 200"),
    "POST /customers/{customer_id}/restore": Row("401 403 403 403 200 200 200"),
    "GET /customers/{customer_id}/timeline": Row("401 200 200 404 200 200 200"),
    "POST /customers/{customer_id}/notes": Row(
        "401 201 201 404 201 201 201", body={"text": "called back"}
    ),
    "GET /lookup": all_of(200, query={"number": "+33142685300"}),
    "POST /customers/{customer_id}/phones": Row(
        "401 201 403 404 201 201 201", body={"number": "01 42 68 53 01"}
    ),
    "DELETE /customers/{customer_id}/phones/{phone_id}": Row("401 204 403 404 204 204 204"),
    "POST /customers/{customer_id}/contacts": Row(
        "401 201 403 404 201 201 201", body={"name": "Paul"}
    ),
    "PATCH /customers/{customer_id}/contacts/{contact_id}": Row(
        "401 200 403 404 200 200 200", body={"version": 1, "position": "buyer"}
    ),
    "DELETE /customers/{customer_id}/contacts/{contact_id}": Row("401 204 403 404 204 204 204"),
    "POST /customers/{customer_id}/contacts/{contact_id}/phones": Row(
        "401 201 403 404 201 201 201", body={"number": "01 42 68 53 02"}
    ),
    # calls
    "GET /calls": all_of(200),
    "GET /calls.csv": Row("401 403 403 403 200 200 200"),
    "GET /calls/{call_id}": Row("401 200 200 404 200 200 200"),
    "GET /calls/{call_id}/ladder": Row("401 200 200 404 200 200 200"),
    "PATCH /calls/{call_id}": Row("401 200 403 404 200 200 200", body={"notes": "wants a quote"}),
    "PUT /calls/{call_id}/customer": Row(
        "401 200 403 404 200 200 200", body={"customer_id": "{customer_id}"}
    ),
    "DELETE /calls/{call_id}/customer": Row("401 200 403 404 200 200 200"),
    "POST /calls/{call_id}/lead": Row("401 201 403 404 201 201 201", body={"name": "Jean"}),
    # the telephone
    "POST /calls": Row("401 201 201 201 201 403 403", body={"number": "01 42 68 53 00"}),
    "POST /calls/{call_id}/hangup": Row("401 200 404 404 200 200 200"),
    "POST /calls/{call_id}/hold": Row("401 200 404 404 200 200 200"),
    "POST /calls/{call_id}/unhold": Row("401 200 404 404 200 200 200"),
    "POST /calls/{call_id}/transfer": Row("401 200 404 404 200 200 200", body={"to": "1002"}),
    "POST /calls/{call_id}/attended-transfer": Row(
        "401 200 404 404 200 200 200", body={"to": "1002"}
    ),
    "POST /calls/{call_id}/cancel-transfer": Row("401 200 404 404 200 200 200"),
    "POST /calls/{call_id}/park": Row("401 200 404 404 200 200 200"),
    "POST /calls/{call_id}/mute": Row("401 200 404 404 200 200 200", body={"on": True}),
    "POST /calls/{call_id}/digits": Row("401 200 404 404 200 200 200", body={"digits": "1#"}),
    "POST /calls/{call_id}/recording": Row("401 200 404 404 200 200 200", body={"action": "start"}),
    # A supervisor may listen to his team; an administrator too, had this one a phone.
    "POST /calls/{call_id}/spy": Row("401 403 403 403 200 403 403", body={"mode": "listen"}),
    # live
    "GET /live": all_of(200),
    "GET /live/calls": all_of(200),
    "GET /live/phones": all_of(200),
    "GET /live/queues": all_of(200),
    # people
    "GET /users": Row("401 403 403 403 403 403 200"),
    "POST /users": Row(
        "401 403 403 403 403 403 201",
        body={"login": "new", "name": "New", "role": "agent", "password": "long enough, this"},
    ),
    "GET /users/{user_id}": Row("401 403 403 403 403 403 200"),
    "PATCH /users/{user_id}": Row(
        "401 403 403 403 403 403 200", body={"version": 1, "name": "Alicia"}
    ),
    "POST /users/{user_id}/password": Row(
        "401 403 403 403 403 403 204", body={"password": "long enough, this"}
    ),
    "POST /users/{user_id}/sign-out": Row("401 403 403 403 403 403 204"),
    "GET /directory": all_of(200),
    "GET /teams": all_of(200),
    "POST /teams": Row("401 403 403 403 403 403 201", body={"name": "Green"}),
    # administration
    "GET /audit": Row("401 403 403 403 403 200 200"),
    "GET /health": Row("401 403 403 403 403 403 200"),
    "GET /openapi.json": all_of(200),
}

PAGES: dict[str, str] = {
    "GET /login": "200 303 303 303 303 303 303",
    "POST /login": "401 401 401 401 401 401 401",
    "POST /logout": "303 303 303 303 303 303 303",
    "GET /": "303 200 200 200 200 200 200",
    "GET /calls": "303 200 200 200 200 200 200",
    "GET /calls/{call_id}": "303 200 200 404 200 200 200",
    "GET /customers": "303 200 200 200 200 200 200",
    "GET /customers/{customer_id}": "303 200 200 404 200 200 200",
    "GET /users": "303 403 403 403 403 403 200",
    "GET /account": "303 200 200 200 200 200 200",
    "GET /tokens": "303 303 303 303 303 303 303",
    "GET /audit": "303 403 403 403 403 200 200",
    "GET /styleguide": "200 200 200 200 200 200 200",
    "GET /api/docs": "303 200 200 200 200 200 200",
}

_OPEN_TO_ALL = {"GET /static/{version}/{name}", "GET /i18n/{version}/{lang}.json"} | {
    "GET /health",
    "GET /favicon.ico",
}


def _filled(text: str, world: World) -> str:
    for name in ("customer_id", "contact_id", "phone_id", "call_id", "token_id"):
        text = text.replace("{" + name + "}", getattr(world, name))
    return text.replace("{user_id}", world.alice.id)


async def _caller(site: Site, name: str) -> Client:
    return site.anonymous() if name == "stranger" else await site.client(getattr(site.world, name))


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    routes = {f"{each.method} {each.path.removeprefix('/api/v1')}" for each in operations()}
    assert routes == set(API)
    assert {f"{page.method} {page.path}" for page in pages} == set(PAGES)


def test_nothing_is_served_beside_the_routes_that_name_what_they_need(site: Site) -> None:
    known = {f"{each.method} {each.path}" for each in (*operations(), *pages)} | _OPEN_TO_ALL
    served = {
        f"{route.method} {route.resource.canonical}"
        for route in site.app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    assert served <= known


async def _statuses(sites: SiteMaker, method: str, path: str, row: Row) -> dict[str, int]:
    """What each caller gets; whoever changes something finds the world as it was made."""
    got: dict[str, int] = {}
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(sites())
        for caller in CALLERS:
            if method != "GET" and got:
                site = await stack.enter_async_context(sites())
            body = {
                key: _filled(value, site.world) if isinstance(value, str) else value
                for key, value in row.body.items()
            }
            client = await _caller(site, caller)
            response = await client.request(
                method,
                _filled(path, site.world),
                json=None if method in {"GET", "DELETE"} else body,
                params=row.query,
                allow_redirects=False,
            )
            got[caller] = response.status
    return got


@pytest.mark.parametrize("route", API)
async def test_each_caller_gets_what_the_matrix_says(sites: SiteMaker, route: str) -> None:
    method, path = route.split()
    got = await _statuses(sites, method, "/api/v1" + path, API[route])
    assert got == dict(zip(CALLERS, map(int, API[route].statuses.split()), strict=True))


@pytest.mark.parametrize("page", PAGES)
async def test_each_page_opens_for_whom_the_matrix_says(sites: SiteMaker, page: str) -> None:
    method, path = page.split()
    got = await _statuses(sites, method, path, Row(PAGES[page]))
    assert got == dict(zip(CALLERS, map(int, PAGES[page].split()), strict=True))


@pytest.mark.parametrize(
    "operation",
    [each for each in operations() if each.needs not in {Door.OPEN, Door.SIGNED_IN}],
    ids=lambda each: each.name,
)
async def test_a_token_without_the_scope_opens_nothing(site: Site, operation: Any) -> None:
    program = await site.program(site.world.ada, "sessions:read")
    row = API[f"{operation.method} {operation.path.removeprefix('/api/v1')}"]
    response = await program.request(
        operation.method,
        _filled(operation.path, site.world),
        json=None if operation.method in {"GET", "DELETE"} else row.body,
        params=row.query,
    )
    assert (response.status, (await response.json())["code"]) == (403, "forbidden")


async def test_a_token_with_the_scope_opens_what_it_names_and_no_more(site: Site) -> None:
    program = await site.program(site.world.alice, "customers:read")
    path = f"/api/v1/customers/{site.world.customer_id}"
    read = await program.get(path)
    written = await program.patch(path, json={"version": 1, "note": "no"})
    assert (read.status, written.status) == (200, 403)
