"""The call log: each version of each call goes in, one row per call comes out.

Does not decide what a version is worth (crm_store.facts does) and never asks for whom: it is Trunkline's
own writing, done by itself for every call.
"""

from __future__ import annotations

import asyncio
from functools import reduce
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, text, update

from callcore.errors import NotFoundError
from crm_store import call_rows, facts
from crm_store.schema import call_merges, interactions, pbx_watermarks
from crm_store.statements import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from callcore.call import Call
    from callcore.ids import CallId, PbxId
    from crm_store.context import Context

_CHUNK = 1000
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7270002)")


class _Batch:
    """Versions of calls that are written together."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.written: asyncio.Task[None]


class CallLog:
    """Idempotent and monotone: any versions in any order, repeated or not, end in the same row."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gathering: _Batch | None = None

    async def record(self, calls: Sequence[Call]) -> None:
        """Keep what these versions of calls tell; durable when it returns.

        What is asked for while a write is under way goes together into the next one.

        Raises:
            StoreError: nothing of it was kept; hand it over again later.
        """
        batch = self._gathering
        if batch is None:
            batch = self._gathering = _Batch()
            batch.written = asyncio.create_task(self._write(batch), name="call-log-write")
        batch.calls.extend(calls)
        await asyncio.shield(batch.written)

    async def _write(self, batch: _Batch) -> None:
        async def work(conn: AsyncConnection) -> None:
            self._close(batch)
            for begin in range(0, len(batch.calls), _CHUNK):
                await _record(conn, self._context, batch.calls[begin : begin + _CHUNK])

        try:
            await self._context.database.write(work)
        finally:
            self._close(batch)

    def _close(self, batch: _Batch) -> None:
        """Who comes from now on goes with the next batch."""
        if self._gathering is batch:
            self._gathering = None

    async def merge(self, kept: Call, gone: CallId) -> None:
        """A transfer joined two calls: `gone`'s row goes, its notes and its people stay with `kept`.

        Whatever comes of `gone` later is told of `kept`'s legs only.
        """

        async def work(conn: AsyncConnection) -> None:
            await _record(conn, self._context, [kept])
            target = (await call_rows.merged(conn, [kept.id])).get(kept.id, kept.id)
            if target == gone:
                return
            await call_rows.absorb(conn, target, gone)
            await conn.execute(
                update(call_merges).where(call_merges.c.kept_id == gone).values(kept_id=target)
            )
            await upsert(
                conn, call_merges, [{"gone_id": gone, "kept_id": target}], update=["kept_id"]
            )
            await conn.execute(delete(interactions).where(interactions.c.id == gone))

        await self._context.database.write(work)

    async def open_calls(self, pbx: PbxId) -> tuple[Call, ...]:
        """The calls whose end is not known, without ladders; after a restart they are to be looked for."""
        async with self._context.database.read() as conn:
            stored = await call_rows.load_open(conn, pbx)
        return tuple(
            facts.call_of(row.id, pbx, row.facts, tuple(leg for _, leg in row.legs.values()))
            for row in stored
        )

    async def get(self, call_id: CallId) -> Call:
        """The call as it is known, without its ladder.

        Raises:
            NotFoundError: it was never recorded.
        """
        async with self._context.database.read() as conn:
            target = (await call_rows.merged(conn, [call_id])).get(call_id, call_id)
            stored = await call_rows.load(conn, [target])
        if not stored:
            raise NotFoundError("There is no such call in the log.", call_id=call_id)
        row = stored[target]
        legs = tuple(leg for _, leg in row.legs.values())
        return facts.call_of(row.id, row.pbx, row.facts, legs)

    async def last_seen_at(self, pbx: PbxId) -> datetime | None:
        """Until when, by Asterisk's clock, nothing is missing; None when `pbx` was never seen."""
        query = select(pbx_watermarks.c.seen_at).where(pbx_watermarks.c.pbx == pbx)
        async with self._context.database.read() as conn:
            seen_at: datetime | None = await conn.scalar(query)
        return seen_at

    async def mark_seen(self, pbx: PbxId, at: datetime) -> None:
        """All that happened on `pbx` up to `at` has been recorded. Never goes back.

        Recording a call does not say so: while a gap is still being closed, newer calls come in already.
        """
        await self._context.database.write(lambda conn: _mark_seen(conn, pbx, at))


async def _record(conn: AsyncConnection, context: Context, calls: Sequence[Call]) -> None:
    if conn.dialect.name == "postgresql":
        await conn.execute(_ONE_AT_A_TIME)  # between nodes: what is read here is written here
    merged = await call_rows.merged(conn, {call.id for call in calls})
    versions: dict[CallId, list[Call]] = {}
    for call in calls:
        versions.setdefault(merged.get(call.id, call.id), []).append(call)
    stored = await call_rows.load(conn, versions)
    news = [
        news
        for target, some in versions.items()
        if (news := _joined(target, some, stored.get(target))) is not None
    ]
    await call_rows.save(conn, context, news)
    await call_rows.save_ladders(conn, [call for call in calls if call.id not in merged])


def _joined(
    target: CallId, calls: Sequence[Call], stored: call_rows.StoredCall | None
) -> call_rows.News | None:
    """What these versions add to the stored row; None when nothing."""
    own = [call for call in calls if call.id == target]  # of a merged call only the legs count
    if not own and stored is None:
        return None
    known = [stored.facts] if stored else []
    told = reduce(facts.join, [*known, *map(facts.facts_of, own)])
    legs = dict(stored.legs) if stored else {}
    for call in calls:
        stamp = facts.stamp_of(call)
        for leg in map(facts.clean_leg, call.legs):
            said = (stamp, leg)
            legs[leg.uniqueid] = (
                facts.join_legs(legs[leg.uniqueid], said) if leg.uniqueid in legs else said
            )
    ringing = {extension for call in own for extension in call.ringing}
    changed = {
        uniqueid for uniqueid in legs if not stored or legs[uniqueid] != stored.legs.get(uniqueid)
    }
    if stored and told == stored.facts and not changed and not ringing:
        return None
    pbx = stored.pbx if stored else own[0].pbx
    return call_rows.News(target, pbx, told, legs, frozenset(changed), frozenset(ringing), stored)


async def _mark_seen(conn: AsyncConnection, pbx: PbxId, at: datetime) -> None:
    known = await conn.scalar(select(pbx_watermarks.c.seen_at).where(pbx_watermarks.c.pbx == pbx))
    if known is None or known < at:
        await upsert(conn, pbx_watermarks, [{"pbx": pbx, "seen_at": at}], update=["seen_at"])
