"""Customers by the API: what a page can do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.web.conftest import Client, Site


async def _create(client: Client, **fields: Any) -> dict[str, Any]:
    response = await client.post("/api/v1/customers", json={"name": "Nordlicht GmbH", **fields})
    assert response.status == 201, await response.text()
    made: dict[str, Any] = await response.json()
    return made


async def test_a_new_customer_comes_back_with_numbers_in_both_forms(site: Site) -> None:
    client = await site.client(site.world.alice)
    phones = [{"number": "01 42 68 53 77", "label": "office"}]
    made = await _create(client, phones=phones, tags=["vip"], properties={"size": "40"})
    (phone,) = made["phones"]
    assert (phone["e164"], phone["display"]) == ("+33142685377", "01 42 68 53 77")
    assert made["owner"]["name"] == "Alice"
    assert made["may"] == {"edit": True, "archive": False, "assign": False}
    assert (made["tags"], made["properties"]) == (["vip"], {"size": "40"})


async def test_a_page_knows_beforehand_what_would_be_refused(site: Site) -> None:
    path = f"/api/v1/customers/{site.world.customer_id}"
    may = {}
    for name in ("alice", "bob", "susan"):
        client = await site.client(getattr(site.world, name))
        may[name] = tuple((await (await client.get(path)).json())["may"].values())
    assert may == {
        "alice": (True, False, False),
        "bob": (False, False, False),
        "susan": (True, True, True),
    }


async def test_only_the_fields_that_are_sent_change(site: Site) -> None:
    client = await site.client(site.world.alice)
    made = await _create(client, email="a@example.org", note="first")
    path = f"/api/v1/customers/{made['id']}"
    change = {"version": made["version"], "note": "second", "state": "active"}
    changed = await (await client.patch(path, json=change)).json()
    assert (changed["note"], changed["state"]) == ("second", "active")
    assert (changed["email"], changed["name"]) == ("a@example.org", "Nordlicht GmbH")


async def test_a_stale_change_is_refused_and_shows_what_there_is_now(site: Site) -> None:
    client = await site.client(site.world.alice)
    made = await _create(client)
    path = f"/api/v1/customers/{made['id']}"
    await client.patch(path, json={"version": made["version"], "note": "from the other tab"})
    response = await client.patch(path, json={"version": made["version"], "note": "from here"})
    problem = await response.json()
    assert (response.status, problem["code"]) == (409, "conflict")
    assert problem["current"]["note"] == "from the other tab"


async def test_an_archived_customer_leaves_the_list_and_comes_back(site: Site) -> None:
    client = await site.client(site.world.susan)
    path = f"/api/v1/customers/{site.world.customer_id}"
    assert (await (await client.post(f"{path}/archive")).json())["archived"]
    assert (await (await client.get("/api/v1/customers")).json())["items"] == []
    away = await (await client.get("/api/v1/customers?archived=true")).json()
    assert [row["id"] for row in away["items"]] == [site.world.customer_id]
    assert not (await (await client.post(f"{path}/restore")).json())["archived"]


async def test_a_list_goes_on_where_it_stopped(site: Site) -> None:
    client = await site.client(site.world.alice)
    for number in range(5):
        await _create(client, name=f"Customer {number}")
    seen, cursor = [], ""
    for _ in range(10):
        page = await (await client.get(f"/api/v1/customers?limit=2&cursor={cursor}")).json()
        seen += [row["name"] for row in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert seen == ["Atelier Dupont", *(f"Customer {number}" for number in range(5))]


@pytest.mark.parametrize("cursor", ["abc", "e30", "....", "0" * 400])
async def test_a_made_up_cursor_is_refused(site: Site, cursor: str) -> None:
    client = await site.client(site.world.alice)
    response = await client.get("/api/v1/customers", params={"cursor": cursor})
    assert (response.status, (await response.json())["code"]) == (422, "bad-value")


async def test_search_finds_words_and_numbers(site: Site) -> None:
    client = await site.client(site.world.alice)
    for words in ("dupo", "atel dup", "0142685300"):
        found = await (await client.get("/api/v1/customers", params={"q": words})).json()
        assert [row["name"] for row in found["items"]] == ["Atelier Dupont"], words


async def test_a_contact_person_has_numbers_of_their_own(site: Site) -> None:
    client = await site.client(site.world.alice)
    path = f"/api/v1/customers/{site.world.customer_id}"
    body = {"name": "Paul", "position": "buyer", "phones": [{"number": "06 12 34 56 78"}]}
    made = await (await client.post(f"{path}/contacts", json=body)).json()
    assert [phone["e164"] for phone in made["phones"]] == ["+33612345678"]
    contact = f"{path}/contacts/{made['id']}"
    more = await client.post(f"{contact}/phones", json={"number": "06 12 34 56 79"})
    assert more.status == 201
    change = {"version": made["version"], "position": "director"}
    changed = await (await client.patch(contact, json=change)).json()
    assert (changed["position"], changed["name"], len(changed["phones"])) == ("director", "Paul", 2)
    customer = await (await client.get(path)).json()
    assert {phone["e164"] for phone in customer["phones"]} == {"+33142685300"}
    assert (await client.delete(contact)).status == 204
    names = [each["name"] for each in (await (await client.get(path)).json())["contacts"]]
    assert names == ["Sample Director"]


async def test_a_number_is_removed_only_from_the_customer_who_has_it(site: Site) -> None:
    client = await site.client(site.world.alice)
    other = await _create(client)
    phone = site.world.phone_id
    wrong = await client.delete(f"/api/v1/customers/{other['id']}/phones/{phone}")
    right = await client.delete(f"/api/v1/customers/{site.world.customer_id}/phones/{phone}")
    assert (wrong.status, right.status) == (404, 204)


async def test_a_note_stands_on_the_timeline_beside_the_calls(site: Site) -> None:
    client = await site.client(site.world.alice)
    path = f"/api/v1/customers/{site.world.customer_id}"
    await client.post(f"{path}/notes", json={"text": "asked for a quote"})
    timeline = await (await client.get(f"{path}/timeline")).json()
    kinds = {(item["kind"], item["notes"]) for item in timeline["items"]}
    assert kinds == {("note", "asked for a quote"), ("call", "")}


async def test_a_number_leads_to_the_card(site: Site) -> None:
    client = await site.client(site.world.alice)
    found = await (await client.get("/api/v1/lookup", params={"number": "+33142685300"})).json()
    (card,) = found["items"]
    assert (card["customer_id"], card["name"]) == (site.world.customer_id, "Atelier Dupont")


async def test_trying_numbers_one_after_another_is_slowed_down(site: Site) -> None:
    client = await site.client(site.world.alice)
    statuses = set()
    for number in range(100):
        params = {"number": f"+331426853{number:02}"}
        response = await client.get("/api/v1/lookup", params=params)
        statuses.add(response.status)
        if response.status == 429:
            break
    assert statuses == {200, 429}
    assert int(response.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "ok", "kind": "alien"}, "kind"),
        ({"name": "ok", "surprise": 1}, "surprise"),
        ({"name": "ok", "phones": [{"number": ""}]}, "phones.0.number"),
        ({"name": "ok", "owner_id": "me"}, "owner_id"),
        ({"name": "ok", "email": "nobody"}, "email"),
        ({"name": 5}, "name"),
    ],
)
async def test_a_body_that_does_not_fit_says_where(
    site: Site, body: dict[str, Any], field: str
) -> None:
    client = await site.client(site.world.alice)
    response = await client.post("/api/v1/customers", json=body)
    problem = await response.json()
    assert (response.status, problem["code"]) == (422, "bad-value")
    assert [(each["where"], each["field"]) for each in problem["errors"]] == [("body", field)]
    assert problem["errors"][0]["message"]
