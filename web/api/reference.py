"""The OpenAPI document as people read it: subjects, operations, fields with their kinds in words.

Does not render; the page does. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "yes or no",
    "object": "texts by name",
    "null": "null",
}
_FORMATS = {"date-time": "time"}
_ID_PATTERN = "^[0-9a-f]{8}-"
_LIMITS = (
    ("minLength", "maxLength", "characters"),
    ("minimum", "maximum", ""),
    ("minItems", "maxItems", "items"),
)


@dataclass(frozen=True, slots=True)
class Field:
    """`shape` names the shape that `kind` speaks of, where it has a place of its own on the page."""

    name: str
    kind: str
    shape: str | None
    required: bool
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An operation."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    needs: str
    parameters: tuple[Field, ...]
    body: str | None
    fields: tuple[Field, ...]
    status: str
    answer: str | None
    media_type: str


def groups(document: Mapping[str, Any]) -> list[tuple[str, list[Shown]]]:
    """Operations by subject, in the order they were made."""
    reader = _Reader(document["components"]["schemas"])
    found: dict[str, list[Shown]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found[operation["tags"][0]].append(reader.shown(method.upper(), path, operation))
    return list(found.items())


def shapes(document: Mapping[str, Any]) -> list[tuple[str, str, tuple[Field, ...]]]:
    """Name, text and fields of every shape that has fields."""
    reader = _Reader(document["components"]["schemas"])
    return [
        (name, schema.get("description", ""), reader.fields(schema))
        for name, schema in sorted(reader.schemas.items())
        if "properties" in schema
    ]


@dataclass(frozen=True, slots=True)
class _Reader:
    schemas: Mapping[str, Any]

    def shown(self, method: str, path: str, operation: Mapping[str, Any]) -> Shown:
        status, done = next(iter(operation["responses"].items()))
        content = done.get("content", {})
        sent = operation.get("requestBody", {}).get("content", {})
        body = next((_name(media["schema"]) for media in sent.values()), None)
        return Shown(
            id=operation["operationId"],
            method=method,
            path=path,
            summary=operation["summary"],
            description=operation["description"],
            needs=operation["x-needs"],
            parameters=tuple(self._parameter(each) for each in operation["parameters"]),
            body=body,
            fields=self.fields(self.schemas[body]) if body else (),
            status=status,
            answer=next((_name(media["schema"]) for media in content.values()), None),
            media_type=next(iter(content), ""),
        )

    def fields(self, schema: Mapping[str, Any]) -> tuple[Field, ...]:
        required = schema.get("required", ())
        return tuple(
            self._field(name, field, required=name in required)
            for name, field in schema["properties"].items()
        )

    def _parameter(self, parameter: Mapping[str, Any]) -> Field:
        schema = parameter["schema"]
        text = {"description": parameter.get("description", "")} if "$ref" not in schema else {}
        return self._field(parameter["name"], {**text, **schema}, required=parameter["required"])

    def _field(self, name: str, schema: Mapping[str, Any], *, required: bool) -> Field:
        kind, shape = self._kind(schema)
        return Field(name, kind, shape, required, _text(schema))

    def _kind(self, schema: Mapping[str, Any]) -> tuple[str, str | None]:
        """In words, and the shape they speak of."""
        if name := _name(schema):
            named = self.schemas[name]
            return (name, name) if "properties" in named else self._kind(named)
        if "anyOf" in schema:
            kinds = [self._kind(choice) for choice in schema["anyOf"]]
            return " or ".join(kind for kind, _ in kinds), next((s for _, s in kinds if s), None)
        if schema.get("type") == "array":
            kind, shape = self._kind(schema.get("items", {}))
            return f"list of {kind}", shape
        return _plain_kind(schema), None


def _plain_kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if schema.get("pattern", "").startswith(_ID_PATTERN):
        return "id"
    kind = str(schema.get("type", ""))
    return _FORMATS.get(schema.get("format", ""), _KINDS.get(kind, "anything"))


def _name(schema: Mapping[str, Any]) -> str | None:
    return schema.get("$ref", "").rpartition("/")[2] or None


def _text(schema: Mapping[str, Any]) -> str:
    """What is said of a field, and its limits."""
    said = [schema["description"]] if schema.get("description") else []
    for least, most, unit in _LIMITS:
        if most in schema:
            span = f"{schema[least]}–" if least in schema else "up to "
            said.append(f"{span}{schema[most]} {unit}".strip())
    if schema.get("default") not in {None, "", False}:
        said.append(f"default {schema['default']}")
    return "; ".join(said)
