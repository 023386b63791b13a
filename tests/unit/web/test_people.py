"""Users, teams, tokens and the audit trail by the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.web.world import PASSWORD

if TYPE_CHECKING:
    from tests.unit.web.conftest import Client, Site

NEW = {
    "login": "nina",
    "name": "Nina",
    "role": "agent",
    "extension": "1009",
    "password": "a long enough one",
}


async def _create(client: Client, **fields: Any) -> dict[str, Any]:
    response = await client.post("/api/v1/users", json={**NEW, **fields})
    assert response.status == 201, await response.text()
    made: dict[str, Any] = await response.json()
    return made


async def test_a_new_user_can_sign_in(site: Site) -> None:
    made = await _create(await site.client(site.world.ada), team_id=site.world.blue)
    assert (made["extension"], made["team"]["name"], made["active"]) == ("1009", "Blue", True)
    assert "password" not in made
    assert site.changed_users == [made["id"]]
    credentials = {"login": "nina", "password": NEW["password"]}
    assert (await site.anonymous().post("/api/v1/session", json=credentials)).status == 200


@pytest.mark.parametrize("taken", [{"login": "ALICE"}, {"extension": "1001"}])
async def test_logins_and_extensions_are_one_persons(site: Site, taken: dict[str, str]) -> None:
    client = await site.client(site.world.ada)
    response = await client.post("/api/v1/users", json={**NEW, **taken})
    assert (response.status, (await response.json())["code"]) == (409, "conflict")


async def test_whoever_becomes_inactive_is_out_at_once(site: Site) -> None:
    alice = await site.client(site.world.alice)
    admin = await site.client(site.world.ada)
    path = f"/api/v1/users/{site.world.alice.id}"
    change = {"version": site.world.alice.version, "active": False}
    changed = await (await admin.patch(path, json=change)).json()
    assert not changed["active"]
    assert site.signed_out == [site.world.alice.id]
    assert (await alice.get("/api/v1/session")).status == 401
    gone = await (await admin.get("/api/v1/users?active=false")).json()
    assert [user["login"] for user in gone["items"]] == ["alice"]


async def test_an_extension_can_be_taken_away(site: Site) -> None:
    admin = await site.client(site.world.ada)
    path = f"/api/v1/users/{site.world.alice.id}"
    change = {"version": site.world.alice.version, "extension": None}
    assert (await (await admin.patch(path, json=change)).json())["extension"] is None


async def test_a_stale_change_of_a_user_shows_what_there_is_now(site: Site) -> None:
    admin = await site.client(site.world.ada)
    path = f"/api/v1/users/{site.world.alice.id}"
    version = site.world.alice.version
    await admin.patch(path, json={"version": version, "name": "Alicia"})
    response = await admin.patch(path, json={"version": version, "name": "Alison"})
    assert (response.status, (await response.json())["current"]["name"]) == (409, "Alicia")


async def test_the_last_administrator_stays(site: Site) -> None:
    admin = await site.client(site.world.ada)
    path = f"/api/v1/users/{site.world.ada.id}"
    change = {"version": site.world.ada.version, "role": "agent"}
    assert (await admin.patch(path, json=change)).status == 409


async def test_an_administrator_sets_a_password_and_ends_what_was_open(site: Site) -> None:
    alice = await site.client(site.world.alice)
    admin = await site.client(site.world.ada)
    path = f"/api/v1/users/{site.world.alice.id}/password"
    assert (await admin.post(path, json={"password": "quite another one"})).status == 204
    assert (await alice.get("/api/v1/session")).status == 401
    credentials = {"login": "alice", "password": "quite another one"}
    assert (await site.anonymous().post("/api/v1/session", json=credentials)).status == 200


async def test_the_directory_holds_everybody_who_can_be_called(site: Site) -> None:
    client = await site.client(site.world.alice)
    items = (await (await client.get("/api/v1/directory")).json())["items"]
    assert {(each["name"], each["extension"]) for each in items} >= {("Bob", "1002")}
    assert "login" not in items[0]


async def test_a_token_is_shown_once_and_opens_what_it_says(site: Site) -> None:
    client = await site.client(site.world.alice)
    body = {"name": "wallboard", "scopes": ["interactions:read"], "days": 30}
    made = await (await client.post("/api/v1/tokens", json=body)).json()
    assert made["expires_at"]
    listed = (await (await client.get("/api/v1/tokens")).json())["items"]
    assert {token["name"] for token in listed} == {"spare", "wallboard"}
    assert all("secret" not in token for token in listed)
    program = site.anonymous()
    program.session.cookie_jar.clear()
    bearer = {"Authorization": f"Bearer {made['secret']}"}
    assert (await program.get("/api/v1/calls", headers=bearer)).status == 200
    assert (await program.get("/api/v1/customers", headers=bearer)).status == 403
    await client.delete(f"/api/v1/tokens/{made['id']}")
    assert (await program.get("/api/v1/calls", headers=bearer)).status == 401


async def test_a_token_needs_no_word_of_origin(site: Site) -> None:
    program = await site.program(site.world.alice, "customers:write", "customers:read")
    assert (await program.post("/api/v1/customers", json={"name": "By program"})).status == 201


async def test_a_token_breeds_no_token_and_changes_no_password(site: Site) -> None:
    program = await site.program(site.world.ada, "tokens:write", "users:write", "sessions:write")
    token = {"name": "child", "scopes": ["users:write"]}
    assert (await program.post("/api/v1/tokens", json=token)).status == 403
    change = {"current": PASSWORD, "new": "quite another one"}
    assert (await program.post("/api/v1/me/password", json=change)).status == 403


@pytest.mark.parametrize("scopes", [[], ["everything"], ["customers:read"] * 21])
async def test_a_token_has_known_scopes(site: Site, scopes: list[str]) -> None:
    client = await site.client(site.world.alice)
    response = await client.post("/api/v1/tokens", json={"name": "x", "scopes": scopes})
    assert response.status == 422


async def test_the_trail_tells_who_did_what(site: Site) -> None:
    supervisor = await site.client(site.world.susan)
    await supervisor.post(f"/api/v1/customers/{site.world.customer_id}/archive")
    admin = await site.client(site.world.ada)
    params = {"target": "customers", "user": site.world.susan.id}
    trail = await (await admin.get("/api/v1/audit", params=params)).json()
    (entry,) = trail["items"]
    assert (entry["action"], entry["target_id"]) == ("archive", site.world.customer_id)
    assert entry["user"]["name"] == "Susan"
