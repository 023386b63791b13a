"""A route as a typed function: path, query and body come in as models, a model goes out.

Knows what each route needs and says it to the guard before anything is read; does not know any
route itself.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import (
    TYPE_CHECKING,
    Any,
    Required,
    TypedDict,
    TypeVar,
    Unpack,
    get_args,
    get_type_hints,
)

from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError

from web.api.problems import invalid
from web.context import Context
from web.errors import BodyTooLargeError, InvalidRequestError
from web.idempotency import KEEPER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from web.policy import Need

PREFIX = "/api/v1"
BODY_LIMIT = 256 * 1024

Result = BaseModel | web.StreamResponse | None
Handler = TypeVar("Handler", bound="Callable[..., Awaitable[Result]]")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path, with all that the documentation and the tests need to know of it."""

    method: str
    path: str
    needs: Need
    handler: Callable[..., Awaitable[Result]]
    tag: str
    status: int
    once: bool
    answers: type[BaseModel] | None
    media_type: str
    path_fields: Mapping[str, TypeAdapter[Any]]
    query: type[BaseModel] | None
    body: type[BaseModel] | None

    @property
    def name(self) -> str:
        return self.handler.__name__

    @property
    def summary(self) -> str:
        return (inspect.getdoc(self.handler) or self.name).partition("\n")[0].rstrip(".")

    @property
    def description(self) -> str:
        return (inspect.getdoc(self.handler) or "").partition("\n")[2].strip()

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """Check the right, read the request, run the handler, write its answer."""
        context = Context.of(request)
        context.admit(self.needs)
        arguments = self._path(request)
        if self.query is not None:
            arguments["query"] = _parse_query(self.query, request)
        body = b""
        if self.body is not None:
            body = await _read_body(request)
            arguments["body"] = _parse_body(self.body, body)

        async def answer() -> web.StreamResponse:
            return self._write(await self.handler(context, **arguments))

        if self.once and context.signed_in is not None:
            owner = f"{context.caller.user.id} {self.method} {request.path}"
            return await request.app[KEEPER].once(owner, request, body, answer)
        return await answer()

    def _path(self, request: web.Request) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, adapter in self.path_fields.items():
            try:
                values[name] = adapter.validate_python(request.match_info[name])
            except ValidationError as error:
                raise invalid("path", error) from None
        return values

    def _write(self, result: Result) -> web.StreamResponse:
        match result:
            case web.StreamResponse():
                return result
            case None:
                return web.Response(status=204)
            case _:
                return web.Response(
                    body=result.model_dump_json().encode(),
                    status=self.status,
                    content_type="application/json",
                    charset="utf-8",
                )


class Options(TypedDict, total=False):
    """What is said of a route besides its path.

    `once` honours an Idempotency-Key; `answers` and `media_type` document what a handler sends that
    writes its response itself.
    """

    needs: Required[Need]
    status: int
    once: bool
    answers: type[BaseModel]
    media_type: str


@dataclass(slots=True)
class Api:
    """The routes of one subject, collected by decorators."""

    tag: str
    operations: list[Operation] = field(default_factory=list)

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations)

    def route(
        self, method: str, path: str, **options: Unpack[Options]
    ) -> Callable[[Handler], Handler]:
        """Make the decorated function answer `method` on `path` below the prefix.

        Its first parameter is the context; `query` and `body` are models; every other parameter is
        a field of the path.
        """

        def register(handler: Handler) -> Handler:
            hints = get_type_hints(handler, include_extras=True)
            fields = list(inspect.signature(handler).parameters)[1:]
            self.operations.append(
                Operation(
                    method=method,
                    path=PREFIX + path,
                    needs=options["needs"],
                    handler=handler,
                    tag=self.tag,
                    status=204 if hints["return"] is type(None) else options.get("status", 200),
                    once=options.get("once", False),
                    answers=options.get("answers") or _model(hints["return"]),
                    media_type=options.get("media_type", "application/json"),
                    path_fields={
                        name: TypeAdapter(hints[name])
                        for name in fields
                        if name not in {"query", "body"}
                    },
                    query=hints.get("query"),
                    body=hints.get("body"),
                )
            )
            return handler

        return register

    def get(self, path: str, **options: Unpack[Options]) -> Callable[[Handler], Handler]:
        return self.route("GET", path, **options)

    def post(self, path: str, **options: Unpack[Options]) -> Callable[[Handler], Handler]:
        return self.route("POST", path, **options)

    def put(self, path: str, **options: Unpack[Options]) -> Callable[[Handler], Handler]:
        return self.route("PUT", path, **options)

    def patch(self, path: str, **options: Unpack[Options]) -> Callable[[Handler], Handler]:
        return self.route("PATCH", path, **options)

    def delete(self, path: str, **options: Unpack[Options]) -> Callable[[Handler], Handler]:
        return self.route("DELETE", path, **options)


def _model(hint: Any) -> type[BaseModel] | None:
    for candidate in (hint, *get_args(hint)):
        if inspect.isclass(candidate) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _parse_query(model: type[BaseModel], request: web.Request) -> BaseModel:
    """An empty value is an absent one: that is what an empty field of a form sends."""
    values: dict[str, str] = {}
    for name, value in request.query.items():
        if name in values:
            mistake = {"where": "query", "field": name, "kind": "twice", "message": ""}
            raise InvalidRequestError("Some fields do not fit.", errors=[mistake])
        if value:
            values[name] = value
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid("query", error) from None


async def _read_body(request: web.Request) -> bytes:
    if request.content_type != "application/json":
        raise InvalidRequestError("Send the body as application/json.")
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise BodyTooLargeError("The body is too large. Send less at once.") from None


def _parse_body(model: type[BaseModel], body: bytes) -> BaseModel:
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise invalid("body", error) from None
