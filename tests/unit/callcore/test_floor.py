from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from callcore import events as ev
from callcore.call import Direction, LegRole, Result
from callcore.changes import (
    CallStarted,
    PhoneRinging,
    PhoneStateChanged,
    QueueChanged,
)
from callcore.events import Party, PhoneState
from callcore.ids import Extension, Linkedid, Uniqueid, call_id
from tests.unit.callcore.playing import ended, only, play, ringing
from tests.unit.callcore.pretend_pbx import ANN, ANNA, BEN, LAB, START, SUPPORT

if TYPE_CHECKING:
    from callcore.floor import Floor
    from tests.unit.callcore.pretend_pbx import PretendPbx


# --- inbound -----------------------------------------------------------------------------------


def test_an_inbound_call_is_told_from_first_ring_to_last_hangup(
    floor: Floor, pbx: PretendPbx
) -> None:
    pbx.conversation()
    pbx.both_hang_up()
    changes = play(floor, pbx)

    (started,) = only(CallStarted, changes)
    assert started.call.direction is Direction.INBOUND
    assert started.call.customer == ANNA
    assert ringing(changes) == [(ANN, "rings"), (ANN, "answered")]

    call = ended(changes)
    assert call.id == started.call.id == call_id(LAB, Linkedid("lab-1700000000.1"))
    assert call.result is Result.ANSWERED
    assert call.dialled == "+4930100"
    assert call.agents == (ANN,)
    assert [leg.role for leg in call.legs] == [LegRole.CUSTOMER, LegRole.AGENT]
    assert call.ended_at is not None
    length_s = (call.ended_at - call.started_at).total_seconds()
    assert call.wait_s + call.talk_s + call.hold_s == pytest.approx(length_s, abs=0.01)
    assert [type(event) for event in call.ladder][:2] == [ev.ChannelCreated, ev.ChannelChanged]
    assert not floor.calls


def test_a_live_call_is_on_the_floor(floor: Floor, pbx: PretendPbx) -> None:
    pbx.customer_calls()
    pbx.phone_rings()
    play(floor, pbx)
    (call,) = floor.calls.values()
    assert call.ringing == (ANN,)
    assert call.result is None
    assert call.ladder == ()


def test_a_direct_call_nobody_takes_is_missed(floor: Floor, pbx: PretendPbx) -> None:
    pbx.customer_calls()
    pbx.phone_rings()
    pbx.dial_ends(1, 2, "NOANSWER")
    pbx.ends(2, 19)
    pbx.ends(1, 19)
    changes = play(floor, pbx)
    assert ringing(changes) == [(ANN, "rings"), (ANN, "no-answer")]
    assert ended(changes).result is Result.MISSED


def test_a_caller_who_hangs_up_while_it_rings_is_gone(floor: Floor, pbx: PretendPbx) -> None:
    pbx.customer_calls()
    pbx.phone_rings()
    pbx.dial_ends(1, 2, "CANCEL")
    pbx.ends(2)
    pbx.ends(1)
    changes = play(floor, pbx)
    assert ringing(changes)[-1] == (ANN, "caller-gone")
    call = ended(changes)
    assert call.result is Result.MISSED
    assert call.agents == ()


def test_without_a_dial_status_the_callers_end_tells_why_it_fell_silent(
    floor: Floor, pbx: PretendPbx
) -> None:
    pbx.customer_calls()
    pbx.phone_rings()
    pbx.ends(1)
    pbx.ends(2)
    assert ringing(play(floor, pbx))[-1] == (ANN, "caller-gone")


def test_a_busy_phone_does_not_ring_and_the_caller_hears_busy(
    floor: Floor, pbx: PretendPbx
) -> None:
    pbx.customer_calls()
    pbx.create(2, "1001", linked=1)
    pbx.dials(1, 2)
    pbx.dial_ends(1, 2, "BUSY")
    pbx.ends(2, 17)
    pbx.ends(1, 17)
    changes = play(floor, pbx)
    assert ringing(changes) == []
    assert ended(changes).result is Result.BUSY


def test_a_phone_that_answers_at_once_has_rung_all_the_same(floor: Floor, pbx: PretendPbx) -> None:
    pbx.customer_calls()
    pbx.create(2, "1001", linked=1)
    pbx.dials(1, 2)
    pbx.phone_takes()
    assert ringing(play(floor, pbx)) == [(ANN, "rings"), (ANN, "answered")]


def test_when_several_phones_ring_the_others_hear_who_took_it(
    floor: Floor, pbx: PretendPbx
) -> None:
    pbx.customer_calls()
    pbx.phone_rings(2, "1001")
    pbx.phone_rings(3, "1002")
    pbx.phone_rings(4, "1003")
    pbx.phone_takes(3)
    pbx.dial_ends(1, 2, "CANCEL")
    pbx.ends(2)
    pbx.ends(4, 26)
    assert ringing(play(floor, pbx))[3:] == [
        (BEN, "answered"),
        (ANN, "answered-elsewhere"),
        ("1003", "answered-elsewhere"),
    ]


def test_an_anonymous_caller_stays_without_number(floor: Floor, pbx: PretendPbx) -> None:
    pbx.create(1, "trunk-a", caller=Party())
    pbx.ends(1)
    assert ended(play(floor, pbx)).customer == Party()


# --- queues ------------------------------------------------------------------------------------


def test_a_queued_caller_waits_is_connected_and_counts_no_more(
    floor: Floor, pbx: PretendPbx
) -> None:
    pbx.customer_calls()
    pbx.answers(1)
    pbx.queues(1)
    changes = play(floor, pbx)
    assert only(QueueChanged, changes) == [QueueChanged(SUPPORT, 1, pbx.now)]
    assert floor.waiting == {SUPPORT: 1}

    pbx.phone_rings()
    pbx.phone_takes()
    pbx.leaves_queue(1)
    play(floor, pbx)
    assert floor.waiting == {}

    pbx.both_hang_up()
    call = ended(play(floor, pbx))
    assert call.queue == SUPPORT
    assert call.result is Result.ANSWERED
    assert call.answered_at == START + timedelta(seconds=8)  # the agent's, not the queue's answer


def test_who_hangs_up_in_the_queue_has_abandoned(floor: Floor, pbx: PretendPbx) -> None:
    pbx.customer_calls()
    pbx.answers(1)
    pbx.queues(1)
    pbx.abandons(1)
    pbx.leaves_queue(1)
    pbx.ends(1)
    changes = play(floor, pbx)
    assert [change.waiting for change in only(QueueChanged, changes)] == [1, 0]
    assert ended(changes).result is Result.ABANDONED


def test_who_ends_while_queued_has_abandoned_even_if_nobody_says_so(
    floor: Floor, pbx: PretendPbx
) -> None:
    pbx.customer_calls()
    pbx.queues(1)
    pbx.ends(1)
    assert ended(play(floor, pbx)).result is Result.ABANDONED
    assert floor.waiting == {}


def test_who_is_let_go_by_the_queue_was_missed(floor: Floor, pbx: PretendPbx) -> None:
    pbx.customer_calls()
    pbx.answers(1)
    pbx.queues(1)
    pbx.leaves_queue(1)
    pbx.ends(1)
    assert ended(play(floor, pbx)).result is Result.MISSED


# --- outbound and internal ---------------------------------------------------------------------


def test_an_agent_who_dials_out_makes_an_outbound_call(floor: Floor, pbx: PretendPbx) -> None:
    pbx.create(1, "1001", caller=Party("1001"), exten="+33123456789")
    pbx.calls_in(1)
    pbx.create(2, "trunk-a", linked=1, caller=Party("+33123456789"))
    pbx.dials(1, 2)
    pbx.rings(2)
    pbx.phone_takes(2)
    pbx.both_hang_up()
    changes = play(floor, pbx)
    assert ringing(changes) == []  # his own handset does not ring
    call = ended(changes)
    assert call.direction is Direction.OUTBOUND
    assert call.customer == Party("+33123456789")
    assert call.dialled == "+33123456789"
    assert call.result is Result.ANSWERED
    assert call.agents == (ANN,)


@pytest.mark.parametrize(
    ("status", "cause", "result"),
    [
        ("BUSY", 17, Result.BUSY),
        ("NOANSWER", 19, Result.NO_ANSWER),
        ("CANCEL", 16, Result.NO_ANSWER),
        ("CONGESTION", 34, Result.FAILED),
        ("CHANUNAVAIL", 20, Result.FAILED),
        ("", 17, Result.BUSY),
        ("", 16, Result.NO_ANSWER),
        ("", 34, Result.FAILED),
    ],
)
def test_the_far_ends_refusal_is_the_result_of_an_outbound_call(
    floor: Floor, pbx: PretendPbx, status: str, cause: int, result: Result
) -> None:
    pbx.create(1, "1001", exten="+33123456789")
    pbx.calls_in(1)
    pbx.create(2, "trunk-a", linked=1)
    pbx.dials(1, 2)
    if status:
        pbx.dial_ends(1, 2, status)
    pbx.ends(2, cause)
    pbx.ends(1, cause)
    assert ended(play(floor, pbx)).result is result


def test_click_to_call_rings_the_agents_own_phone_as_an_outbound_call(
    floor: Floor, pbx: PretendPbx
) -> None:
    pbx.create(1, "1001", caller=Party(), connected=Party("+33123456789"))
    pbx.dials(None, 1)
    pbx.rings(1)
    changes = play(floor, pbx)
    (rings,) = only(PhoneRinging, changes)
    assert rings.extension == ANN
    assert rings.call.direction is Direction.OUTBOUND
    assert rings.call.customer == Party("+33123456789")

    pbx.answers(1)
    pbx.channel(1, exten="+33123456789", context="click-to-call")
    pbx.dial_ends(None, 1, "ANSWER")
    pbx.create(2, "trunk-a", linked=1)
    pbx.dials(1, 2)
    pbx.phone_takes(2)
    pbx.both_hang_up()
    call = ended(play(floor, pbx))
    assert (call.direction, call.dialled) == (Direction.OUTBOUND, "+33123456789")
    assert call.result is Result.ANSWERED


def test_click_to_call_that_the_agent_does_not_take_has_failed(
    floor: Floor, pbx: PretendPbx
) -> None:
    pbx.create(1, "1001", caller=Party(), connected=Party("+33123456789"))
    pbx.dials(None, 1)
    pbx.rings(1)
    pbx.ends(1, 19)
    changes = play(floor, pbx)
    assert ringing(changes) == [(ANN, "rings"), (ANN, "no-answer")]
    assert ended(changes).result is Result.FAILED


def test_click_to_call_of_a_colleague_is_internal(floor: Floor, pbx: PretendPbx) -> None:
    floor.apply(ev.PhoneChanged(*pbx.by(), BEN, PhoneState.IDLE))
    pbx.create(1, "1001", caller=Party(), connected=Party("1002"))
    pbx.dials(None, 1)
    pbx.rings(1)
    (rings,) = only(PhoneRinging, play(floor, pbx))
    assert rings.call.direction is Direction.INTERNAL
    assert rings.call.dialled == "1002"


def test_a_call_between_two_phones_is_internal(floor: Floor, pbx: PretendPbx) -> None:
    pbx.create(1, "1001", caller=Party("1001"), exten="1002")
    pbx.calls_in(1)
    pbx.phone_rings(2, "1002")
    pbx.phone_takes(2)
    pbx.both_hang_up()
    call = ended(play(floor, pbx))
    assert (call.direction, call.customer) == (Direction.INTERNAL, Party())
    assert call.agents == (ANN, BEN)
    assert call.result is Result.ANSWERED


def test_who_listens_to_the_pbx_itself_was_answered(floor: Floor, pbx: PretendPbx) -> None:
    pbx.create(1, "1001", exten="600")
    pbx.calls_in(1)
    pbx.answers(1)
    pbx.ends(1)
    call = ended(play(floor, pbx))
    assert (call.direction, call.result) == (Direction.INTERNAL, Result.ANSWERED)


# --- phones ------------------------------------------------------------------------------------


def test_a_phones_state_is_told_once_and_never_goes_back(floor: Floor, pbx: PretendPbx) -> None:
    old = ev.PhoneChanged(*pbx.by(), ANN, PhoneState.IDLE)
    new = ev.PhoneChanged(*pbx.by(), ANN, PhoneState.RINGING)
    assert floor.apply(new) == [PhoneStateChanged(ANN, PhoneState.RINGING, new.at)]
    assert floor.apply(old) == []
    assert floor.apply(new) == []
    assert floor.phones == {ANN: PhoneState.RINGING}


def test_a_trunk_is_no_phone(floor: Floor, pbx: PretendPbx) -> None:
    trunk = Extension("trunk-a")
    assert floor.apply(ev.PhoneChanged(*pbx.by(), trunk, PhoneState.IN_USE)) == []


def test_members_tell_of_a_phone_only_what_it_has_not_told_itself(
    floor: Floor, pbx: PretendPbx
) -> None:
    first = ev.QueueMemberChanged(*pbx.by(), SUPPORT, ANN, PhoneState.IDLE, paused=False)
    again = ev.QueueMemberChanged(*pbx.by(), SUPPORT, ANN, PhoneState.BUSY, paused=True)
    floor.apply(first)
    floor.apply(again)
    assert floor.phones == {ANN: PhoneState.IDLE}
    assert floor.members[SUPPORT][ANN].paused


def test_a_snapshot_brings_phones_and_members(floor: Floor, pbx: PretendPbx) -> None:
    by = pbx.by()
    member = ev.QueueMemberChanged(*by, SUPPORT, BEN, PhoneState.BUSY, paused=False)
    floor.apply(
        ev.SnapshotTaken(*by, START, members=(member,), phones={ANN: PhoneState.UNAVAILABLE})
    )
    assert floor.phones == {ANN: PhoneState.UNAVAILABLE, BEN: PhoneState.BUSY}
    assert list(floor.members[SUPPORT]) == [BEN]
    gone = floor.apply(ev.QueueMemberRemoved(*pbx.by(), SUPPORT, BEN))
    assert len(gone) == 1
    assert not floor.members[SUPPORT]


# --- events that name no channel, or several ---------------------------------------------------


def test_a_dialplan_signal_and_an_originates_end_stand_on_the_ladder(
    floor: Floor, pbx: PretendPbx
) -> None:
    pbx.customer_calls()
    uniqueid = pbx.channels[1].uniqueid
    pbx.tell(ev.DialplanSignalled(*pbx.by(), "AMD", pbx.channels[1], {"Status": "HUMAN"}))
    ended_well = pbx.tell(ev.OriginateEnded(*pbx.by(), uniqueid, succeeded=True, reason=4))
    pbx.ends(1)
    call = ended(play(floor, pbx))
    assert len(call.ladder) == 5
    assert floor.apply(ended_well) == []


def test_what_names_no_known_channel_changes_nothing(floor: Floor, pbx: PretendPbx) -> None:
    stranger = Uniqueid("lab-1.1")
    pbx.tell(ev.DialplanSignalled(*pbx.by(), "tick", None))
    pbx.tell(ev.OriginateEnded(*pbx.by(), None, succeeded=False, reason=0))
    pbx.tell(ev.OriginateEnded(*pbx.by(), stranger, succeeded=False, reason=0))
    pbx.tell(ev.ChannelRenamed(*pbx.by(), stranger, "PJSIP/1001-x"))
    assert play(floor, pbx) == []


def test_an_event_that_joins_two_unknown_calls_tells_of_one(floor: Floor, pbx: PretendPbx) -> None:
    pbx.create(1, "trunk-a")
    pbx.create(2, "1001")
    pbx.told.clear()
    joined = pbx.channel(2, linkedid=pbx.channels[1].linkedid)
    own = pbx.create(2, "1001")
    pbx.told.clear()
    assert isinstance(own, ev.ChannelCreated)
    pbx.tell(ev.AttendedTransferred(*pbx.by(), pbx.channels[1], own.channel, joined, None))
    changes = play(floor, pbx)
    assert [type(change) for change in changes] == [CallStarted]
    assert list(floor.calls) == [call_id(LAB, Linkedid("lab-1700000000.1"))]


def test_a_second_dial_status_does_not_overwrite_the_first(floor: Floor, pbx: PretendPbx) -> None:
    pbx.create(1, "1001", exten="+33123456789")
    pbx.calls_in(1)
    pbx.create(2, "trunk-a", linked=1)
    pbx.dial_ends(1, 2, "BUSY")
    pbx.dial_ends(1, 2, "NOANSWER")
    pbx.ends(2)
    pbx.ends(2)
    pbx.ends(1)
    assert ended(play(floor, pbx)).result is Result.BUSY
