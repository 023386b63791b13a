"""The call log as people read it: filters, pages, notes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from callcore.call import Direction, Result
from callcore.errors import BadValueError, ConflictError, ForbiddenError, NotFoundError
from callcore.events import Party
from callcore.ids import QueueName
from crm_store.ids import InteractionId
from crm_store.records import (
    ContactData,
    CustomerData,
    InteractionFilter,
    InteractionKind,
    NewPhone,
)
from crm_store.rights import SYSTEM
from tests.contract.calls import answered, at, ended, id_of, ringing, whole

if TYPE_CHECKING:
    from crm_store.store import Store
    from tests.contract.conftest import People


@pytest.fixture
async def log(store: Store, people: People) -> dict[str, str]:
    """Calls of all kinds, their ids by what they are."""
    await store.customers.create(
        SYSTEM, CustomerData("Весёлый Самовар"), [NewPhone("+79000000130")]
    )
    calls = {
        "answered": whole("lab-1.1", begins=0),
        "abandoned": replace(
            ended(ringing("lab-2.1", number="+33199001122", begins=100), Result.ABANDONED),
            queue=QueueName("support"),
            customer=Party("+33199001122", "Élodie"),
        ),
        "outbound": replace(
            whole("lab-3.1", number="+79000000130", by="1002", begins=200),
            direction=Direction.OUTBOUND,
        ),
        "live": answered(ringing("lab-4.1", number="anonymous", begins=300)),
    }
    await store.call_log.record(list(calls.values()))
    return {call.id: name for name, call in calls.items()}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["live", "outbound", "abandoned", "answered"]),
        ({"direction": Direction.OUTBOUND}, ["outbound"]),
        ({"result": Result.ABANDONED}, ["abandoned"]),
        ({"queue": "support"}, ["abandoned"]),
        ({"live": True}, ["live"]),
        ({"live": False}, ["outbound", "abandoned", "answered"]),
        ({"linked": True}, ["outbound"]),
        ({"linked": False, "live": False}, ["abandoned", "answered"]),
        ({"kind": InteractionKind.NOTE}, []),
        ({"since": at(100), "until": at(200)}, ["abandoned"]),
        ({"text": "0142"}, ["answered"]),
        ({"text": "+33 1 99"}, ["abandoned"]),
        ({"text": "1122"}, ["abandoned"]),
        ({"text": "elod"}, ["abandoned"]),
        ({"text": "самовар"}, ["outbound"]),
        ({"text": "весел"}, ["outbound"]),
        ({"text": "example caller"}, ["live", "outbound", "answered"]),
        ({"text": "' OR 1=1 --"}, []),
        ({"text": "%"}, []),
    ],
)
async def test_the_list_shows_what_was_asked_newest_first(
    store: Store, log: dict[str, str], wanted: dict[str, Any], found: list[str]
) -> None:
    page = await store.interactions.list(SYSTEM, InteractionFilter(**wanted))
    assert [log[row.id] for row in page.items] == found


async def test_an_agents_calls(store: Store, log: dict[str, str], people: People) -> None:
    page = await store.interactions.list(SYSTEM, InteractionFilter(user_id=people.colleague.id))
    assert [log[row.id] for row in page.items] == ["outbound"]


async def test_pages_show_each_call_once(store: Store) -> None:
    calls = [whole(f"lab-{n}.1", begins=n // 3) for n in range(11)]  # some begin together
    await store.call_log.record(calls)
    seen: list[str] = []
    cursor = None
    for _ in range(4):
        page = await store.interactions.list(SYSTEM, cursor=cursor, limit=3)
        seen += [row.id for row in page.items]
        cursor = page.next_cursor
    assert cursor is None
    assert sorted(seen) == sorted(call.id for call in calls)


class TestNotes:
    async def test_a_writer_who_read_an_older_version_is_told_what_stands(
        self, store: Store, people: People
    ) -> None:
        call = whole("lab-1.1")
        await store.call_log.record([call])
        agent, id_ = people.actor("agent"), id_of(call)
        first = await store.interactions.set_notes(agent, id_, 1, "one")
        assert (first.notes, first.notes_version) == ("one", 2)
        with pytest.raises(ConflictError) as conflict:
            await store.interactions.set_notes(agent, id_, 1, "two")
        assert conflict.value.data == {"notes": "one", "version": 2}
        assert await store.interactions.set_notes(agent, id_, 1, "one") == first  # sent again

    async def test_a_colleague_reads_them_but_does_not_write(
        self, store: Store, people: People
    ) -> None:
        call = whole("lab-1.1")
        await store.call_log.record([call])
        await store.interactions.get(people.actor("colleague"), id_of(call))
        with pytest.raises(ForbiddenError):
            await store.interactions.set_notes(people.actor("colleague"), id_of(call), 1, "mine")
        await store.interactions.set_notes(people.actor("supervisor"), id_of(call), 1, "x")

    async def test_a_note_without_a_call_is_on_the_timeline(
        self, store: Store, people: People
    ) -> None:
        made = await store.customers.create(people.actor("agent"), CustomerData("Bakery"))
        note = await store.interactions.add_note(
            people.actor("agent"), made.customer.id, " Hi \x00"
        )
        assert (note.kind, note.notes, note.user_name) == (
            InteractionKind.NOTE,
            "Hi \ufffd",
            "Agent",
        )
        timeline = await store.interactions.list(
            people.actor("colleague"), InteractionFilter(customer_id=made.customer.id)
        )
        assert timeline.items == (note,)

    async def test_an_empty_note_is_refused(self, store: Store, people: People) -> None:
        made = await store.customers.create(people.actor("agent"), CustomerData("Bakery"))
        with pytest.raises(BadValueError):
            await store.interactions.add_note(people.actor("agent"), made.customer.id, " ")


class TestLinks:
    async def test_a_call_is_linked_to_a_person_of_the_customer(
        self, store: Store, people: People
    ) -> None:
        agent = people.actor("agent")
        call = whole("lab-1.1")
        await store.call_log.record([call])
        bakery = (await store.customers.create(agent, CustomerData("Bakery"))).customer.id
        baker = await store.contacts.add(agent, bakery, ContactData("Sample Baker"))
        linked = await store.interactions.link(agent, id_of(call), bakery, baker.id)
        assert (linked.customer_name, linked.contact_name) == ("Bakery", "Sample Baker")
        other = (await store.customers.create(agent, CustomerData("Other"))).customer.id
        with pytest.raises(BadValueError):
            await store.interactions.link(agent, id_of(call), other, baker.id)

    async def test_it_cannot_be_linked_to_a_customer_one_may_not_see(
        self, store: Store, people: People
    ) -> None:
        call = whole("lab-1.1")
        await store.call_log.record([call])
        theirs = await store.customers.create(people.actor("stranger"), CustomerData("Theirs"))
        with pytest.raises(NotFoundError):
            await store.interactions.link(people.actor("agent"), id_of(call), theirs.customer.id)


async def test_a_call_never_seen_is_not_found(store: Store) -> None:
    with pytest.raises(NotFoundError):
        await store.interactions.get(SYSTEM, InteractionId("nothing"))


async def test_a_call_without_a_ladder_has_an_empty_one(store: Store) -> None:
    call = whole("lab-1.1")
    await store.call_log.record([call])
    assert await store.interactions.ladder(SYSTEM, id_of(call)) == ()
    assert not (await store.interactions.get(SYSTEM, id_of(call))).has_ladder
