"""The pages: each renders its shell with the first data, fetched by the API's own functions.

Does not have a path of its own to the store or the telephone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError

from callcore.errors import NotFoundError, ThrottledError, UnauthenticatedError
from crm_store.rights import SCOPES
from web import signin
from web.api import account, admin, calls, customers, live, people
from web.api.openapi import OPENAPI
from web.api.problems import STATUS
from web.api.reference import groups, shapes
from web.api.shapes.base import Id, Paging
from web.api.shapes.calls import CallQuery
from web.api.shapes.customers import CustomerQuery
from web.api.shapes.people import AuditQuery, Me, UserQuery
from web.context import Context
from web.policy import Door, Need
from web.render import RENDERER
from web.security import local_path

if TYPE_CHECKING:
    from collections.abc import Iterator

Filters = TypeVar("Filters", bound=BaseModel)
_AN_ID: TypeAdapter[str] = TypeAdapter(Id)
PageHandler = Callable[[Context], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Page:
    """A page's route and what it needs."""

    method: str
    path: str
    needs: Need
    handler: PageHandler

    async def respond(self, request: web.Request) -> web.StreamResponse:
        context = Context.of(request)
        context.admit(self.needs)
        return await self.handler(context)


@dataclass(slots=True)
class Pages:
    """All pages, collected by decorator."""

    pages: list[Page] = field(default_factory=list)

    def __iter__(self) -> Iterator[Page]:
        return iter(self.pages)

    def route(
        self, path: str, *, needs: Need, method: str = "GET"
    ) -> Callable[[PageHandler], PageHandler]:
        def register(handler: PageHandler) -> PageHandler:
            self.pages.append(Page(method, path, needs, handler))
            return handler

        return register


pages = Pages()


def _render(
    context: Context,
    template: str,
    *,
    nav: str = "",
    status: int = 200,
    data: dict[str, object] | None = None,
    **more: object,
) -> web.Response:
    values = {**more, "data": data} if data is not None else more
    renderer = context.request.app[RENDERER]
    return renderer.page(context.request, template, nav=nav, status=status, context=values)


def _json(model: BaseModel) -> dict[str, object]:
    return model.model_dump(mode="json")


def _filters(model: type[Filters], context: Context) -> Filters:
    """What the address asks for; a filter that makes no sense is dropped, the page still opens."""
    wanted = {name: value for name, value in context.request.query.items() if value}
    while True:
        try:
            return model.model_validate(wanted)
        except ValidationError as error:
            wrong = {str(mistake["loc"][0]) for mistake in error.errors()}
            wanted = {name: value for name, value in wanted.items() if name not in wrong}


def _id(context: Context, name: str) -> str:
    """The id in the address; what is none names nothing."""
    try:
        return _AN_ID.validate_python(context.request.match_info[name])
    except ValidationError:
        raise NotFoundError("There is nothing at this address.") from None


@pages.route("/login", needs=Door.OPEN)
async def login_page(context: Context) -> web.StreamResponse:
    target = local_path(context.request.query.get("next"))
    if context.signed_in is not None:
        return _redirect(target)
    return _render(context, "login.html", next=target, error="", login="")


@pages.route("/login", needs=Door.OPEN, method="POST")
async def login(context: Context) -> web.StreamResponse:
    """Works without scripts too."""
    form = await context.request.post()
    name, password = str(form.get("login", ""))[:100], str(form.get("password", ""))[:500]
    target = local_path(str(form.get("next", "")))
    try:
        new = await signin.sign_in(context, name, password)
    except (UnauthenticatedError, ThrottledError) as error:
        response = _render(
            context,
            "login.html",
            status=STATUS[error.code],
            next=target,
            error=context.language.say(error.message),
            login=name,
        )
        if isinstance(error, ThrottledError):
            response.headers["Retry-After"] = str(error.data.get("retry_after_s", 60))
        return response
    response = _redirect(target)
    signin.set_cookie(response, new, context.settings)
    return response


@pages.route("/logout", needs=Door.OPEN, method="POST")
async def logout(context: Context) -> web.StreamResponse:
    response = _redirect("/login")
    await signin.sign_out(context, response)
    return response


def _redirect(target: str) -> web.Response:
    return web.Response(status=303, headers={"Location": target})


@pages.route("/", needs=Door.SESSION)
async def desk(context: Context) -> web.StreamResponse:
    mine = await calls.list_calls(context, CallQuery(user="me", limit=20))
    floor = await live.get_live(context)
    return _render(
        context, "desk.html", nav="desk", data={"calls": _json(mine), "live": _json(floor)}
    )


@pages.route("/calls", needs=calls.READ)
async def call_log(context: Context) -> web.StreamResponse:
    filters = _filters(CallQuery, context)
    found = await calls.list_calls(context, filters)
    directory = await people.list_directory(context)
    return _render(
        context,
        "calls.html",
        nav="calls",
        data={
            "calls": _json(found),
            "filters": filters.model_dump(mode="json", exclude_defaults=True),
            "queues": sorted({*context.deps.floor.waiting, *context.deps.floor.members}),
            "users": [{"id": user.id, "name": user.name} for user in directory.items],
        },
    )


@pages.route("/calls/{call_id}", needs=calls.READ)
async def call(context: Context) -> web.StreamResponse:
    call_id = _id(context, "call_id")
    shown = await calls.get_call(context, call_id)
    steps = await calls.get_ladder(context, call_id)
    return _render(
        context, "call.html", nav="calls", data={"call": _json(shown), "ladder": _json(steps)}
    )


@pages.route("/customers", needs=customers.READ)
async def customer_list(context: Context) -> web.StreamResponse:
    filters = _filters(CustomerQuery, context)
    found = await customers.list_customers(context, filters)
    return _render(
        context,
        "customers.html",
        nav="customers",
        data={
            "customers": _json(found),
            "filters": filters.model_dump(mode="json", exclude_defaults=True),
        },
    )


@pages.route("/customers/{customer_id}", needs=customers.READ)
async def customer(context: Context) -> web.StreamResponse:
    customer_id = _id(context, "customer_id")
    shown = await customers.get_customer(context, customer_id)
    timeline = await customers.get_timeline(context, customer_id, Paging())
    return _render(
        context,
        "customer.html",
        nav="customers",
        data={"customer": _json(shown), "timeline": _json(timeline)},
    )


@pages.route("/users", needs=people.ADMINISTER)
async def users(context: Context) -> web.StreamResponse:
    everybody = await people.list_users(context, UserQuery())
    teams = await people.list_teams(context)
    return _render(
        context,
        "users.html",
        nav="users",
        data={"users": _json(everybody)["items"], "teams": _json(teams)["items"]},
    )


@pages.route("/account", needs=Door.SESSION)
async def account_page(context: Context) -> web.StreamResponse:
    return _render(
        context,
        "account.html",
        nav="account",
        data={
            "me": _json(Me.of(context)),
            "tokens": _json(await account.list_tokens(context))["items"],
            "sessions": _json(await account.list_sessions(context))["items"],
            "scopes": sorted(SCOPES),
        },
    )


@pages.route("/tokens", needs=Door.SESSION)
async def tokens(context: Context) -> web.StreamResponse:  # noqa: ARG001 – a moved address
    return _redirect("/account")


@pages.route("/audit", needs=admin.READ_AUDIT)
async def audit(context: Context) -> web.StreamResponse:
    found = await admin.list_audit(context, AuditQuery())
    return _render(context, "audit.html", nav="audit", data={"audit": _json(found)})


@pages.route("/styleguide", needs=Door.OPEN)
async def styleguide(context: Context) -> web.StreamResponse:
    return _render(context, "styleguide.html", nav="styleguide")


@pages.route("/api/docs", needs=Door.SIGNED_IN)
async def api_docs(context: Context) -> web.StreamResponse:
    document = context.request.app[OPENAPI]
    return _render(
        context, "api_docs.html", nav="docs", groups=groups(document), shapes=shapes(document)
    )
