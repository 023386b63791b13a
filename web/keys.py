"""What the web is given by the wiring, and the typed names under which requests find it.

Does not open or own any of it: whoever made these closes them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from callcore.ports import LiveFloor, Pbx
    from crm_store.store import Store

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class WebSettings:
    """How the pages are reached and what may be dialled from them.

    `public_url` is the address people type; empty while somebody works at the machine itself.
    `ws_url` is the live socket's; `{host}` in it becomes the host a page was asked for.
    `extra_hosts` are further names the service answers to. `proxies` are the addresses whose
    X-Forwarded-For is believed. `dial_regions` empty means that only `default_region` may be dialled.
    """

    public_url: str = ""
    ws_url: str = ""
    default_region: str = "US"
    dial_regions: frozenset[str] = frozenset()
    dials_per_minute: int = 20
    display_zone: str = "UTC"
    extra_hosts: frozenset[str] = frozenset()
    proxies: frozenset[str] = frozenset()
    slow_request_s: float = 1.0
    dial_context: str = "click-to-call"
    transfer_context: str = "transfer"
    recordings_prefix: str = "trunkline"

    @cached_property
    def https(self) -> bool:
        return self.public_url.startswith("https://")

    @cached_property
    def hosts(self) -> frozenset[str]:
        named = urlsplit(self.public_url).hostname
        return LOOPBACK_HOSTS | self.extra_hosts | ({named.lower()} if named else frozenset())

    @cached_property
    def allowed_regions(self) -> frozenset[str]:
        return self.dial_regions or frozenset({self.default_region})


async def _nobody_listens(user_id: str) -> None:
    """The default hook."""


@dataclass(frozen=True)
class Hooks:
    """What the wiring wants to hear: whose sessions ended, whose name, team or phone changed."""

    on_sign_out: Callable[[str], Awaitable[None]] = _nobody_listens
    on_user_changed: Callable[[str], Awaitable[None]] = _nobody_listens


@dataclass(frozen=True)
class Deps:
    """Everything the pages and the API stand on."""

    store: Store
    pbx: Pbx
    floor: LiveFloor
    settings: WebSettings
    hooks: Hooks = field(default_factory=Hooks)
    troubles: Callable[[], Sequence[str]] = tuple
    """What is wrong now with the parts behind the pages, each a sentence that says what to do."""
    clock: Callable[[], float] = time.monotonic

    @property
    def well(self) -> bool:
        """Whether every call is seen and written."""
        return self.pbx.connected and self.floor.stale_since is None and not self.troubles()


DEPS = web.AppKey("deps", Deps)
HEADERS = web.AppKey("headers", dict[str, str])
