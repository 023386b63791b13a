"""The same request twice, one deed: a retried click does not dial twice.

Keeps answers in memory for a day at most; after a restart a key is new again (for a dialled call
Asterisk itself then refuses the second channel of the same id while the first lives).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from aiohttp import web

from callcore.errors import CommandTimeoutError, OutcomeUnknownError
from web.errors import InvalidRequestError, KeyReusedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

HEADER = "Idempotency-Key"
KEPT_S = 24 * 3600.0
_MAY_HAVE_HAPPENED = (CommandTimeoutError, OutcomeUnknownError)


@dataclass(frozen=True, slots=True)
class _Kept:
    body: bytes
    at: float
    answer: asyncio.Future[tuple[int, bytes, str]]


@dataclass(slots=True)
class Keeper:
    """Answers by owner and key; the `most` newest are kept."""

    clock: Callable[[], float]
    most: int = 5_000
    _kept: OrderedDict[tuple[str, str], _Kept] = field(default_factory=OrderedDict)

    async def once(
        self,
        owner: str,
        request: web.Request,
        body: bytes,
        answer: Callable[[], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Run `answer`, or give what it gave when `owner` came with this key before.

        A second request that comes while the first still runs waits for it. What surely did not
        happen may be tried again; where nobody knows, the same "nobody knows" is the answer.

        Raises:
            KeyReusedError: the key belongs to another request.
        """
        key = request.headers.get(HEADER)
        if key is None:
            return await answer()
        if not (8 <= len(key) <= 100 and key.isascii()):
            raise InvalidRequestError("An Idempotency-Key has 8 to 100 ASCII characters.")
        self._expire()
        digest = sha256(body).digest()
        known = self._kept.get((owner, key))
        if known is not None:
            if known.body != digest:
                raise KeyReusedError("This Idempotency-Key was used for another request.")
            return _response(*await asyncio.shield(known.answer))
        return await self._first(owner, key, digest, answer)

    async def _first(
        self,
        owner: str,
        key: str,
        digest: bytes,
        answer: Callable[[], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        future: asyncio.Future[tuple[int, bytes, str]] = asyncio.get_running_loop().create_future()
        future.add_done_callback(_look_at_failure)
        self._kept[owner, key] = _Kept(digest, self.clock(), future)
        try:
            response = await answer()
            kept = _whole(response)
        except _MAY_HAVE_HAPPENED as error:
            future.set_exception(error)
            raise
        except Exception as error:
            self._kept.pop((owner, key), None)
            future.set_exception(error)
            raise
        except asyncio.CancelledError:
            future.set_exception(OutcomeUnknownError("The first request was cut off half-way."))
            raise
        future.set_result(kept)
        return response

    def _expire(self) -> None:
        oldest = self.clock() - KEPT_S
        while self._kept:
            kept = next(iter(self._kept.values()))
            if kept.at > oldest and len(self._kept) < self.most:
                return
            self._kept.popitem(last=False)


def _look_at_failure(future: asyncio.Future[tuple[int, bytes, str]]) -> None:
    """Whoever ran it raises it; nobody need wait on the future for that."""
    if not future.cancelled():
        future.exception()


def _whole(response: web.StreamResponse) -> tuple[int, bytes, str]:
    if not isinstance(response, web.Response) or not isinstance(response.body, bytes):
        raise TypeError("Only a whole answer can be kept for its Idempotency-Key.")
    return response.status, response.body, response.content_type


def _response(status: int, body: bytes, content_type: str) -> web.Response:
    return web.Response(
        status=status,
        body=body,
        content_type=content_type,
        charset="utf-8",
        headers={"Idempotent-Replayed": "true"},
    )


KEEPER = web.AppKey("idempotency", Keeper)
