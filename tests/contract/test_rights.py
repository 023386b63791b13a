"""Each role × each operation × each owner, on real rows: the store lets through what the matrix grants."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import pytest

from callcore.errors import ForbiddenError, NotFoundError
from crm_store.records import ContactData, CustomerData, InteractionFilter, NewPhone
from crm_store.rights import MATRIX, SYSTEM, Kind, Operation, Reach, Role
from tests.contract.calls import answered, ended, id_of, ringing, whole

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from crm_store.records import Customer
    from crm_store.rights import Actor
    from crm_store.store import Store
    from tests.contract.conftest import People

ACTORS = {
    Role.AGENT: "agent",
    Role.SUPERVISOR: "supervisor",
    Role.MANAGER: "manager",
    Role.ADMIN: "admin",
}
OWNERS = ("own", "team", "nobody", "other")
_WITHIN = {
    Reach.NONE: set[str](),
    Reach.OWN: {"own"},
    Reach.TEAM: {"own", "team", "nobody"},
    Reach.ALL: {"own", "team", "nobody", "other"},
}


def granted(role: Role, kind: Kind, operation: Operation, owner: str) -> bool:
    return owner in _WITHIN[MATRIX[role].get((kind, operation), Reach.NONE)]


@dataclass(frozen=True)
class Attempt:
    operation: Operation
    run: Callable[[Store, Actor, Customer], Awaitable[object]]


async def add_and_remove_phone(store: Store, actor: Actor, customer: Customer) -> None:
    phone = await store.phones.add(actor, customer.id, NewPhone("+12125550199"))
    await store.phones.remove(actor, phone.id)


async def add_and_remove_contact(store: Store, actor: Actor, customer: Customer) -> None:
    contact = await store.contacts.add(actor, customer.id, ContactData("Person"))
    await store.contacts.update(actor, contact.id, 1, ContactData("Person", "Buyer"))
    await store.contacts.remove(actor, contact.id)


ON_CUSTOMERS = {
    "get": Attempt(Operation.READ, lambda s, a, c: s.customers.get(a, c.id)),
    "card": Attempt(Operation.READ, lambda s, a, c: s.customers.card(a, c.id)),
    "phones": Attempt(Operation.READ, lambda s, a, c: s.phones.list(a, c.id)),
    "contacts": Attempt(Operation.READ, lambda s, a, c: s.contacts.list(a, c.id)),
    "update": Attempt(
        Operation.UPDATE,
        lambda s, a, c: s.customers.update(a, c.id, c.version, replace(c.data, note="x")),
    ),
    "phone": Attempt(Operation.UPDATE, add_and_remove_phone),
    "contact": Attempt(Operation.UPDATE, add_and_remove_contact),
    "archive": Attempt(Operation.ARCHIVE, lambda s, a, c: s.customers.archive(a, c.id)),
    "restore": Attempt(Operation.ARCHIVE, lambda s, a, c: s.customers.restore(a, c.id)),
}


async def customer_of(store: Store, people: People, role: Role, owner: str) -> Customer:
    """A customer that stands to the actor of `role` as `owner` says."""
    actor = getattr(people, ACTORS[role])
    data = {
        "own": CustomerData("Own", owner_id=actor.id, team_id=actor.team_id),
        "team": CustomerData("Team", owner_id=people.colleague.id, team_id=people.team.id),
        "nobody": CustomerData("Nobody's"),
        "other": CustomerData("Other", owner_id=people.stranger.id, team_id=people.other_team.id),
    }[owner]
    return (await store.customers.create(SYSTEM, data)).customer


@pytest.mark.parametrize(("role", "owner"), list(product(Role, OWNERS)))
async def test_customers_open_as_far_as_the_matrix_says(
    store: Store, people: People, role: Role, owner: str
) -> None:
    actor = people.actor(ACTORS[role])
    for name, attempt in ON_CUSTOMERS.items():
        customer = await customer_of(store, people, role, owner)
        readable = granted(role, Kind.CUSTOMER, Operation.READ, owner)
        allowed = readable and granted(role, Kind.CUSTOMER, attempt.operation, owner)
        if allowed:
            await attempt.run(store, actor, customer)
            continue
        with pytest.raises(ForbiddenError if readable else NotFoundError):
            await attempt.run(store, actor, customer)
        assert (await store.customers.get(SYSTEM, customer.id)).customer == customer, name


@pytest.mark.parametrize("role", Role)
async def test_lists_show_what_the_matrix_says_and_no_more(
    store: Store, people: People, role: Role
) -> None:
    for owner in OWNERS:
        await customer_of(store, people, role, owner)
    page = await store.customers.list(people.actor(ACTORS[role]))
    names = {"own": "Own", "team": "Team", "nobody": "Nobody's", "other": "Other"}
    wanted = {names[o] for o in OWNERS if granted(role, Kind.CUSTOMER, Operation.READ, o)}
    assert {customer.name for customer in page.items} == wanted


@pytest.mark.parametrize(("role", "owner"), list(product(Role, OWNERS)))
async def test_calls_open_as_far_as_the_matrix_says(
    store: Store, people: People, role: Role, owner: str
) -> None:
    actor = people.actor(ACTORS[role])
    extension = {
        "own": getattr(people, ACTORS[role]).extension,
        "team": "1002",
        "nobody": "7777",
        "other": "1003",
    }[owner]
    call = whole("lab-1.1", number="anonymous", by=extension)
    await store.call_log.record([call])
    id_ = id_of(call)
    readable = granted(role, Kind.INTERACTION, Operation.READ, owner)
    assert bool((await store.interactions.list(actor)).items) is readable
    assert await store.interactions.permitted(actor, id_) == {
        operation
        for operation in (Operation.READ, Operation.UPDATE)
        if granted(role, Kind.INTERACTION, operation, owner)
    }
    if readable:
        await store.interactions.get(actor, id_)
        await store.interactions.ladder(actor, id_)
    else:
        with pytest.raises(NotFoundError):
            await store.interactions.get(actor, id_)
        with pytest.raises(NotFoundError):
            await store.interactions.ladder(actor, id_)
    if granted(role, Kind.INTERACTION, Operation.UPDATE, owner):
        await store.interactions.set_notes(actor, id_, 1, "x")
        await store.interactions.unlink(actor, id_)
    else:
        with pytest.raises(ForbiddenError if readable else NotFoundError):
            await store.interactions.set_notes(actor, id_, 1, "x")
        with pytest.raises(ForbiddenError if readable else NotFoundError):
            await store.interactions.unlink(actor, id_)


@pytest.mark.parametrize(("role", "owner"), list(product(Role, OWNERS)))
async def test_it_is_told_beforehand_what_would_be_allowed(
    store: Store, people: People, role: Role, owner: str
) -> None:
    customer = await customer_of(store, people, role, owner)
    told = await store.customers.permitted(people.actor(ACTORS[role]), customer.id)
    assert told == {
        operation
        for operation in Operation
        if operation is not Operation.CREATE and granted(role, Kind.CUSTOMER, operation, owner)
    }


class TestTakingPart:
    """An agent may see and change the customer he speaks with, whoever owns him."""

    @pytest.fixture
    async def theirs(self, store: Store, people: People) -> Customer:
        data = CustomerData("Theirs", owner_id=people.stranger.id, team_id=people.other_team.id)
        return (await store.customers.create(SYSTEM, data, [NewPhone("+12125550142")])).customer

    async def test_from_the_first_ring(
        self, store: Store, people: People, theirs: Customer
    ) -> None:
        agent = people.actor("agent")
        with pytest.raises(NotFoundError):
            await store.customers.get(agent, theirs.id)
        await store.call_log.record([ringing()])
        await store.customers.get(agent, theirs.id)

    async def test_after_the_call_when_he_spoke(
        self, store: Store, people: People, theirs: Customer
    ) -> None:
        await store.call_log.record([ended(answered(ringing()))])
        agent = people.actor("agent")
        await store.customers.update(agent, theirs.id, 1, replace(theirs.data, note="spoke"))
        await store.call_log.record([whole("lab-2.1", by="1003", begins=100)])
        timeline = await store.interactions.list(agent, InteractionFilter(customer_id=theirs.id))
        assert len(timeline.items) == 2  # the other agent's call too

    async def test_not_after_the_call_when_it_only_rang(
        self, store: Store, people: People, theirs: Customer
    ) -> None:
        call = ringing(rings="1001")
        await store.call_log.record([call, ended(answered(call, "1003"))])
        with pytest.raises(NotFoundError):
            await store.customers.get(people.actor("agent"), theirs.id)


async def test_an_actor_without_a_role_sees_nothing(store: Store, people: People) -> None:
    forged = replace(people.actor("agent"), role=None)
    copy_of_system = replace(SYSTEM)
    for actor in (forged, copy_of_system):
        for attempt in (
            store.customers.list(actor),
            store.interactions.list(actor),
            store.users.list(actor),
            store.audit.list(actor),
            store.lookup.by_number(actor, "+12125550142"),
            store.tokens.list(actor),
        ):
            with pytest.raises(ForbiddenError):
                await attempt
