"""The rows of a call: read for joining, written with what hangs on them — agent, customer, search columns.

Always inside somebody's transaction; does not decide what is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import cast, insert, literal, select, update

from callcore.call import Leg, LegRole
from callcore.events import Party
from callcore.ids import CallId, Extension, PbxId, Uniqueid
from crm_store import facts, ladder, schema
from crm_store.facts import Facts, Stamp
from crm_store.records import InteractionKind
from crm_store.statements import upsert
from crm_store.text import digits, fold

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from callcore.call import Call
    from crm_store.context import Context
    from crm_store.ids import ContactId, CustomerId, TeamId, UserId
    from crm_store.schema import Row

StampedLegs = dict[Uniqueid, tuple[Stamp, Leg]]
_PROJECTED = (
    "pbx", "direction", "result", "started_at", "answered_at", "ended_at", "wait_s", "talk_s", "hold_s",
    "number", "number_e164", "number_tail", "name", "name_fold", "dialled", "queue", "agents", "linkedids",
    "facts", "recovered", "user_id", "team_id", "customer_id", "contact_id",
)  # fmt: skip
_LEG_COLUMNS = tuple(
    column.name for column in schema.legs.c if column.name not in {"interaction_id", "uniqueid"}
)


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A call's row as a join needs it."""

    id: CallId
    pbx: PbxId
    facts: Facts
    legs: StampedLegs
    user_id: UserId | None
    team_id: TeamId | None
    customer_id: CustomerId | None
    contact_id: ContactId | None
    link_fixed: bool


@dataclass(frozen=True, slots=True)
class News:
    """What a call is now; of `legs` only the `changed` are to be written."""

    id: CallId
    pbx: PbxId
    facts: Facts
    legs: StampedLegs
    changed: frozenset[Uniqueid]
    ringing: frozenset[Extension]
    stored: StoredCall | None

    def known(self, field: str, unknown: Any = None) -> Any:
        return self.facts[field][1] if field in self.facts else unknown


async def merged(conn: AsyncConnection, ids: Collection[CallId]) -> Mapping[CallId, CallId]:
    """Which of `ids` live on in another call, and in which."""
    table = schema.call_merges
    rows = await conn.execute(select(table).where(table.c.gone_id.in_(list(ids))))
    return {row.gone_id: row.kept_id for row in rows}


async def load(conn: AsyncConnection, ids: Collection[CallId]) -> Mapping[CallId, StoredCall]:
    return await _load(conn, schema.interactions.c.id.in_(list(ids)))


async def load_open(conn: AsyncConnection, pbx: PbxId) -> Collection[StoredCall]:
    table = schema.interactions
    return (await _load(conn, table.c.ended_at.is_(None) & (table.c.pbx == pbx))).values()


async def _load(
    conn: AsyncConnection, condition: ColumnElement[bool]
) -> Mapping[CallId, StoredCall]:
    table = schema.interactions
    columns = (
        table.c.id, table.c.pbx, table.c.facts, table.c.user_id, table.c.team_id,
        table.c.customer_id, table.c.contact_id, table.c.link_fixed,
    )  # fmt: skip
    is_call = table.c.kind == InteractionKind.CALL.value
    rows = (await conn.execute(select(*columns).where(condition, is_call))).all()
    found = {
        row.id: StoredCall(
            id=row.id,
            pbx=row.pbx,
            facts=facts.from_text(row.facts),
            legs={},
            user_id=row.user_id,
            team_id=row.team_id,
            customer_id=row.customer_id,
            contact_id=row.contact_id,
            link_fixed=row.link_fixed,
        )
        for row in rows
    }
    if found:
        of_them = schema.legs.c.interaction_id.in_(list(found))
        by_age = schema.legs.c.created_at, schema.legs.c.uniqueid
        for row in await conn.execute(select(schema.legs).where(of_them).order_by(*by_age)):
            said = (facts.stamp_from_text(row.stamp), leg_of(row))
            found[row.interaction_id].legs[row.uniqueid] = said
    return found


def leg_of(row: Row) -> Leg:
    return Leg(
        uniqueid=row.uniqueid,
        channel=row.channel,
        role=LegRole(row.role),
        endpoint=row.endpoint,
        party=Party(row.number, row.name),
        created_at=row.created_at,
        ringing_at=row.ringing_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        cause=row.cause,
        hold_s=row.hold_s,
        talk_s=row.talk_s,
    )


async def save(conn: AsyncConnection, context: Context, news: Sequence[News]) -> None:
    """Write the rows of these calls, linked to their agents and, where exactly one fits, customers."""
    if not news:
        return
    users = await _users(
        conn, {e for one in news for e in (*one.known("agents", ()), *one.ringing)}
    )
    numbers = {one.id: context.e164(one.known("number", "")) for one in news}
    customers = await customers_by_number(conn, {number for number in numbers.values() if number})
    rows = [_row(one, numbers[one.id], users, customers.get(numbers[one.id] or "")) for one in news]
    await upsert(conn, schema.interactions, rows, update=_PROJECTED)
    legs = [_leg_row(one.id, *one.legs[uniqueid]) for one in news for uniqueid in one.changed]
    await upsert(conn, schema.legs, legs, update=_LEG_COLUMNS)
    await _save_participants(conn, news, users)


def _row(
    news: News,
    e164: str | None,
    users: Mapping[Extension, Row],
    match: tuple[CustomerId, ContactId | None] | None,
) -> Mapping[str, Any]:
    stored, known = news.stored, news.known
    agents: list[Extension] = known("agents", [])
    here = [
        users[extension] for extension in (*agents, *sorted(news.ringing)) if extension in users
    ]
    spoke = [users[extension] for extension in agents if extension in users]
    user = (spoke or here or [None])[-1]
    keep_user = user is None or (not spoke and stored is not None and stored.user_id is not None)
    customer_id, contact_id = match or (None, None)
    if stored and (stored.link_fixed or stored.customer_id or not match):
        customer_id, contact_id = stored.customer_id, stored.contact_id
    answered_at, ended_at = known("answered_at"), known("ended_at")
    return {
        "id": news.id,
        "kind": InteractionKind.CALL.value,
        "pbx": news.pbx,
        "direction": known("direction"),
        "result": known("result"),
        "started_at": facts.moment(known("started_at")),
        "answered_at": None if answered_at is None else facts.moment(answered_at),
        "ended_at": None if ended_at is None else facts.moment(ended_at),
        "wait_s": known("wait_s", 0.0),
        "talk_s": known("talk_s", 0.0),
        "hold_s": known("hold_s", 0.0),
        "number": known("number", ""),
        "number_e164": e164,
        "number_tail": number_tail(e164 or known("number", "")),
        "name": known("name", ""),
        "name_fold": fold(known("name", "")),
        "dialled": known("dialled", ""),
        "queue": known("queue"),
        "agents": agents,
        "linkedids": known("linkedids", []),
        "facts": facts.to_text(news.facts),
        "recovered": facts.recovered(news.facts),
        "user_id": (stored.user_id if stored else None) if keep_user else user.id,
        "team_id": (stored.team_id if stored else None) if keep_user else user.team_id,
        "customer_id": customer_id,
        "contact_id": contact_id,
        "link_fixed": bool(stored and stored.link_fixed),
        "notes": "",
        "notes_version": 1,
    }


def number_tail(number: str) -> str:
    """The digits from the last to the first: people search by the last four."""
    return digits(number)[::-1]


def _leg_row(call_id: CallId, stamp: Stamp, leg: Leg) -> Mapping[str, Any]:
    return {
        "interaction_id": call_id,
        "uniqueid": leg.uniqueid,
        "channel": leg.channel,
        "role": leg.role.value,
        "endpoint": leg.endpoint,
        "number": leg.party.number,
        "name": leg.party.name,
        "created_at": leg.created_at,
        "ringing_at": leg.ringing_at,
        "answered_at": leg.answered_at,
        "ended_at": leg.ended_at,
        "cause": leg.cause,
        "hold_s": leg.hold_s,
        "talk_s": leg.talk_s,
        "stamp": facts.stamp_to_text(stamp),
    }


async def _users(
    conn: AsyncConnection, extensions: Collection[Extension]
) -> Mapping[Extension, Row]:
    if not extensions:
        return {}
    table = schema.users
    query = select(table.c.id, table.c.team_id, table.c.extension)
    rows = await conn.execute(query.where(table.c.extension.in_(list(extensions))))
    return {row.extension: row for row in rows}


async def customers_by_number(
    conn: AsyncConnection, numbers: Collection[str]
) -> Mapping[str, tuple[CustomerId, ContactId | None]]:
    """For each number that exactly one customer has: him, and the contact person when it is one's own."""
    if not numbers:
        return {}
    phones, customers = schema.phones, schema.customers
    query = (
        select(phones.c.e164, phones.c.customer_id, phones.c.contact_id)
        .join(customers, customers.c.id == phones.c.customer_id)
        .where(phones.c.e164.in_(list(numbers)), customers.c.archived_at.is_(None))
    )
    found: dict[str, set[tuple[CustomerId, ContactId | None]]] = {}
    for row in await conn.execute(query):
        found.setdefault(row.e164, set()).add((row.customer_id, row.contact_id))
    matches: dict[str, tuple[CustomerId, ContactId | None]] = {}
    for number, owners in found.items():
        if len({customer_id for customer_id, _ in owners}) == 1:
            customer_id = next(iter(owners))[0]
            people = {contact_id for _, contact_id in owners}
            matches[number] = (customer_id, people.pop() if len(people) == 1 else None)
    return matches


async def _save_participants(
    conn: AsyncConnection, news: Sequence[News], users: Mapping[Extension, Row]
) -> None:
    rang = [
        {"interaction_id": one.id, "user_id": users[extension].id, "spoke": False}
        for one in news
        for extension in one.ringing
        if extension in users
    ]
    spoke = {
        (one.id, users[extension].id): {
            "interaction_id": one.id, "user_id": users[extension].id, "spoke": True,
        }
        for one in news
        for extension in one.known("agents", ())
        if extension in users
    }  # fmt: skip
    await upsert(conn, schema.participants, rang, update=[])
    await upsert(conn, schema.participants, list(spoke.values()), update=["spoke"])


async def save_ladders(conn: AsyncConnection, calls: Sequence[Call]) -> None:
    """Keep of each call the ladder with the most events."""
    longest: dict[CallId, Call] = {}
    for call in calls:
        best = longest.get(call.id)
        if call.ladder and (best is None or len(call.ladder) > len(best.ladder)):
            longest[call.id] = call
    if not longest:
        return
    table = schema.ladders
    query = select(table.c.interaction_id, table.c.events)
    stored = await conn.execute(query.where(table.c.interaction_id.in_(list(longest))))
    counts: dict[CallId, int] = {row.interaction_id: row.events for row in stored}
    rows = [
        {
            "interaction_id": call.id,
            "events": len(call.ladder),
            "body": ladder.to_bytes(call.ladder),
        }
        for call in longest.values()
        if len(call.ladder) > counts.get(call.id, 0)
    ]
    await upsert(conn, table, rows, update=["events", "body"])


async def absorb(conn: AsyncConnection, kept: CallId, gone: CallId) -> None:
    """Give `kept` what hangs on `gone`'s row: notes, legs, people, and its customer when it has none."""
    table = schema.interactions
    columns = (table.c.notes, table.c.customer_id, table.c.contact_id, table.c.link_fixed)
    both = await conn.execute(select(table.c.id, *columns).where(table.c.id.in_([kept, gone])))
    rows = {row.id: row for row in both}
    if gone not in rows:
        return
    mine, other = rows[kept], rows[gone]
    changes: dict[str, Any] = {}
    if other.notes and other.notes not in mine.notes:
        changes["notes"] = f"{mine.notes}\n\n{other.notes}".strip()
        changes["notes_version"] = table.c.notes_version + 1
    if other.customer_id and not mine.customer_id and not mine.link_fixed:
        changes |= {"customer_id": other.customer_id, "contact_id": other.contact_id}
        changes["link_fixed"] = other.link_fixed
    if changes:
        await conn.execute(update(table).where(table.c.id == kept).values(**changes))
    for child in (schema.legs, schema.participants):
        theirs = [column for column in child.c if column.name != "interaction_id"]
        key = next(column for column in child.primary_key if column.name != "interaction_id")
        there = select(key).where(child.c.interaction_id == kept)
        moved = select(cast(literal(kept), schema.Id), *theirs)
        await conn.execute(
            insert(child).from_select(
                ["interaction_id", *(column.name for column in theirs)],
                moved.where(child.c.interaction_id == gone, key.not_in(there)),
            )
        )
