"""Customers: organisations and persons we speak with.

None is ever deleted; an archived one is out of the lists and comes back by `restore`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, tuple_, update

from callcore.errors import BadValueError, ConflictError, NotFoundError
from crm_store import cards, linking
from crm_store.audit import add_entry
from crm_store.customer_rows import (
    contact_of,
    customer_of,
    phone_of,
    refresh_search_text,
    require_within,
    seen,
    select_customers,
)
from crm_store.ids import CustomerId, new_id
from crm_store.phones import add_phone
from crm_store.records import CustomerData, CustomerDetails, CustomerKind, NewPhone, Page
from crm_store.rights import SYSTEM, Kind, Operation, Reach, require
from crm_store.schema import contacts, customers, phones, teams, users
from crm_store.statements import checked_limit, customer_words_match, make_cursor, position
from crm_store.text import clean, fold, line
from crm_store.visibility import customers_within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from crm_store.context import Context
    from crm_store.ids import InteractionId, TeamId, UserId
    from crm_store.records import Customer, CustomerCard, CustomerState
    from crm_store.rights import Actor

_MAX_NAME, _MAX_NOTE, _MAX_TAGS, _MAX_PROPERTIES = 200, 20_000, 50, 100


class Customers:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def create(
        self, actor: Actor, data: CustomerData, phones: Sequence[NewPhone] = ()
    ) -> CustomerDetails:
        """A new customer; without an owner named, the one who creates him owns him."""
        return await self._context.database.write(
            lambda conn: self._create(conn, actor, data, phones)
        )

    async def quick_lead(
        self,
        actor: Actor,
        *,
        name: str,
        number: str = "",
        interaction_id: InteractionId | None = None,
        kind: CustomerKind = CustomerKind.PERSON,
        note: str = "",
    ) -> CustomerDetails:
        """A lead taken while he is on the phone: customer, number and the call's link, all or nothing."""
        phones = [NewPhone(number)] if number.strip() else []

        async def work(conn: AsyncConnection) -> CustomerDetails:
            data = CustomerData(name=name, kind=kind, note=note)
            details = await self._create(conn, actor, data, phones)
            if interaction_id is not None:
                await linking.link(
                    conn, self._context, actor, interaction_id, details.customer.id, None
                )
            return details

        return await self._context.database.write(work)

    async def _create(
        self,
        conn: AsyncConnection,
        actor: Actor,
        data: CustomerData,
        new_phones: Sequence[NewPhone],
    ) -> CustomerDetails:
        require(actor, Kind.CUSTOMER, Operation.CREATE)
        customer_id, now = CustomerId(new_id()), self._context.now()
        values = _values(data)
        if data.owner_id is None and actor is not SYSTEM:
            values["owner_id"] = actor.user_id
        if values["team_id"] is None:
            values["team_id"] = await _team_of(conn, values["owner_id"])
        await _require_people(conn, values)
        _require_assignable(actor, values)
        await conn.execute(
            insert(customers).values(
                id=customer_id, search_text="", created_at=now, updated_at=now, version=1, **values
            )
        )
        for phone in new_phones:
            await add_phone(conn, self._context, customer_id, phone, None)
        await refresh_search_text(conn, customer_id)
        details = {"name": values["name"]}
        await add_entry(conn, now, actor, "create", Kind.CUSTOMER.value, customer_id, details)
        return await _details(conn, SYSTEM, customer_id)

    async def get(self, actor: Actor, customer_id: CustomerId) -> CustomerDetails:
        """The customer with his numbers and contact persons."""
        async with self._context.database.read() as conn:
            return await _details(conn, actor, customer_id)

    async def permitted(self, actor: Actor, customer_id: CustomerId) -> frozenset[Operation]:
        """What the actor may do with this customer, for pages that show no dead buttons."""
        asked = (Operation.READ, Operation.UPDATE, Operation.ARCHIVE, Operation.ASSIGN)
        query = select(*(customers_within(actor, operation) for operation in asked))
        async with self._context.database.read() as conn:
            row = (await conn.execute(query.where(customers.c.id == customer_id))).one_or_none()
        return frozenset(op for op, granted in zip(asked, row or (), strict=False) if granted)

    async def card(self, actor: Actor, customer_id: CustomerId) -> CustomerCard:
        """What the pop shows of him."""
        async with self._context.database.read() as conn:
            await seen(conn, actor, customer_id)
            (card,) = await conn.run_sync(
                lambda sync: cards.of_customers(sync, [customer_id], interactions_each=3)
            )
        return card

    async def update(
        self, actor: Actor, customer_id: CustomerId, version: int, data: CustomerData
    ) -> Customer:
        """Write `data` over what was read at `version`.

        Raises:
            ConflictError: somebody changed him since; nothing was written.
        """
        values, now = _values(data), self._context.now()

        async def work(conn: AsyncConnection) -> Customer:
            before = await require_within(conn, actor, customer_id, Operation.UPDATE)
            if (values["owner_id"], values["team_id"]) != (before.owner_id, before.team_id):
                await require_within(conn, actor, customer_id, Operation.ASSIGN)
                await _require_people(conn, values)
                _require_assignable(actor, values)
            await _set(conn, customer_id, version, {**values, "updated_at": now})
            await refresh_search_text(conn, customer_id)
            after = await seen(conn, SYSTEM, customer_id)
            changed = _differences(before.data, after.data)
            await add_entry(conn, now, actor, "update", Kind.CUSTOMER.value, customer_id, changed)
            return after

        return await self._context.database.write(work)

    async def archive(self, actor: Actor, customer_id: CustomerId) -> Customer:
        """Out of the lists and the pops; his history stays. Undone by `restore`."""
        return await self._archive(actor, customer_id, archived=True)

    async def restore(self, actor: Actor, customer_id: CustomerId) -> Customer:
        return await self._archive(actor, customer_id, archived=False)

    async def _archive(self, actor: Actor, customer_id: CustomerId, *, archived: bool) -> Customer:
        now = self._context.now()

        async def work(conn: AsyncConnection) -> Customer:
            before = await require_within(conn, actor, customer_id, Operation.ARCHIVE)
            if (before.archived_at is not None) is archived:
                return before
            values = {"archived_at": now if archived else None, "updated_at": now}
            await _set(conn, customer_id, before.version, values)
            action = "archive" if archived else "restore"
            await add_entry(conn, now, actor, action, Kind.CUSTOMER.value, customer_id)
            return await seen(conn, SYSTEM, customer_id)

        return await self._context.database.write(work)

    async def list(
        self,
        actor: Actor,
        *,
        text: str = "",
        state: CustomerState | None = None,
        kind: CustomerKind | None = None,
        owner_id: UserId | None = None,
        team_id: TeamId | None = None,
        archived: bool = False,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Customer]:
        """By name. `text`: beginnings of words of names, e-mails, tags, contact persons, or of a number."""
        require(actor, Kind.CUSTOMER, Operation.READ)
        table = customers.c
        query = select_customers().add_columns(table.sort_name)
        query = query.where(
            customers_within(actor, Operation.READ),
            table.archived_at.is_not(None) if archived else table.archived_at.is_(None),
        )
        if state is not None:
            query = query.where(table.state == state.value)
        if kind is not None:
            query = query.where(table.kind == kind.value)
        if owner_id is not None:
            query = query.where(table.owner_id == owner_id)
        if team_id is not None:
            query = query.where(table.team_id == team_id)
        if cursor is not None:
            name, after = position(cursor, str, str)
            query = query.where(tuple_(table.sort_name, table.id) > (name, after))
        query = query.order_by(table.sort_name, table.id).limit(checked_limit(limit) + 1)
        async with self._context.database.read() as conn:
            if text.strip():
                query = query.where(customer_words_match(conn, text))
            rows = (await conn.execute(query)).all()
        items = tuple(customer_of(row) for row in rows[:limit])
        more = len(rows) > limit
        last = rows[limit - 1] if more else None
        return Page(items, make_cursor(last.sort_name, last.id) if last is not None else None)


async def _details(conn: AsyncConnection, actor: Actor, customer_id: CustomerId) -> CustomerDetails:
    customer = await seen(conn, actor, customer_id)
    numbers = select(phones).where(phones.c.customer_id == customer_id).order_by(phones.c.id)
    people = select(contacts).where(contacts.c.customer_id == customer_id)
    return CustomerDetails(
        customer=customer,
        phones=tuple(phone_of(row) for row in await conn.execute(numbers)),
        contacts=tuple(
            contact_of(row)
            for row in await conn.execute(people.order_by(contacts.c.name, contacts.c.id))
        ),
    )


def _values(data: CustomerData) -> dict[str, Any]:
    name = line(data.name, _MAX_NAME)
    if not name:
        raise BadValueError("A customer needs a name.")
    if len(data.note) > _MAX_NOTE:
        raise BadValueError(f"A note has at most {_MAX_NOTE} characters.", field="note")
    if len(data.tags) > _MAX_TAGS or len(data.properties) > _MAX_PROPERTIES:
        raise BadValueError(
            f"A customer has at most {_MAX_TAGS} tags and {_MAX_PROPERTIES} properties."
        )
    tags = (line(tag, 60) for tag in data.tags)
    properties = ((line(key, 60), clean(value, 2000)) for key, value in data.properties.items())
    return {
        "kind": data.kind.value,
        "name": name,
        "sort_name": fold(name),
        "state": data.state.value,
        "owner_id": data.owner_id,
        "team_id": data.team_id,
        "email": line(data.email, 254),
        "note": clean(data.note, _MAX_NOTE),
        "tags": list(dict.fromkeys(tag for tag in tags if tag)),
        "properties": {key: value for key, value in properties if key},
    }


async def _set(
    conn: AsyncConnection, customer_id: CustomerId, version: int, values: Mapping[str, Any]
) -> None:
    done = await conn.execute(
        update(customers)
        .where(customers.c.id == customer_id, customers.c.version == version)
        .values(**values, version=version + 1)
    )
    if not done.rowcount:
        raise ConflictError(
            "Somebody else changed this customer meanwhile. Load it again and repeat your change.",
            customer_id=customer_id,
        )


async def _team_of(conn: AsyncConnection, user_id: UserId | None) -> TeamId | None:
    if user_id is None:
        return None
    team_id: TeamId | None = await conn.scalar(select(users.c.team_id).where(users.c.id == user_id))
    return team_id


async def _require_people(conn: AsyncConnection, values: Mapping[str, Any]) -> None:
    for table, field, what in ((users, "owner_id", "user"), (teams, "team_id", "team")):
        if values[field] is not None:
            found = await conn.scalar(select(table.c.id).where(table.c.id == values[field]))
            if found is None:
                raise NotFoundError(f"There is no such {what}.", **{field: values[field]})


def _require_assignable(actor: Actor, values: Mapping[str, Any]) -> None:
    """Whom he may give a customer: himself always; his team, or anybody, as far as he may assign."""
    if actor is SYSTEM or (
        values["owner_id"] == actor.user_id and values["team_id"] in {None, actor.team_id}
    ):
        return
    if require(actor, Kind.CUSTOMER, Operation.ASSIGN) is Reach.ALL:
        return
    if actor.team_id is None or values["team_id"] != actor.team_id:
        raise BadValueError("You may hand customers over within your team only.", field="team_id")


def _differences(before: CustomerData, after: CustomerData) -> dict[str, str]:
    """The fields that changed, old → new; long texts only by name."""
    old, new = asdict(before), asdict(after)
    return {
        field: "changed"
        if field in {"note", "properties"}
        else f"{_said(old[field])} → {_said(new[field])}"
        for field in new
        if old[field] != new[field]
    }


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(getattr(value, "value", value) or "")
