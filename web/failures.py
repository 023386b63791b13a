"""What happens when a request fails or takes long: an answer people understand, one line in the log.

Successful requests are not logged: an access log more than doubles the cost of a request. Queries
are never logged; they hold numbers and names.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from aiohttp import web

from callcore.errors import NotFoundError, TrunklineError
from web.api.problems import Problem, problem
from web.context import CALLER, LANGUAGE
from web.errors import BadRequestError, BodyTooLargeError, MethodNotAllowedError
from web.i18n import negotiate
from web.keys import DEPS
from web.render import RENDERER

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

log = logging.getLogger(__name__)


class UnexpectedError(TrunklineError):
    """A mistake of ours; the log has the story, the answer has not."""


@web.middleware
async def answer_failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every failure into a problem document or an error page, and log slow requests."""
    began = time.monotonic()
    request[LANGUAGE] = negotiate(None, request.headers.get("Accept-Language", ""))
    try:
        response = await handler(request)
    except ConnectionError:
        raise  # the client went away; nobody is left to be told
    except TrunklineError as error:
        response = _failed(request, error)
    except web.HTTPException as refusal:
        if refusal.status < 400:
            raise
        response = _failed(request, _ours(refusal))
    except Exception:
        log.exception("request_crashed", extra=_about(request))
        response = _failed(request, _unexpected())
    took_s = time.monotonic() - began
    if took_s > request.app[DEPS].settings.slow_request_s:
        log.warning("request_slow", extra={**_about(request), "took_s": round(took_s, 3)})
    return response


def _unexpected() -> TrunklineError:
    return UnexpectedError("Something went wrong here. It has been noted; try again.")


def _ours(refusal: web.HTTPException) -> TrunklineError:
    """What aiohttp itself refuses, in our words."""
    match refusal.status:
        case 404:
            return NotFoundError("There is nothing at this address.")
        case 405:
            return MethodNotAllowedError("This cannot be done at this address.")
        case 413:
            return BodyTooLargeError("The body is too large. Send less at once.")
        case _:
            return BadRequestError("The request could not be read.")


def _failed(request: web.Request, error: TrunklineError) -> web.StreamResponse:
    what = problem(error, request[LANGUAGE])
    if what.status >= 500:
        log.warning(
            "request_failed",
            extra={**_about(request), "status": what.status, "code": what.code},
        )
    if request.writer.output_size and request.transport is not None:
        request.transport.abort()  # half an answer is out: cut it off, lest it pass for a whole one
    response = _as_json(what) if _wants_json(request) else _as_page(request, what)
    retry_after_s = error.data.get("retry_after_s")
    if isinstance(retry_after_s, (int, float)):
        response.headers["Retry-After"] = str(max(1, round(retry_after_s)))
    if what.status == 401 and _wants_json(request):
        response.headers["WWW-Authenticate"] = 'Bearer realm="trunkline"'
    return response


def _wants_json(request: web.Request) -> bool:
    return request.path.startswith(("/api/v1", "/i18n/", "/static/", "/health"))


def _as_json(what: Problem) -> web.Response:
    return web.Response(
        body=what.model_dump_json(exclude_none=True).encode(),
        status=what.status,
        content_type="application/problem+json",
    )


def _as_page(request: web.Request, what: Problem) -> web.Response:
    if what.code == "not-signed-in" and request.method in {"GET", "HEAD"}:
        target = request.rel_url.path_qs
        location = "/login" if target == "/" else str(_login_with_next(request))
        return web.Response(status=303, headers={"Location": location})
    return request.app[RENDERER].page(
        request,
        "error.html",
        status=what.status,
        context={
            "status": what.status,
            "title": what.title,
            "detail": what.detail,
            "code": what.code,
        },
    )


def _login_with_next(request: web.Request) -> object:
    return request.rel_url.with_path("/login").with_query(next=request.rel_url.path_qs)


def _about(request: web.Request) -> dict[str, object]:
    """Enough to find it again; the pattern of the route, not the path that was asked for."""
    resource = request.match_info.route.resource
    caller = request.get(CALLER)
    return {
        "method": request.method,
        "route": resource.canonical if resource is not None else "none",
        "user": caller.user.id if caller else "",
    }
