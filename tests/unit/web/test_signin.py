"""Signing in and out."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import TYPE_CHECKING

import pytest

from tests.unit.web.world import PASSWORD
from web.signin import COOKIE

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from tests.unit.web.conftest import Client, Site, SiteMaker


async def _sign_in(
    client: Client, login: str = "alice", password: str = PASSWORD
) -> ClientResponse:
    return await client.post("/api/v1/session", json={"login": login, "password": password})


def _cookie(response: ClientResponse) -> SimpleCookie:
    return SimpleCookie("".join(response.headers.getall("Set-Cookie", [])))


async def test_the_right_password_opens_a_session(site: Site) -> None:
    client = site.anonymous()
    response = await _sign_in(client)
    assert response.status == 200
    me = await (await client.get("/api/v1/session")).json()
    assert (me["login"], me["role"], me["extension"]) == ("alice", "agent", "1001")
    assert "calls:dial" in me["rights"]
    assert "users:create" not in me["rights"]


async def test_scripts_cannot_read_the_cookie_and_other_sites_cannot_send_it(site: Site) -> None:
    morsel = _cookie(await _sign_in(site.anonymous()))[COOKIE]
    assert morsel["httponly"]
    assert morsel["samesite"] == "Lax"
    assert morsel["path"] == "/"
    assert not morsel["secure"]


async def test_the_cookie_travels_by_https_alone_where_there_is_https(sites: SiteMaker) -> None:
    async with sites(public_url="https://calls.example.org") as site:
        assert _cookie(await _sign_in(site.anonymous()))[COOKIE]["secure"]


@pytest.mark.parametrize(
    ("login", "password"), [("alice", "wrong"), ("nobody", PASSWORD), ("alice", PASSWORD + " ")]
)
async def test_a_wrong_sign_in_never_says_what_was_wrong(
    site: Site, login: str, password: str
) -> None:
    response = await _sign_in(site.anonymous(), login, password)
    problem = await response.json()
    assert (response.status, problem["code"]) == (401, "unauthenticated")
    reference = await (await _sign_in(site.anonymous(), "zoe", "x")).json()
    assert problem == reference


async def test_guessing_is_slowed_down(site: Site) -> None:
    client = site.anonymous()
    for _ in range(100):
        response = await _sign_in(client, password="wrong")
        if response.status == 429:
            break
    assert response.status == 429
    assert int(response.headers["Retry-After"]) > 0
    assert (await response.json())["code"] == "throttled"


async def test_a_planted_cookie_is_not_taken_over(site: Site) -> None:
    client = site.anonymous()
    planted = "planted-by-somebody-else"
    client.session.cookie_jar.update_cookies({COOKIE: planted}, site.server.make_url("/"))
    morsel = _cookie(await _sign_in(client))[COOKIE]
    assert morsel.value != planted


async def test_signing_in_again_ends_the_session_before(site: Site) -> None:
    client = site.anonymous()
    first = _cookie(await _sign_in(client))[COOKIE].value
    await _sign_in(client)
    assert await site.store.sessions.find(first) is None


async def test_signing_out_ends_the_session_and_tells_the_live_side(site: Site) -> None:
    client = site.anonymous()
    secret = _cookie(await _sign_in(client))[COOKIE].value
    response = await client.delete("/api/v1/session")
    assert response.status == 204
    assert await site.store.sessions.find(secret) is None
    assert site.signed_out == [site.world.alice.id]
    assert (await client.get("/api/v1/session")).status == 401


async def test_signing_out_everywhere_ends_the_other_browsers_too(site: Site) -> None:
    here, there = site.anonymous(), site.anonymous()
    await _sign_in(here)
    await _sign_in(there)
    await here.delete("/api/v1/sessions")
    assert (await there.get("/api/v1/session")).status == 401


async def test_a_new_password_ends_other_sessions_and_keeps_this_browser_signed_in(
    site: Site,
) -> None:
    here, there = site.anonymous(), site.anonymous()
    await _sign_in(here)
    await _sign_in(there)
    body = {"current": PASSWORD, "new": "an even better one"}
    assert (await here.post("/api/v1/me/password", json=body)).status == 200
    assert (await there.get("/api/v1/session")).status == 401
    assert (await here.get("/api/v1/session")).status == 200
    assert (await _sign_in(site.anonymous(), password="an even better one")).status == 200


async def test_the_form_signs_in_without_scripts_and_goes_where_one_wanted(site: Site) -> None:
    client = site.anonymous()
    sent_away = await client.get("/calls?queue=support", allow_redirects=False)
    assert sent_away.headers["Location"] == "/login?next=/calls?queue%3Dsupport"
    form = {"login": "alice", "password": PASSWORD, "next": "/calls?queue=support"}
    response = await client.post("/login", data=form, allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (303, "/calls?queue=support")


async def test_the_form_says_what_went_wrong_and_keeps_the_name(site: Site) -> None:
    form = {"login": "<b>alice", "password": "wrong", "next": "//evil.example"}
    response = await site.anonymous().post("/login", data=form)
    page = await response.text()
    assert response.status == 401
    assert "&lt;b&gt;alice" in page
    assert "evil.example" not in page


async def test_the_form_says_when_to_come_back(site: Site) -> None:
    client = site.anonymous()
    for _ in range(100):
        response = await client.post("/login", data={"login": "alice", "password": "wrong"})
        if response.status == 429:
            break
    assert response.status == 429
    assert int(response.headers["Retry-After"]) > 0
    assert "alert" in await response.text()


async def test_an_unknown_token_is_refused_even_beside_a_good_cookie(site: Site) -> None:
    client = await site.client(site.world.alice)
    response = await client.get(
        "/api/v1/session", headers={"Authorization": "Bearer tk_not_a_token"}
    )
    assert response.status == 401


async def test_a_proxy_is_believed_only_when_it_is_ours(sites: SiteMaker) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
    for proxies, seen in ((frozenset({"127.0.0.1"}), "198.51.100.7"), (frozenset(), "127.0.0.1")):
        async with sites(proxies=proxies) as site:
            client = site.anonymous()
            body = {"login": "alice", "password": PASSWORD}
            await client.post("/api/v1/session", json=body, headers=forwarded)
            sessions = await (await client.get("/api/v1/sessions")).json()
            assert sessions["items"][0]["address"] == seen
