"""What stands before every request: the Host asked for, where the request comes from, what a page may load.

Does not know who is signed in; that is web.signin's.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web
from yarl import URL

from web.errors import CrossSiteError, WrongHostError
from web.keys import DEPS, HEADERS

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from web.keys import WebSettings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_FIXED_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), payment=(), usb=(), microphone=(self)",
}


@lru_cache(maxsize=100)
def content_policy(ws_url: str) -> str:
    """The Content-Security-Policy of every page: our own files and the live socket, nothing inline."""
    parts = urlsplit(ws_url)
    live = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "media-src 'self'",
            f"connect-src 'self'{live}",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    )


def live_url(request: web.Request) -> str:
    """Where this page's live socket is: on the host it was asked for, where the setting says `{host}`.

    A cookie belongs to a host, so a page of `localhost` must not be sent to `127.0.0.1`.
    """
    settings = request.app[DEPS].settings
    host = _host_name(request.host)
    if host not in settings.hosts:
        return ""
    return settings.ws_url.replace("{host}", f"[{host}]" if ":" in host else host)


def security_headers(settings: WebSettings) -> dict[str, str]:
    """What every answer carries, besides the policy of its host."""
    headers = dict(_FIXED_HEADERS)
    if settings.https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal `on_response_prepare`: covers errors and streams too."""
    for name, value in request.app[HEADERS].items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", content_policy(live_url(request)))
    if not request.path.startswith("/static/") and not request.path.startswith("/i18n/"):
        response.headers.setdefault("Cache-Control", "no-store")


@web.middleware
async def check_host(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer only to our own name: what a DNS-rebinding page asks for is somebody else's.

    Without a `public_url` the service listens for a person at the machine: loopback names and the
    addresses it was bound to are right then.
    """
    settings = request.app[DEPS].settings
    if _host_name(request.host) not in settings.hosts:
        raise WrongHostError(
            "This service does not go by that name. Add it to the setting web.public_url."
        )
    return await handler(request)


@web.middleware
async def check_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what another site makes a browser send (CSRF).

    Browsers say by `Sec-Fetch-Site` or at least by `Origin` where an unsafe request comes from; a
    request with neither is from a program, and a program has no ambient cookie to be abused.
    """
    if request.method not in SAFE_METHODS and not _is_ours(request):
        raise CrossSiteError("The request came from another site. Open the page itself and repeat.")
    return await handler(request)


def _is_ours(request: web.Request) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return site is not None or "Cookie" not in request.headers
    ours = {f"http://{request.host}", f"https://{request.host}"}
    return origin in ours or origin == (request.app[DEPS].settings.public_url or None)


def _host_name(host: str) -> str:
    """`Example.org:8080` → `example.org`; '' for what is no host."""
    try:
        return (URL(f"http://{host}").host or "").lower()
    except ValueError:
        return ""


def local_path(target: str | None) -> str:
    r"""`target` where it is a path on this very site, else `/`: an open redirect helps phishers.

    Browsers drop control characters and read `\\` as `/`; both are refused rather than repaired.
    """
    if not target or not target.startswith("/") or target.startswith("//"):
        return "/"
    if "\\" in target or any(ord(letter) < 0x20 or ord(letter) == 0x7F for letter in target):
        return "/"
    return target
