"""From a number to cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm_store.records import ContactData, CustomerData, CustomerState, NewPhone
from crm_store.rights import SYSTEM
from tests.contract.calls import id_of, ringing, whole

if TYPE_CHECKING:
    from crm_store.store import Store
    from tests.contract.conftest import People


@pytest.mark.parametrize(
    "written", ["+1 212-555-0142", "2125550142", "12125550142", "(212) 5550142"]
)
async def test_a_number_finds_its_customer_however_it_is_written(
    store: Store, written: str
) -> None:
    data = CustomerData("Northwind Bakery", state=CustomerState.ACTIVE, note="flour", tags=("vip",))
    await store.customers.create(SYSTEM, data, [NewPhone("+12125550142", "main")])
    (card,) = await store.lookup.by_number(SYSTEM, written)
    assert (card.name, card.state, card.note, card.tags, card.number_label) == (
        "Northwind Bakery",
        CustomerState.ACTIVE,
        "flour",
        ("vip",),
        "main",
    )


async def test_a_contact_persons_number_shows_him_with_his_company(store: Store) -> None:
    made = await store.customers.create(SYSTEM, CustomerData("Northwind Bakery"))
    await store.contacts.add(
        SYSTEM, made.customer.id, ContactData("Sample Baker", "Owner"), [NewPhone("+12125550142")]
    )
    (card,) = await store.lookup.by_number(SYSTEM, "+12125550142")
    assert (card.name, card.contact_name, card.contact_position) == (
        "Northwind Bakery",
        "Sample Baker",
        "Owner",
    )


async def test_a_shared_number_shows_all_who_have_it_by_name(store: Store) -> None:
    for name in ("Tenant", "Bakery"):
        await store.customers.create(SYSTEM, CustomerData(name), [NewPhone("+12125550142")])
    cards = await store.lookup.by_number(SYSTEM, "+12125550142")
    assert [card.name for card in cards] == ["Bakery", "Tenant"]


async def test_a_customer_who_has_it_twice_is_one_card_with_the_person(store: Store) -> None:
    made = await store.customers.create(SYSTEM, CustomerData("Bakery"), [NewPhone("+12125550142")])
    await store.contacts.add(
        SYSTEM, made.customer.id, ContactData("Sample Baker"), [NewPhone("+12125550142")]
    )
    (card,) = await store.lookup.by_number(SYSTEM, "+12125550142")
    assert card.contact_name == "Sample Baker"


@pytest.mark.parametrize("number", ["anonymous", "", "4711", "+12125550100", "sip:x@example.com"])
async def test_withheld_short_and_own_numbers_find_nobody(store: Store, number: str) -> None:
    await store.customers.create(
        SYSTEM, CustomerData("Bakery"), [NewPhone("4711"), NewPhone("+12125550100")]
    )
    assert await store.lookup.by_number(SYSTEM, number) == ()


async def test_the_card_has_the_last_ended_interactions_of_each(
    store: Store, people: People
) -> None:
    for number in ("+12125550142", "+12125550143"):
        await store.customers.create(SYSTEM, CustomerData(number[-2:]), [NewPhone(number)])
    calls = [whole(f"lab-{n}.1", begins=n) for n in range(4)]
    await store.call_log.record([*calls, ringing("lab-9.1", begins=99)])
    await store.call_log.record([whole("lab-8.1", number="+12125550143")])
    (card,) = await store.lookup.by_number(SYSTEM, "+12125550142", interactions=2)
    assert [line.id for line in card.interactions] == [id_of(calls[3]), id_of(calls[2])]
    assert card.interactions[0].user_name == people.agent.name


async def test_an_agent_finds_only_whom_he_may_see(store: Store, people: People) -> None:
    await store.customers.create(
        people.actor("stranger"), CustomerData("Theirs"), [NewPhone("+12125550142")]
    )
    assert await store.lookup.by_number(people.actor("agent"), "+12125550142") == ()
    await store.call_log.record([ringing()])  # it rings at his phone: now he may
    (card,) = await store.lookup.by_number(people.actor("agent"), "+12125550142")
    assert card.name == "Theirs"


async def test_numbers_are_read_as_dialled_in_the_region(store: Store) -> None:
    assert store.lookup.normalise("01 99 00 11 22", "FR") == "+33199001122"
    assert store.lookup.normalise("(212) 555-0142") == "+12125550142"
    assert store.lookup.normalise("+12125550100") is None
