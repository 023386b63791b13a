"""What the call log promises: one row per call, whatever comes, in whatever order."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from callcore.call import LegRole, Result
from callcore.events import Channel, ChannelState, HoldBegan, Party
from callcore.ids import Extension, Linkedid, PbxId, QueueName, Uniqueid, call_id
from crm_store.records import CustomerData, InteractionFilter, NewPhone
from crm_store.rights import SYSTEM
from tests.contract.calls import PBX, answered, at, ended, id_of, ringing, whole

if TYPE_CHECKING:
    from callcore.call import Call
    from crm_store.records import Interaction
    from crm_store.store import Store
    from tests.contract.conftest import People


async def logged(store: Store, call: Call) -> Interaction:
    return (await store.interactions.get(SYSTEM, id_of(call))).interaction


async def all_logged(store: Store) -> tuple[Interaction, ...]:
    return (await store.interactions.list(SYSTEM, InteractionFilter())).items


async def test_a_call_is_there_while_it_rings_and_complete_when_it_ended(store: Store) -> None:
    call = ringing()
    await store.call_log.record([call])
    assert (await logged(store, call)).ended_at is None
    call = replace(ended(answered(call)), queue=QueueName("support"), hold_s=4.0)
    await store.call_log.record([call])
    row = await logged(store, call)
    assert (row.result, row.wait_s, row.talk_s, row.hold_s) == (Result.ANSWERED, 5.0, 25.0, 4.0)
    assert (row.started_at, row.answered_at, row.ended_at) == (at(0), at(5), at(30))
    assert (row.number_e164, row.name, row.queue) == ("+12125550142", "Example Caller", "support")
    assert len(await all_logged(store)) == 1


async def test_an_older_version_undoes_nothing(store: Store) -> None:
    first = ringing()
    second = answered(first)
    third = ended(second)
    await store.call_log.record([third])
    before = await logged(store, third)
    await store.call_log.record([first, second])
    assert await logged(store, third) == before


async def test_not_knowing_never_wipes_out_what_was_known(store: Store) -> None:
    call = replace(ended(answered(ringing())), queue=QueueName("support"))
    await store.call_log.record([call])
    forgetful = replace(call, queue=None, customer=Party(), dialled="", changed_at=at(99))
    await store.call_log.record([forgetful])
    row = await logged(store, call)
    assert (row.queue, row.number, row.dialled) == ("support", "+12125550142", "100")


async def test_many_at_once_are_all_kept(store: Store) -> None:
    calls = [whole(f"lab-{n}.1", begins=n) for n in range(120)]
    await asyncio.gather(*(store.call_log.record([call]) for call in calls))
    page = await store.interactions.list(SYSTEM, limit=200)
    assert {row.id for row in page.items} == {id_of(call) for call in calls}


async def test_legs_are_kept_with_their_times(store: Store) -> None:
    call = ringing()
    agent = replace(
        call.legs[0],
        uniqueid=Uniqueid("lab-1.2"),
        channel="PJSIP/1001-00000001",
        role=LegRole.AGENT,
        endpoint="1001",
        created_at=at(1),
        ringing_at=at(1.5),
    )
    call = ended(answered(replace(call, legs=(*call.legs, agent))))
    await store.call_log.record([call])
    legs = (await store.interactions.get(SYSTEM, id_of(call))).legs
    assert [(leg.endpoint, leg.role) for leg in legs] == [
        ("trunk-a", LegRole.CUSTOMER),
        ("1001", LegRole.AGENT),
    ]
    assert (legs[1].ringing_at, legs[1].ended_at) == (at(1.5), at(30))


async def test_the_agent_is_known_by_his_extension(store: Store, people: People) -> None:
    call = ringing(rings="1001")
    await store.call_log.record([call])
    assert (await logged(store, call)).user_id == people.agent.id  # while it rings at his phone
    call = ended(answered(call, "1002"))
    await store.call_log.record([call])
    row = await logged(store, call)
    assert (row.user_id, row.user_name) == (people.colleague.id, "Colleague")


async def test_an_unknown_extension_leaves_the_call_without_agent(
    store: Store, people: People
) -> None:
    call = whole("lab-1.1", by="7777")
    await store.call_log.record([call])
    row = await logged(store, call)
    assert (row.user_id, row.agents) == (None, ("7777",))


async def test_a_number_that_one_customer_has_links_the_call_to_him(store: Store) -> None:
    one = await store.customers.create(
        SYSTEM, CustomerData("Northwind Bakery"), [NewPhone("(212) 555-0142")]
    )
    call = whole("lab-1.1")
    await store.call_log.record([call])
    row = await logged(store, call)
    assert (row.customer_id, row.customer_name) == (one.customer.id, "Northwind Bakery")


async def test_a_number_that_two_customers_have_links_it_to_neither(store: Store) -> None:
    for name in ("Northwind Bakery", "Example Tenant"):
        await store.customers.create(SYSTEM, CustomerData(name), [NewPhone("+12125550142")])
    call = whole("lab-1.1")
    await store.call_log.record([call])
    assert (await logged(store, call)).customer_id is None


@pytest.mark.parametrize("number", ["anonymous", "", "1001", "+12125550100"])
async def test_withheld_short_and_own_numbers_belong_to_nobody(store: Store, number: str) -> None:
    await store.customers.create(
        SYSTEM, CustomerData("Northwind Bakery"), [NewPhone("1001"), NewPhone("+12125550100")]
    )
    call = whole("lab-1.1", number=number)
    await store.call_log.record([call])
    row = await logged(store, call)
    assert (row.customer_id, row.number_e164) == (None, None)


async def test_hostile_caller_data_is_kept_as_inert_text(store: Store) -> None:
    name = "<script>alert(1)</script>\r\nAction: Command\x00\ud800\u202e=cmd|' /C calc'!A0"
    call = ringing()
    await store.call_log.record([replace(call, customer=Party("'; DROP TABLE calls; --", name))])
    row = await logged(store, call)
    assert row.name.startswith("<script>alert(1)</script>\r\nAction: Command\ufffd\ufffd\u202e")
    assert row.number == "'; DROP TABLE calls; --"


async def test_a_recovered_call_fills_in_only_what_was_not_seen(store: Store) -> None:
    call = answered(ringing())
    await store.call_log.record([call])
    records = replace(
        ended(call, after=60), customer=Party("+19995550000", "Wrong"), recovered=True
    )
    await store.call_log.record([records])
    await store.call_log.record([records])
    row = await logged(store, call)
    assert (row.ended_at, row.result, row.recovered) == (at(60), Result.ANSWERED, True)
    assert row.number == "+12125550142"
    assert len(await all_logged(store)) == 1


async def test_a_call_that_was_seen_to_its_end_is_not_touched_by_records(store: Store) -> None:
    call = ended(answered(ringing()))
    await store.call_log.record([call])
    before = await logged(store, call)
    await store.call_log.record([replace(call, ended_at=at(31), recovered=True)])
    assert await logged(store, call) == before


async def test_a_guessed_end_gives_way_to_the_records(store: Store) -> None:
    call = answered(ringing())
    guess = replace(call, ended_at=at(600), result=Result.UNKNOWN, talk_s=595.0, changed_at=at(600))
    await store.call_log.record([call, guess])
    assert (await logged(store, call)).ended_at == at(600)
    await store.call_log.record([replace(ended(call, after=20), recovered=True)])
    row = await logged(store, call)
    assert (row.ended_at, row.result, row.talk_s) == (at(20), Result.ANSWERED, 15.0)
    assert row.recovered


async def test_open_calls_are_handed_back_as_they_were(store: Store) -> None:
    live = answered(ringing("lab-1.1"))
    elsewhere = replace(ringing("lab-3.1"), pbx=PbxId("other"))
    await store.call_log.record([live, whole("lab-2.1"), elsewhere])
    (found,) = await store.call_log.open_calls(PBX)
    assert found == live


async def test_the_mark_of_what_was_seen_never_goes_back(store: Store) -> None:
    assert await store.call_log.last_seen_at(PBX) is None
    await store.call_log.mark_seen(PBX, at(10))
    await store.call_log.mark_seen(PBX, at(5))
    assert await store.call_log.last_seen_at(PBX) == at(10)


async def test_the_ladder_is_kept_with_the_call(store: Store) -> None:
    channel = Channel(
        Uniqueid("lab-1.1"), Linkedid("lab-1.1"), "PJSIP/1001-1", ChannelState.UP, Party("1", "é")
    )
    ladder = tuple(HoldBegan(PBX, n, at(n), channel) for n in range(3))
    call = replace(whole("lab-1.1"), ladder=ladder)
    await store.call_log.record([call])
    await store.call_log.record([replace(call, ladder=ladder[:1])])
    assert await store.interactions.ladder(SYSTEM, id_of(call)) == ladder
    assert (await store.interactions.get(SYSTEM, id_of(call))).has_ladder


class TestMerge:
    async def test_one_row_is_left_with_the_notes_of_both(self, store: Store) -> None:
        kept, gone = answered(ringing("lab-1.1")), answered(ringing("lab-2.1", number=""), "1002")
        await store.call_log.record([kept, gone])
        for call, notes in ((kept, "wants an offer"), (gone, "transferred to sales")):
            await store.interactions.set_notes(SYSTEM, id_of(call), 1, notes)
        joined = replace(kept, linkedids=(*kept.linkedids, *gone.linkedids), changed_at=at(9))
        await store.call_log.merge(joined, gone.id)
        (row,) = await all_logged(store)
        assert (row.id, row.notes) == (id_of(kept), "wants an offer\n\ntransferred to sales")
        assert (await logged(store, gone)).id == id_of(kept)

    async def test_it_may_be_told_again(self, store: Store) -> None:
        kept, gone = ringing("lab-1.1"), ringing("lab-2.1")
        await store.call_log.record([kept, gone])
        for _ in range(2):
            await store.call_log.merge(kept, gone.id)
        assert [row.id for row in await all_logged(store)] == [id_of(kept)]

    async def test_late_versions_of_the_gone_call_bring_it_not_back(self, store: Store) -> None:
        kept, gone = ringing("lab-1.1"), ringing("lab-2.1")
        await store.call_log.merge(kept, gone.id)
        await store.call_log.record([ended(gone), ended(kept)])
        assert [row.id for row in await all_logged(store)] == [id_of(kept)]
        legs = (await store.interactions.get(SYSTEM, id_of(kept))).legs
        assert {leg.uniqueid for leg in legs} == {"lab-1.1", "lab-2.1"}

    async def test_a_chain_of_merges_ends_at_the_last(self, store: Store) -> None:
        one, two, three = (ringing(f"lab-{n}.1") for n in (1, 2, 3))
        await store.call_log.record([one, two, three])
        await store.call_log.merge(two, three.id)
        await store.call_log.merge(one, two.id)
        assert (await logged(store, three)).id == id_of(one)
        assert len(await all_logged(store)) == 1

    async def test_a_call_renamed_before_it_was_written_has_one_row(self, store: Store) -> None:
        older = ringing("lab-1.1")
        await store.call_log.merge(older, call_id(PBX, Linkedid("lab-9.1")))
        assert [row.id for row in await all_logged(store)] == [id_of(older)]

    async def test_who_took_part_in_either_still_may_read_it(
        self, store: Store, people: People
    ) -> None:
        kept = answered(ringing("lab-1.1", rings="1003"), "1003")
        gone = answered(ringing("lab-2.1"), "1001")
        await store.call_log.record([kept, gone])
        await store.call_log.merge(kept, gone.id)
        await store.interactions.get(people.actor("agent"), id_of(kept))
        await store.interactions.get(people.actor("stranger"), id_of(gone))


async def test_a_link_that_a_person_made_stays(store: Store, people: People) -> None:
    one = await store.customers.create(SYSTEM, CustomerData("Northwind Bakery"))
    other = await store.customers.create(SYSTEM, CustomerData("Tenant"), [NewPhone("+12125550142")])
    call = answered(ringing())
    await store.call_log.record([call])
    assert (await logged(store, call)).customer_id == other.customer.id
    await store.interactions.link(people.actor("agent"), id_of(call), one.customer.id)
    await store.call_log.record([ended(call)])
    assert (await logged(store, call)).customer_id == one.customer.id
    await store.interactions.unlink(people.actor("agent"), id_of(call))
    await store.call_log.record([replace(ended(call), hold_s=1.0, changed_at=at(99))])
    assert (await logged(store, call)).customer_id is None


async def test_notes_typed_during_the_call_survive_its_versions(
    store: Store, people: People
) -> None:
    call = answered(ringing())
    await store.call_log.record([call])
    await store.interactions.set_notes(people.actor("agent"), id_of(call), 1, "spoke")
    await store.call_log.record([ended(call)])
    row = await logged(store, call)
    assert (row.notes, row.notes_version) == ("spoke", 2)


async def test_a_click_to_call_is_the_agents_who_rang_first(store: Store, people: People) -> None:
    call = replace(ringing(rings="1001"), agents=(), ringing=(Extension("1001"),))
    await store.call_log.record([call])
    await store.call_log.record([ended(replace(call, ringing=()), Result.NO_ANSWER)])
    assert (await logged(store, call)).user_id == people.agent.id
