from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from callcore import conversation, registry
from callcore.call import LegRole
from callcore.changes import (
    CallEnded,
    CallStarted,
)
from callcore.events import Party
from callcore.ids import QueueName
from tests.unit.callcore.playing import ended, only, play
from tests.unit.callcore.pretend_pbx import ANNA

if TYPE_CHECKING:
    import pytest

    from callcore.events import Event
    from callcore.floor import Floor
    from tests.unit.callcore.pretend_pbx import PretendPbx


def test_an_event_that_comes_twice_changes_nothing(floor: Floor, pbx: PretendPbx) -> None:
    pbx.conversation()
    pbx.holds(2)
    pbx.both_hang_up()
    for event in pbx.told:
        floor.apply(event)
        assert floor.apply(event) == []


def test_stragglers_of_an_ended_call_make_no_ghost(floor: Floor, pbx: PretendPbx) -> None:
    pbx.conversation()
    pbx.both_hang_up()
    events = list(pbx.told)
    play(floor, pbx)
    for event in events:
        assert floor.apply(event) == []
    assert not floor.calls


def test_a_hangup_before_its_creation_leaves_no_ghost(floor: Floor, pbx: PretendPbx) -> None:
    pbx.customer_calls()
    created, rings = pbx.told
    hangup = pbx.ends(1)
    for event in (hangup, created, rings):
        floor.apply(event)
    assert not floor.calls


def test_a_bridge_left_before_it_is_entered_holds_nobody(floor: Floor, pbx: PretendPbx) -> None:
    pbx.customer_calls()
    pbx.phone_rings()
    entered, left = pbx.enters(2), pbx.leaves(2)
    pbx.enters(1)
    pbx.told.remove(entered)
    pbx.told.insert(pbx.told.index(left) + 1, entered)
    play(floor, pbx)
    (call,) = floor.calls.values()
    assert call.answered_at is None


def test_a_queue_left_late_does_not_take_the_caller_out_of_the_next(
    floor: Floor, pbx: PretendPbx
) -> None:
    sales = QueueName("sales")
    pbx.customer_calls()
    pbx.queues(1)
    left = pbx.leaves_queue(1)
    pbx.queues(1, sales)
    pbx.told.remove(left)
    pbx.told.append(left)
    play(floor, pbx)
    assert floor.waiting == {sales: 1}


def test_a_revived_call_is_told_as_changed_and_ended_again(floor: Floor, pbx: PretendPbx) -> None:
    pbx.customer_calls()
    pbx.ends(1)
    pbx.phone_rings()
    pbx.ends(2)
    changes = play(floor, pbx)
    assert len(only(CallStarted, changes)) == 1
    first, last = only(CallEnded, changes)
    assert first.call.id == last.call.id
    assert len(last.call.legs) == 2
    assert not floor.calls


def deliver_last(pbx: PretendPbx, event: Event) -> None:
    pbx.told.remove(event)
    pbx.told.append(event)


def test_leaving_a_bridge_told_late_does_not_undo_the_return(floor: Floor, pbx: PretendPbx) -> None:
    pbx.conversation()
    left = pbx.leaves(1)
    pbx.enters(1)
    deliver_last(pbx, left)
    play(floor, pbx)
    pbx.now += timedelta(seconds=30)
    pbx.both_hang_up()
    assert ended(play(floor, pbx)).talk_s > 30


def test_hold_told_late_does_not_undo_the_return(floor: Floor, pbx: PretendPbx) -> None:
    pbx.conversation()
    held = pbx.holds(2)
    pbx.unholds(2)
    deliver_last(pbx, held)
    play(floor, pbx)
    pbx.now += timedelta(seconds=30)
    pbx.both_hang_up()
    assert ended(play(floor, pbx)).talk_s > 30


def test_a_second_hangup_of_a_channel_does_not_move_its_end(floor: Floor, pbx: PretendPbx) -> None:
    pbx.conversation()
    pbx.ends(2)
    first = pbx.now
    pbx.ends(2, 34)
    pbx.ends(1)
    customer, agent = ended(play(floor, pbx)).legs
    assert (agent.ended_at, agent.cause) == (first, 16)
    assert customer.ended_at == pbx.now


def test_a_creation_told_late_still_dates_the_beginning(floor: Floor, pbx: PretendPbx) -> None:
    created = pbx.create(1, "trunk-a")
    pbx.calls_in(1)
    deliver_last(pbx, created)
    pbx.ends(1)
    assert ended(play(floor, pbx)).started_at == created.at


def test_a_customer_stays_who_he_first_was(floor: Floor, pbx: PretendPbx) -> None:
    pbx.customer_calls()
    pbx.channel(1, caller=Party("100", "Support"))  # the dialplan sets another caller id
    pbx.answers(1)
    pbx.ends(1)
    assert ended(play(floor, pbx)).customer == ANNA


# --- bounds ------------------------------------------------------------------------------------


def test_what_ended_long_ago_is_forgotten_but_stays_dead(
    floor: Floor, pbx: PretendPbx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "ENDED_CALLS", 3)
    monkeypatch.setattr(registry, "DEAD_CHANNELS", 4)
    for number in range(1, 10):
        pbx.create(number, "trunk-a")
        pbx.ends(number)
    events = list(pbx.told)
    play(floor, pbx)
    for event in events[6:]:  # of the first three even the dead are forgotten
        assert floor.apply(event) == []
    assert not floor.calls


def test_a_call_that_rings_phones_for_hours_keeps_only_so_many_legs(
    floor: Floor, pbx: PretendPbx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "MOST_LEGS", 5)
    pbx.customer_calls()
    for number in range(2, 20):
        pbx.phone_rings(number)
        last = pbx.ends(number, 19)
    play(floor, pbx)
    (call,) = floor.calls.values()
    assert len(call.legs) == 5
    assert call.legs[0].role is LegRole.CUSTOMER
    assert floor.apply(last) == []


def test_a_ladder_has_only_so_many_rungs(
    floor: Floor, pbx: PretendPbx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "LONGEST_LADDER", 5)
    pbx.conversation()
    pbx.create(9, "1002", linked=9)
    pbx.links(9, 1)
    pbx.both_hang_up()
    pbx.ends(9)
    assert len(ended(play(floor, pbx)).ladder) == 5
