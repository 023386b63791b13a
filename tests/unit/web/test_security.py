"""What stands before every request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.keys import WebSettings
from web.security import content_policy, local_path, security_headers

if TYPE_CHECKING:
    from tests.unit.web.conftest import Site, SiteMaker


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "calls",
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example/",
        "/\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
    ],
)
def test_a_redirect_never_leaves_the_site(target: str | None) -> None:
    assert local_path(target) == "/"


_TRICKY = st.text(st.sampled_from("/\\.:@?#%\t\n evilhtps2f0a\u2028\u3002\uff0f"), max_size=20)


@given(target=_TRICKY | st.text(max_size=20))
def test_no_target_whatever_leads_to_another_site(target: str) -> None:
    path = local_path(target)
    # As a browser reads it: control characters go, a backslash is a slash.
    read = re.sub(r"[\x00-\x20]", "", path).replace("\\", "/")
    assert urlsplit(urljoin("http://here.example/login", read)).netloc == "here.example"


def test_a_redirect_keeps_a_path_of_ours() -> None:
    assert local_path("/calls?queue=support&cursor=x") == "/calls?queue=support&cursor=x"


def test_the_policy_lets_nothing_inline_and_only_the_live_socket_out() -> None:
    policy = content_policy("wss://live.example.org:8443/live?x=1")
    assert "default-src 'none'" in policy
    assert "connect-src 'self' wss://live.example.org:8443" in policy
    assert "unsafe" not in policy


def test_https_is_for_ever_once_the_address_says_so() -> None:
    assert "Strict-Transport-Security" not in security_headers(WebSettings())
    secure = security_headers(WebSettings(public_url="https://calls.example.org"))
    assert secure["Strict-Transport-Security"].startswith("max-age=")


@pytest.mark.parametrize("path", ["/login", "/health", "/api/v1/session", "/nowhere", "/"])
async def test_every_answer_carries_the_security_headers(site: Site, path: str) -> None:
    response = await site.anonymous().get(path, allow_redirects=False)
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
async def test_the_live_socket_is_on_the_host_that_was_asked_for(
    sites: SiteMaker, host: str
) -> None:
    async with sites(ws_url="ws://{host}:8081") as site:
        port = site.server.port
        response = await site.anonymous().get("/login", headers={"Host": f"{host}:{port}"})
        page = await response.text()
    assert f"connect-src 'self' ws://{host}:8081;" in response.headers["Content-Security-Policy"]
    assert f'"ws_url": "ws://{host}:8081"' in page


async def test_a_foreign_host_does_not_get_into_the_policy(sites: SiteMaker) -> None:
    async with sites(ws_url="ws://{host}:8081") as site:
        response = await site.anonymous().get("/login", headers={"Host": "evil.example"})
    assert "evil" not in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[::1", "", "a b"])
async def test_another_host_name_is_not_answered(site: Site, host: str) -> None:
    response = await site.anonymous().get("/login", headers={"Host": host})
    assert response.status == 421


async def test_the_public_name_is_answered(sites: SiteMaker) -> None:
    async with sites(public_url="https://calls.example.org") as site:
        client = site.anonymous()
        named = await client.get("/login", headers={"Host": "calls.example.org"})
        other = await client.get("/login", headers={"Host": "evil.example"})
    assert (named.status, other.status) == (200, 421)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": ""},
    ],
)
async def test_another_site_cannot_act_for_somebody_signed_in(
    site: Site, headers: dict[str, str]
) -> None:
    client = await site.client(site.world.alice)
    body = {"name": "Planted"}
    response = await client.post("/api/v1/customers", json=body, headers=headers)
    assert (response.status, (await response.json())["code"]) == (403, "cross-site")


async def test_a_cookie_without_any_word_of_origin_cannot_act(site: Site) -> None:
    client = await site.client(site.world.alice)
    client.session.headers.popall("Origin")
    response = await client.post("/api/v1/customers", json={"name": "Planted"})
    assert response.status == 403


async def test_a_body_that_is_too_large_is_refused(site: Site) -> None:
    client = await site.client(site.world.alice)
    response = await client.post("/api/v1/customers", json={"name": "Big", "note": "x" * 400_000})
    assert (response.status, (await response.json())["code"]) == (413, "body-too-large")


async def test_a_form_cannot_be_posted_to_the_api(site: Site) -> None:
    client = await site.client(site.world.alice)
    response = await client.post("/api/v1/customers", data={"name": "Planted"})
    assert response.status == 422
