from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from callcore import events as ev
from callcore.call import Direction, LegRole, Result
from callcore.changes import (
    CallsMerged,
    CallStarted,
)
from callcore.events import Party
from callcore.ids import Linkedid, call_id
from tests.unit.callcore.playing import ended, only, play
from tests.unit.callcore.pretend_pbx import ANN, ANNA, BEN, LAB, START

if TYPE_CHECKING:
    from callcore.floor import Floor
    from tests.unit.callcore.pretend_pbx import PretendPbx


def test_hold_is_counted_apart_from_talk(floor: Floor, pbx: PretendPbx) -> None:
    pbx.conversation()
    pbx.holds(2)
    pbx.now += timedelta(seconds=20)
    pbx.unholds(2)
    pbx.both_hang_up()
    call = ended(play(floor, pbx))
    assert call.hold_s == pytest.approx(21.0, abs=0.01)
    customer, agent = call.legs
    assert customer.hold_s == pytest.approx(21.0, abs=0.01)
    assert agent.hold_s == pytest.approx(21.0, abs=0.01)
    assert call.talk_s == pytest.approx(customer.talk_s, abs=0.01)


def test_a_blind_transfer_is_one_call_with_two_agents(floor: Floor, pbx: PretendPbx) -> None:
    pbx.conversation()
    pbx.tell(ev.BlindTransferred(*pbx.by(), pbx.channels[2], pbx.channels[1], "transfer", "1002"))
    pbx.leaves(1)
    pbx.leaves(2)
    pbx.ends(2)
    pbx.phone_rings(3, "1002")
    pbx.phone_takes(3, bridge="c")
    pbx.both_hang_up(phone=3, bridge="c")
    changes = play(floor, pbx)
    assert len(only(CallStarted, changes)) == 1
    call = ended(changes)
    assert call.agents == (ANN, BEN)
    assert call.hold_s > 0  # the customer waited for the second


def test_an_attended_transfer_merges_the_consult_into_the_customers_call(
    floor: Floor, pbx: PretendPbx
) -> None:
    pbx.conversation()
    pbx.holds(2)
    pbx.create(3, "1001", caller=Party("1001"), exten="1002")  # his second line
    pbx.calls_in(3)
    pbx.phone_rings(4, "1002", caller=3)
    pbx.phone_takes(4, caller=3, bridge="c")
    changes = play(floor, pbx)
    assert [each.call.direction for each in only(CallStarted, changes)] == [
        Direction.INBOUND,
        Direction.INTERNAL,
    ]

    pbx.tell(
        ev.AttendedTransferred(
            *pbx.by(), pbx.channels[2], pbx.channels[3], pbx.channels[1], pbx.channels[4]
        )
    )
    pbx.leaves(2)
    pbx.ends(2)
    pbx.leaves(4, "c")
    pbx.leaves(3, "c")
    pbx.channel(4, linkedid=Linkedid("lab-1700000000.1"))
    pbx.enters(4, "b")
    pbx.ends(3)
    changes = play(floor, pbx)
    (merged,) = only(CallsMerged, changes)
    assert merged.gone == call_id(LAB, Linkedid("lab-1700000000.3"))
    assert merged.call.id == call_id(LAB, Linkedid("lab-1700000000.1"))

    pbx.both_hang_up(phone=4)
    call = ended(play(floor, pbx))
    assert call.direction is Direction.INBOUND
    assert call.agents == (ANN, BEN)
    assert len(call.legs) == 4
    assert call.linkedids == ("lab-1700000000.1", "lab-1700000000.3")


def test_an_older_internal_call_gives_the_id_but_the_customer_gives_the_rest(
    floor: Floor, pbx: PretendPbx
) -> None:
    pbx.create(1, "1001", caller=Party("1001"), exten="1002")
    pbx.calls_in(1)
    pbx.phone_rings(2, "1002")
    pbx.phone_takes(2)
    pbx.create(3, "trunk-a", exten="+4930100")
    pbx.calls_in(3)
    pbx.phone_rings(4, "1001", caller=3)
    pbx.phone_takes(4, caller=3, bridge="c")
    pbx.links(3, 1)
    changes = play(floor, pbx)
    (merged,) = only(CallsMerged, changes)
    assert merged.call.id == call_id(LAB, Linkedid("lab-1700000000.1"))
    assert merged.call.direction is Direction.INBOUND
    assert merged.call.customer == ANNA
    assert merged.call.started_at == START + timedelta(seconds=11)


def test_an_older_linkedid_never_seen_before_renames_the_call(
    floor: Floor, pbx: PretendPbx
) -> None:
    pbx.customer_calls(5)
    pbx.links(5, 3)
    (merged,) = only(CallsMerged, play(floor, pbx))
    assert merged.gone == call_id(LAB, Linkedid("lab-1700000000.5"))
    assert merged.call.id == call_id(LAB, Linkedid("lab-1700000000.3"))
    assert list(floor.calls) == [merged.call.id]


def test_a_younger_linkedid_changes_nothing_of_the_id(floor: Floor, pbx: PretendPbx) -> None:
    pbx.customer_calls(5)
    pbx.links(5, 9)
    assert not only(CallsMerged, play(floor, pbx))
    pbx.create(6, "1001", linked=9)
    play(floor, pbx)
    assert list(floor.calls) == [call_id(LAB, Linkedid("lab-1700000000.5"))]


def test_a_parked_customer_is_on_hold(floor: Floor, pbx: PretendPbx) -> None:
    pbx.conversation()
    pbx.leaves(1)
    pbx.leaves(2)
    pbx.ends(2)
    pbx.enters(1, "lot", holding=True)
    pbx.create(9, "trunk-a")  # somebody else is parked there too
    pbx.enters(9, "lot", holding=True)
    pbx.now += timedelta(seconds=60)
    pbx.ends(1)
    call = ended(play(floor, pbx))
    assert call.hold_s >= 60
    assert call.result is Result.ANSWERED


def test_a_guest_in_a_conference_talks_to_those_of_another_call(
    floor: Floor, pbx: PretendPbx
) -> None:
    pbx.conversation()
    pbx.create(5, "trunk-a", exten="800")
    pbx.enters(5, "b")
    pbx.ends(5)
    changes = play(floor, pbx)
    call = ended(changes)
    assert call.result is Result.ANSWERED
    assert call.agents == ()  # no phone of his own call
    assert len(floor.calls) == 1


def test_local_channels_are_service_legs_and_pass_the_voice_through(
    floor: Floor, pbx: PretendPbx
) -> None:
    pbx.customer_calls()
    pbx.create(2, "Local/1001@agents-00000001;1", linked=1)
    pbx.create(3, "Local/1001@agents-00000001;2", linked=1)
    pbx.tell(ev.LocalBridged(*pbx.by(), pbx.channels[2], pbx.channels[3]))
    pbx.phone_rings(4, "1001", caller=3)
    pbx.answers(4)
    pbx.enters(4, "y")
    pbx.enters(3, "y")
    pbx.enters(2, "x")
    pbx.enters(1, "x")
    pbx.now += timedelta(seconds=9)
    pbx.tick = timedelta(milliseconds=1)
    pbx.leaves(1, "x")
    for number in (4, 3, 2, 1):
        pbx.ends(number)
    call = ended(play(floor, pbx))
    assert [leg.role for leg in call.legs] == [
        LegRole.CUSTOMER, LegRole.SERVICE, LegRole.SERVICE, LegRole.AGENT,
    ]  # fmt: skip
    assert call.talk_s >= 9
    assert call.agents == (ANN,)


def test_a_masquerade_renames_the_channel(floor: Floor, pbx: PretendPbx) -> None:
    pbx.customer_calls()
    uniqueid = pbx.channels[1].uniqueid
    pbx.tell(ev.ChannelRenamed(*pbx.by(), uniqueid, "PJSIP/trunk-a-ffffffff"))
    play(floor, pbx)
    (call,) = floor.calls.values()
    assert call.legs[0].channel == "PJSIP/trunk-a-ffffffff"
