"""Customers: made, found, changed without overwriting each other, put away and brought back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from callcore.errors import BadValueError, ConflictError, ForbiddenError, NotFoundError
from crm_store.ids import CustomerId, UserId
from crm_store.records import (
    ContactData,
    CustomerData,
    CustomerKind,
    CustomerState,
    NewPhone,
)
from crm_store.rights import SYSTEM
from tests.contract.calls import answered, id_of, ringing, whole

if TYPE_CHECKING:
    from crm_store.store import Store
    from tests.contract.conftest import Clock, People

BAKERY = CustomerData(
    "Northwind Bakery",
    state=CustomerState.ACTIVE,
    email="office@example.com",
    note="Orders flour on Mondays.",
    tags=("wholesale", "key-account"),
    properties={"VAT": "none"},
)


async def names(store: Store, text: str) -> list[str]:
    return [customer.name for customer in (await store.customers.list(SYSTEM, text=text)).items]


async def test_what_is_written_is_read(store: Store, people: People, clock: Clock) -> None:
    made = await store.customers.create(people.actor("agent"), BAKERY, [NewPhone("(212) 555-0142")])
    got = await store.customers.get(people.actor("agent"), made.customer.id)
    assert got == made
    assert got.customer.data == replace(BAKERY, owner_id=people.agent.id, team_id=people.team.id)
    assert (got.customer.owner_name, got.customer.team_name) == ("Agent", "Front office")
    assert (got.customer.created_at, got.customer.version) == (clock.time, 1)
    assert [(phone.e164, phone.raw) for phone in got.phones] == [("+12125550142", "(212) 555-0142")]


async def test_a_name_is_needed(store: Store) -> None:
    with pytest.raises(BadValueError, match="needs a name"):
        await store.customers.create(SYSTEM, CustomerData(" \n"))


async def test_nothing_is_kept_of_a_customer_whose_number_is_none(store: Store) -> None:
    with pytest.raises(BadValueError, match="has digits"):
        await store.customers.create(SYSTEM, BAKERY, [NewPhone("anonymous")])
    assert await names(store, "") == []


async def test_a_change_on_what_another_changed_meanwhile_is_refused(store: Store) -> None:
    customer = (await store.customers.create(SYSTEM, BAKERY)).customer
    changed = await store.customers.update(
        SYSTEM, customer.id, customer.version, replace(customer.data, note="first")
    )
    assert changed.version == 2
    with pytest.raises(ConflictError, match="Load it again"):
        await store.customers.update(
            SYSTEM, customer.id, customer.version, replace(customer.data, note="second")
        )
    assert (await store.customers.get(SYSTEM, customer.id)).customer.note == "first"


async def test_an_archived_customer_is_out_of_lists_and_pops_and_comes_back(store: Store) -> None:
    made = await store.customers.create(SYSTEM, BAKERY, [NewPhone("+12125550142")])
    archived = await store.customers.archive(SYSTEM, made.customer.id)
    assert archived.archived_at is not None
    assert await names(store, "") == []
    assert await store.lookup.by_number(SYSTEM, "+12125550142") == ()
    assert [c.id for c in (await store.customers.list(SYSTEM, archived=True)).items] == [
        archived.id
    ]
    await store.customers.restore(SYSTEM, made.customer.id)
    assert await names(store, "") == ["Northwind Bakery"]


class TestSearch:
    @pytest.fixture(autouse=True)
    async def _customers(self, store: Store) -> None:
        await store.customers.create(SYSTEM, BAKERY, [NewPhone("+33199001122")])
        await store.customers.create(SYSTEM, CustomerData("Весёлый Самовар"))
        cafe = await store.customers.create(SYSTEM, CustomerData("Café 'Nord' \"Æ\" * OR"))
        await store.contacts.add(
            SYSTEM, cafe.customer.id, ContactData("Zoë Exemple"), [NewPhone("+442079460123")]
        )

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("north", ["Northwind Bakery"]),
            ("BAKE north", ["Northwind Bakery"]),
            ("north missing", []),
            ("orthwind", []),
            ("nord", ["Café 'Nord' \"Æ\" * OR"]),
            ("nor", ["Café 'Nord' \"Æ\" * OR", "Northwind Bakery"]),
            ("весел", ["Весёлый Самовар"]),
            ("ВЕСЁЛ самовар", ["Весёлый Самовар"]),
            ("cafe ae", ["Café 'Nord' \"Æ\" * OR"]),
            ("zoe", ["Café 'Nord' \"Æ\" * OR"]),
            ("office example com", ["Northwind Bakery"]),
            ("office@example", ["Northwind Bakery"]),
            ("wholesale", ["Northwind Bakery"]),
            ("01 99 00 11", ["Northwind Bakery"]),
            ("+33 1 99", ["Northwind Bakery"]),
            ("(020) 7946", ["Café 'Nord' \"Æ\" * OR"]),
            ('"unbalanced', []),
            ("a AND NOT (b* OR NEAR", []),
            ("' | ! & :*", []),
            ("%", []),
        ],
    )
    async def test_words_are_found_by_their_beginnings(
        self, store: Store, text: str, found: list[str]
    ) -> None:
        assert await names(store, text) == found

    async def test_changes_are_found_at_once(self, store: Store) -> None:
        customer = (await store.customers.list(SYSTEM, text="north")).items[0]
        data = replace(customer.data, name="Southwind Bakery")
        await store.customers.update(SYSTEM, customer.id, customer.version, data)
        assert await names(store, "north") == []
        assert await names(store, "south") == ["Southwind Bakery"]
        cafe = (await store.customers.list(SYSTEM, text="zoe")).items[0]
        (contact,) = await store.contacts.list(SYSTEM, cafe.id)
        await store.contacts.remove(SYSTEM, contact.id)
        assert await names(store, "zoe") == []
        assert await names(store, "442079460123") == []


async def test_pages_show_each_customer_once_in_order_of_names(store: Store) -> None:
    wanted = [f"Customer {n:02}" for n in range(12)]
    for name in reversed(wanted):
        await store.customers.create(SYSTEM, CustomerData(name))
    for name in ("Customer 05", "Customer 05"):  # same names are told apart
        await store.customers.create(SYSTEM, CustomerData(name))
    found: list[str] = []
    cursor = None
    while True:
        page = await store.customers.list(SYSTEM, cursor=cursor, limit=5)
        found += [customer.name for customer in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == sorted([*wanted, "Customer 05", "Customer 05"])


async def test_lists_are_narrowed_by_state_kind_owner_and_team(
    store: Store, people: People
) -> None:
    await store.customers.create(people.actor("agent"), CustomerData("His lead"))
    await store.customers.create(people.actor("stranger"), CustomerData("Other team's"))
    await store.customers.create(
        SYSTEM, CustomerData("Person", CustomerKind.PERSON, CustomerState.FORMER)
    )

    async def listed(**wanted: object) -> list[str]:
        page = await store.customers.list(SYSTEM, **wanted)  # type: ignore[arg-type]
        return [customer.name for customer in page.items]

    assert await listed(state=CustomerState.FORMER) == ["Person"]
    assert await listed(kind=CustomerKind.ORGANISATION) == ["His lead", "Other team's"]
    assert await listed(owner_id=people.agent.id) == ["His lead"]
    assert await listed(team_id=people.other_team.id) == ["Other team's"]


@pytest.mark.parametrize("cursor", ["", "nonsense", "W10", "WzEsMl0", "é"])
async def test_a_made_up_cursor_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(BadValueError, match="cursor"):
        await store.customers.list(SYSTEM, cursor=cursor)


@pytest.mark.parametrize("limit", [0, 201])
async def test_a_page_has_bounds(store: Store, limit: int) -> None:
    with pytest.raises(BadValueError, match="200"):
        await store.customers.list(SYSTEM, limit=limit)


class TestQuickLead:
    async def test_the_lead_has_the_number_and_the_call(self, store: Store, people: People) -> None:
        call = answered(ringing())
        await store.call_log.record([call])
        agent = people.actor("agent")
        lead = await store.customers.quick_lead(
            agent, name="New Caller", number="+12125550142", interaction_id=id_of(call)
        )
        assert lead.customer.state is CustomerState.LEAD
        details = await store.interactions.get(agent, id_of(call))
        assert details.interaction.customer_id == lead.customer.id

    async def test_nothing_is_made_when_the_call_is_not_his(
        self, store: Store, people: People
    ) -> None:
        call = answered(ringing(rings="1003"), "1003")
        await store.call_log.record([call])
        with pytest.raises(NotFoundError):
            await store.customers.quick_lead(
                people.actor("agent"), name="New", interaction_id=id_of(call)
            )
        assert await names(store, "") == []


class TestOwners:
    async def test_an_agent_cannot_hand_his_customer_over(
        self, store: Store, people: People
    ) -> None:
        agent = people.actor("agent")
        customer = (await store.customers.create(agent, BAKERY)).customer
        data = replace(customer.data, owner_id=people.colleague.id)
        with pytest.raises(ForbiddenError):
            await store.customers.update(agent, customer.id, 1, data)

    async def test_a_supervisor_hands_over_within_his_team_only(
        self, store: Store, people: People
    ) -> None:
        customer = (await store.customers.create(people.actor("agent"), BAKERY)).customer
        boss = people.actor("supervisor")
        data = replace(customer.data, owner_id=people.colleague.id)
        moved = await store.customers.update(boss, customer.id, 1, data)
        assert moved.owner_name == "Colleague"
        away = replace(data, team_id=people.other_team.id)
        with pytest.raises(BadValueError, match="within your team"):
            await store.customers.update(boss, customer.id, 2, away)

    async def test_an_unknown_owner_is_refused(self, store: Store) -> None:
        with pytest.raises(NotFoundError, match="no such user"):
            await store.customers.create(SYSTEM, replace(BAKERY, owner_id=UserId("nobody")))


async def test_a_customer_that_is_not_there_is_not_found(store: Store, people: People) -> None:
    with pytest.raises(NotFoundError):
        await store.customers.get(people.actor("admin"), CustomerId("nobody"))


async def test_the_card_shows_the_last_interactions(store: Store, people: People) -> None:
    made = await store.customers.create(SYSTEM, BAKERY, [NewPhone("+12125550142")])
    await store.call_log.record([whole(f"lab-{n}.1", begins=n * 100) for n in range(5)])
    card = await store.customers.card(people.actor("agent"), made.customer.id)
    assert card.name == "Northwind Bakery"
    assert [line.user_name for line in card.interactions] == ["Agent"] * 3
    starts = [line.started_at for line in card.interactions]
    assert starts == sorted(starts, reverse=True)
