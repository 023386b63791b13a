"""The API described by itself: OpenAPI 3.1 from the routes and their models.

Does not describe pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic.json_schema import models_json_schema

from web.api.endpoint import Api
from web.api.problems import Problem
from web.context import Context
from web.policy import Door, Duty, Right

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import BaseModel
    from pydantic.json_schema import JsonSchemaMode

    from web.api.endpoint import Operation
    from web.policy import Need

    _Refs = Mapping[tuple[type[Any], JsonSchemaMode], Mapping[str, Any]]

OPENAPI = web.AppKey("openapi", dict[str, Any])
_REF = "#/components/schemas/{model}"

api = Api("service")


@api.get("/openapi.json", needs=Door.SIGNED_IN)
async def get_openapi(context: Context) -> web.Response:
    """Read this description."""
    return web.json_response(context.request.app[OPENAPI])


def describe(operations: Iterable[Operation]) -> dict[str, Any]:
    """The OpenAPI document of `operations`."""
    operations = list(operations)
    schemas, refs = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        described = _operation(operation, refs)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Trunkline",
            "version": "1",
            "description": (
                "Everything the pages do. Sign in by `POST /api/v1/session` (cookie), or send "
                "`Authorization: Bearer` with a token of your account. Times are UTC, errors "
                "are problem documents (RFC 9457) with a stable `code`."
            ),
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(op.tag for op in operations)],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "trunkline_session"},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _schemas(
    operations: Iterable[Operation],
) -> tuple[dict[str, Any], _Refs]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for operation in operations:
        if operation.body is not None:
            wanted[operation.body, "validation"] = None
        if operation.answers is not None:
            wanted[operation.answers, "serialization"] = None
    refs, document = models_json_schema(list(wanted), ref_template=_REF)
    return document.get("$defs", {}), refs


def _operation(
    operation: Operation,
    refs: _Refs,
) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "x-needs": _named(operation.needs),
        "security": _security(operation.needs),
        "parameters": _parameters(operation),
        "responses": _responses(operation, refs),
    }
    if operation.body is not None:
        schema = refs[operation.body, "validation"]
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return described


def _named(needs: Need) -> str:
    return needs.value if isinstance(needs, Door) else needs.name


def _security(needs: Need) -> list[dict[str, list[str]]]:
    match needs:
        case Door.OPEN:
            return []
        case Door.SESSION:
            return [{"session": []}]
        case Right() | Duty() | Door.SIGNED_IN:
            return [{"session": []}, {"token": []}]


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": adapter.json_schema()}
        for name, adapter in operation.path_fields.items()
    ]
    if operation.query is not None:
        schema = operation.query.model_json_schema(ref_template=_REF)
        definitions = schema.get("$defs", {})
        required = schema.get("required", [])
        for name, field in schema["properties"].items():
            inlined = _present(_inlined(field, definitions))
            parameter = {
                "name": name,
                "in": "query",
                "required": name in required,
                "schema": inlined,
            }
            if "description" in inlined:
                parameter["description"] = inlined["description"]
            parameters.append(parameter)
    if operation.once:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "The same key with the same body is done once, answered twice.",
                "schema": {"type": "string", "minLength": 8, "maxLength": 100},
            }
        )
    return parameters


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """A query's enums written out where they stand."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
        return {key: _inlined(value, definitions) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_inlined(item, definitions) for item in schema]
    return schema


def _present(schema: dict[str, Any]) -> dict[str, Any]:
    """A query's field as it is when it is there: its null means that it is absent."""
    schema = {key: value for key, value in schema.items() if key != "title" and value is not None}
    real = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(real) == 1:
        schema = {**real[0], **{key: value for key, value in schema.items() if key != "anyOf"}}
    return schema


def _responses(
    operation: Operation,
    refs: _Refs,
) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done"}
    if operation.answers is not None:
        schema = refs[operation.answers, "serialization"]
        done["content"] = {operation.media_type: {"schema": schema}}
    elif operation.status != 204:
        done["content"] = {operation.media_type: {"schema": {}}}
    problem = {"application/problem+json": {"schema": refs[Problem, "serialization"]}}
    return {
        str(operation.status): done,
        "default": {"description": "A problem", "content": problem},
    }
