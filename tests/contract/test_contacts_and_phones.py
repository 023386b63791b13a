"""Contact persons and numbers: what leads a call to its customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from callcore.errors import BadValueError, ConflictError, NotFoundError
from crm_store.ids import ContactId, PhoneId
from crm_store.records import ContactData, CustomerData, InteractionFilter, NewPhone
from crm_store.rights import SYSTEM
from tests.contract.calls import id_of, whole

if TYPE_CHECKING:
    from crm_store.ids import CustomerId
    from crm_store.store import Store
    from tests.contract.conftest import People


@pytest.fixture
async def bakery(store: Store) -> CustomerId:
    return (await store.customers.create(SYSTEM, CustomerData("Northwind Bakery"))).customer.id


async def test_a_contact_person_has_numbers_of_his_own(store: Store, bakery: CustomerId) -> None:
    contact = await store.contacts.add(
        SYSTEM, bakery, ContactData("Sample Baker", "Owner"), [NewPhone("+12125550142", "mobile")]
    )
    details = await store.customers.get(SYSTEM, bakery)
    assert details.contacts == (contact,)
    assert [(p.contact_id, p.label) for p in details.phones] == [(contact.id, "mobile")]


async def test_changes_of_a_contact_person_do_not_overwrite_each_other(
    store: Store, bakery: CustomerId
) -> None:
    contact = await store.contacts.add(SYSTEM, bakery, ContactData("Sample Baker"))
    changed = await store.contacts.update(SYSTEM, contact.id, 1, ContactData("Sample Miller"))
    assert (changed.name, changed.version) == ("Sample Miller", 2)
    with pytest.raises(ConflictError):
        await store.contacts.update(SYSTEM, contact.id, 1, ContactData("Other"))


async def test_a_removed_person_takes_his_numbers_and_leaves_his_calls(
    store: Store, bakery: CustomerId
) -> None:
    contact = await store.contacts.add(
        SYSTEM, bakery, ContactData("Sample Baker"), [NewPhone("+12125550142")]
    )
    call = whole("lab-1.1")
    await store.call_log.record([call])
    await store.contacts.remove(SYSTEM, contact.id)
    assert (await store.customers.get(SYSTEM, bakery)).phones == ()
    row = (await store.interactions.get(SYSTEM, id_of(call))).interaction
    assert (row.customer_id, row.contact_id) == (bakery, None)


async def test_a_new_number_brings_its_earlier_calls_to_the_timeline(
    store: Store, bakery: CustomerId
) -> None:
    await store.call_log.record([whole("lab-1.1"), whole("lab-2.1", number="+12125550199")])
    await store.phones.add(SYSTEM, bakery, NewPhone("212 555 0142"))
    timeline = await store.interactions.list(SYSTEM, InteractionFilter(customer_id=bakery))
    assert [row.number for row in timeline.items] == ["+12125550142"]


async def test_earlier_calls_stay_nobodys_when_two_have_the_number(
    store: Store, bakery: CustomerId
) -> None:
    await store.customers.create(SYSTEM, CustomerData("Tenant"), [NewPhone("+12125550142")])
    call = whole("lab-1.1")
    await store.phones.add(SYSTEM, bakery, NewPhone("+12125550142"))
    await store.call_log.record([call])
    row = (await store.interactions.get(SYSTEM, id_of(call))).interaction
    assert row.customer_id is None


async def test_the_same_number_twice_is_one(store: Store, bakery: CustomerId) -> None:
    one = await store.phones.add(SYSTEM, bakery, NewPhone("+12125550142"))
    two = await store.phones.add(SYSTEM, bakery, NewPhone("(212) 555-0142"))
    assert one == two
    assert await store.phones.list(SYSTEM, bakery) == (one,)


async def test_a_removed_number_leads_nowhere(store: Store, bakery: CustomerId) -> None:
    phone = await store.phones.add(SYSTEM, bakery, NewPhone("+12125550142"))
    await store.phones.remove(SYSTEM, phone.id)
    assert await store.lookup.by_number(SYSTEM, "+12125550142") == ()
    with pytest.raises(NotFoundError):
        await store.phones.remove(SYSTEM, phone.id)


async def test_a_short_number_is_kept_as_it_is(store: Store, bakery: CustomerId) -> None:
    phone = await store.phones.add(SYSTEM, bakery, NewPhone("4711", "extension"))
    assert (phone.e164, phone.raw) == (None, "4711")


async def test_text_is_no_number(store: Store, bakery: CustomerId) -> None:
    with pytest.raises(BadValueError):
        await store.phones.add(SYSTEM, bakery, NewPhone("withheld"))


async def test_anothers_contact_person_gets_no_number_here(
    store: Store, bakery: CustomerId
) -> None:
    other = (await store.customers.create(SYSTEM, CustomerData("Other"))).customer.id
    contact = await store.contacts.add(SYSTEM, other, ContactData("Theirs"))
    for stranger in (contact.id, ContactId("nobody")):
        with pytest.raises(NotFoundError):
            await store.phones.add(SYSTEM, bakery, NewPhone("+12125550142"), stranger)


async def test_what_one_may_not_see_one_cannot_change(store: Store, people: People) -> None:
    theirs = await store.customers.create(
        people.actor("stranger"), CustomerData("Theirs"), [NewPhone("+12125550142")]
    )
    contact = await store.contacts.add(SYSTEM, theirs.customer.id, ContactData("Person"))
    agent = people.actor("agent")
    with pytest.raises(NotFoundError):
        await store.phones.remove(agent, theirs.phones[0].id)
    with pytest.raises(NotFoundError):
        await store.contacts.update(agent, contact.id, 1, ContactData("Mine"))
    with pytest.raises(NotFoundError):
        await store.contacts.list(agent, theirs.customer.id)
    with pytest.raises(NotFoundError):
        await store.phones.remove(agent, PhoneId("nothing"))
