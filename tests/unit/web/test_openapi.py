"""The API described by itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from web.api.openapi import describe
from web.api.reference import groups, shapes
from web.app import operations

if TYPE_CHECKING:
    from tests.unit.web.conftest import Site


def _refs(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(_refs(value) for value in node.values()), set())
    if isinstance(node, list):
        return set().union(*(_refs(item) for item in node), set())
    return set()


def test_every_route_is_described_once() -> None:
    document = describe(operations())
    described = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }
    assert described == {(each.method, each.path) for each in operations()}
    names = [op["operationId"] for item in document["paths"].values() for op in item.values()]
    assert len(names) == len(set(names))


def test_every_operation_says_what_it_does_and_every_path_field_is_declared() -> None:
    for path, item in describe(operations())["paths"].items():
        for operation in item.values():
            assert operation["summary"]
            declared = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert declared == {part[1:-1] for part in path.split("/") if part[:1] == "{"}
            assert "default" in operation["responses"]


def test_every_operation_says_what_it_answers() -> None:
    silent = {
        operation["operationId"]
        for item in describe(operations())["paths"].values()
        for operation in item.values()
        if set(operation["responses"]) != {"204", "default"}
        and "content" not in next(iter(operation["responses"].values()))
    }
    assert silent == set()


def test_every_reference_leads_somewhere() -> None:
    document = describe(operations())
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert _refs(document) <= known


def test_it_is_plain_json() -> None:
    document = describe(operations())
    assert json.loads(json.dumps(document)) == document


def test_what_needs_nobody_is_the_sign_in_alone() -> None:
    document = describe(operations())
    is_open = [
        operation["operationId"]
        for item in document["paths"].values()
        for operation in item.values()
        if operation["security"] == []
    ]
    assert is_open == ["sign_in"]


def test_the_page_of_the_api_shows_every_operation() -> None:
    shown = {operation.id for _, group in groups(describe(operations())) for operation in group}
    assert shown == {each.name for each in operations()}


def test_the_page_of_the_api_says_kinds_in_words() -> None:
    fields = {name: {f.name: f for f in of_it} for name, _, of_it in shapes(describe(operations()))}
    customer = fields["CustomerInput"]
    assert (customer["name"].required, customer["name"].text) == (True, "1–200 characters")
    assert customer["phones"].kind == "list of PhoneInput"
    assert customer["phones"].shape == "PhoneInput"
    assert customer["owner_id"].kind == "id or null"
    assert customer["state"].kind == "lead | active | former"
    assert fields["CallRow"]["started_at"].kind == "time"
    assert fields["TransferInput"]["to"].text.startswith("an extension")


def test_every_link_of_the_page_of_the_api_leads_somewhere() -> None:
    document = describe(operations())
    named = {name for name, _, _ in shapes(document)}
    linked = {field.shape for _, _, fields in shapes(document) for field in fields if field.shape}
    assert linked <= named


def test_a_field_of_a_query_is_described_as_it_is_when_it_is_there() -> None:
    parameters = describe(operations())["paths"]["/api/v1/calls"]["get"]["parameters"]
    by_name = {parameter["name"]: parameter["schema"] for parameter in parameters}
    assert by_name["kind"]["enum"] == ["call", "note"]
    assert by_name["live"] == {"type": "boolean"}


async def test_it_is_served_to_whoever_is_signed_in(site: Site) -> None:
    client = await site.client(site.world.alice)
    document = await (await client.get("/api/v1/openapi.json")).json()
    assert document["openapi"] == "3.1.0"
