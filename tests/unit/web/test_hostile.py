"""What nobody sends by accident: it may be refused, it may never crash or reach the telephone."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from web.app import operations

if TYPE_CHECKING:
    from tests.unit.web.conftest import Client, Site

ID = "01a20ccd-0e47-798c-a46d-06b07f773fca"
BODIES = [
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"{",
    b"\xff\xfe\x00",
    b'{"name": "\xc3\x28"}',
    b'{"name": "\\ud800"}',
    b'{"name": "a\\u0000b"}',
    b'{"a": ' * 5_000 + b"1" + b"}" * 5_000,
    b"[" * 200_000,
    b'{"version": 1e400, "days": 99999999999999999999999, "limit": -1}',
    b'{"name": {"$ne": null}, "number": ["1"], "text": true, "login": {}, "password": []}',
    b'{"__proto__": {"role": "admin"}, "constructor": 1}',
]
TEXTS = [
    "<script>alert(1)</script>",
    "'; DROP TABLE users; --",
    "\u202e\u2066\u200fgnp.exe",
    "a\r\nSet-Cookie: x=y",
    "a\x00b",
    "%s%n{0}{{7*7}}",
    "../../../../etc/passwd",
    "\U0001f4a9" * 60,
    "x" * 10_000,
    "\ud800",
    "+33142685300\r\nAction: Originate",
]


def _path(operation: Any, value: str) -> str:
    path = operation.path
    for name in operation.path_fields:
        path = path.replace("{" + name + "}", value)
    return str(path)


async def _raw(client: Client, operation: Any, body: bytes) -> int:
    response = await client.request(
        operation.method,
        _path(operation, ID),
        data=body,
        headers={"Content-Type": "application/json"},
    )
    await response.read()
    return response.status


@pytest.mark.parametrize(
    "operation", [each for each in operations() if each.body], ids=lambda each: each.name
)
async def test_no_body_crashes_a_route(site: Site, operation: Any) -> None:
    client = await site.client(site.world.ada)
    statuses = {body[:40]: await _raw(client, operation, body) for body in BODIES}
    assert {body: status for body, status in statuses.items() if status >= 500} == {}
    assert site.pbx.commands == []


def _fields(schema: dict[str, Any]) -> list[str]:
    return list(schema.get("properties", {}))


@pytest.mark.parametrize(
    "operation", [each for each in operations() if each.body], ids=lambda each: each.name
)
async def test_no_text_in_any_field_crashes_a_route(site: Site, operation: Any) -> None:
    client = await site.client(site.world.ada)
    fields = _fields(operation.body.model_json_schema())
    bad: dict[str, int] = {}
    for text in TEXTS:
        for value in (text, [text], {text: text}, [{"number": text}]):
            body = json.dumps(dict.fromkeys(fields, value) | {"version": 1}).encode()
            status = await _raw(client, operation, body)
            if status >= 500:
                bad[text[:40]] = status
    assert bad == {}
    assert site.pbx.commands == []


@pytest.mark.parametrize(
    "operation", [each for each in operations() if each.method == "GET"], ids=lambda each: each.name
)
async def test_no_query_crashes_a_route(site: Site, operation: Any) -> None:
    client = await site.client(site.world.ada)
    fields = _fields(operation.query.model_json_schema()) if operation.query else []
    bad: dict[str, int] = {}
    for text in TEXTS:
        if not text.isprintable() and "\ud800" in text:
            continue  # no URL can carry it
        for name in [*fields, "unknown"]:
            response = await client.get(_path(operation, ID), params={name: text})
            if response.status >= 500:
                bad[f"{name}={text[:40]}"] = response.status
    assert bad == {}


@pytest.mark.parametrize(
    "target",
    [
        "/calls/%00",
        "/calls/%ff%fe",
        "/customers/..%2f..%2fetc%2fpasswd",
        "/api/v1/customers/%00",
        "/api/v1/calls/" + "a" * 4000,
        "/static/x/../../app.py",
        "/static/x/..%2f..%2fapp.py",
        "/static/x/%2e%2e/app.py",
        "/i18n/x/..%2fen.json",
        "/calls?since=%00&limit=-1&result=x&q=%ff",
        "/customers?cursor=abc",
        "/login?next=%0d%0aSet-Cookie:%20a=b",
        "//evil.example/",
    ],
)
async def test_no_address_crashes_a_page_or_leaves_the_house(site: Site, target: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
    new = await _secret(site)
    writer.write(
        f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Cookie: trunkline_session={new}\r\n\r\n".encode()
    )
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert int(head.split()[1]) < 500, head
    assert b"create_app" not in body
    assert b"a=b" not in head
    assert b"evil.example" not in head


async def _secret(site: Site) -> str:
    client = await site.client(site.world.ada)
    (cookie,) = client.session.cookie_jar
    return cookie.value


@pytest.mark.parametrize(
    "headers",
    [
        b"Cookie: trunkline_session=\xff\xfe\xfd",
        b"Cookie: trunkline_session=" + b"x" * 4000,
        b'Cookie: trunkline_session="; Path=/; a=b',
        b"Authorization: Bearer \xff\xfe",
        b"Authorization: Basic YTpi",
        b"Authorization: Bearer",
        b"Authorization: Bearer " + b"x" * 4000,
        b"Accept-Language: \xff;q=x,fr;q=1e99,*",
        b"X-Forwarded-For: \xff, <script>",
        b"User-Agent: \xff\xfe<script>",
        b"Idempotency-Key: \xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8",
        b"Origin: http://[::1",
        b"Sec-Fetch-Site: \xff",
    ],
)
async def test_no_header_crashes_a_request(site: Site, headers: bytes) -> None:
    body = json.dumps({"login": "alice", "password": "correct horse battery"}).encode()
    for line in (b"GET /api/v1/session", b"POST /api/v1/session", b"POST /logout"):
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
        writer.write(
            line + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + headers + b"\r\n"
            b"Content-Type: application/json\r\n"
            b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
        )
        head = (await reader.read()).partition(b"\r\n\r\n")[0]
        writer.close()
        await writer.wait_closed()
        assert int(head.split()[1]) < 500, (line, head)


async def test_a_hostile_name_is_kept_as_text_and_shown_as_text(site: Site) -> None:
    client = await site.client(site.world.alice)
    name = "<img src=x onerror=alert(1)>\"'`{{7*7}}"
    made = await (await client.post("/api/v1/customers", json={"name": name})).json()
    assert made["name"] == name
    page = await (await client.get(f"/customers/{made['id']}")).text()
    assert "<img src=x" not in page
    assert "{{7*7}}" in page


async def test_problems_never_show_the_inside(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def crash(*_: object, **__: object) -> None:
        raise RuntimeError("SELECT secret FROM vault")

    monkeypatch.setattr(site.store.customers, "list", crash)
    client = await site.client(site.world.alice)
    for path in ("/api/v1/customers", "/customers"):
        response = await client.get(path)
        text = await response.text()
        assert response.status == 500
        assert "vault" not in text
        assert "Traceback" not in text
