from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from callcore import registry
from callcore.call import Direction, Result
from callcore.changes import (
    CallEnded,
    CallStarted,
    FloorFresh,
    FloorStale,
)
from callcore.events import ChannelState
from tests.unit.callcore.playing import ended, only, play, ringing
from tests.unit.callcore.pretend_pbx import ANN, START, SUPPORT

if TYPE_CHECKING:
    import pytest

    from callcore.floor import Floor
    from tests.unit.callcore.pretend_pbx import PretendPbx


def test_a_lost_link_makes_the_floor_stale_once(floor: Floor, pbx: PretendPbx) -> None:
    pbx.lists()
    assert [type(change) for change in play(floor, pbx)] == [FloorFresh]
    pbx.loses_link()
    pbx.loses_link()
    changes = play(floor, pbx)
    assert changes == [FloorStale(START + timedelta(seconds=2), "connection reset")]
    assert floor.stale_since == START + timedelta(seconds=2)


def test_a_snapshot_makes_the_floor_fresh_again(floor: Floor, pbx: PretendPbx) -> None:
    pbx.lists()
    pbx.loses_link()
    play(floor, pbx)
    pbx.lists()
    assert [type(change) for change in play(floor, pbx)] == [FloorFresh]
    assert floor.stale_since is None
    pbx.lists()
    assert play(floor, pbx) == []


def test_a_call_that_vanished_ends_as_unknown(floor: Floor, pbx: PretendPbx) -> None:
    pbx.conversation()
    pbx.loses_link()
    pbx.lists()
    changes = play(floor, pbx)
    assert ended(changes).result is Result.UNKNOWN
    assert ended(changes).ended_at == pbx.now
    assert isinstance(changes[-1], FloorFresh)
    assert not floor.calls


def test_a_call_that_lost_one_leg_unseen_goes_on(floor: Floor, pbx: PretendPbx) -> None:
    pbx.customer_calls()
    pbx.phone_rings(2, "1001")
    pbx.loses_link()
    pbx.lists(1)
    changes = play(floor, pbx)
    assert ringing(changes)[-1] == (ANN, "no-answer")
    pbx.ends(1)
    assert ended(play(floor, pbx)).result is Result.UNKNOWN  # perhaps 1001 had taken it


def test_a_snapshot_tells_what_became_of_known_channels(floor: Floor, pbx: PretendPbx) -> None:
    pbx.customer_calls()
    pbx.phone_rings()
    pbx.loses_link()
    pbx.channel(1, state=ChannelState.UP)
    pbx.channel(2, state=ChannelState.UP)
    pbx.lists(1, 2, bridge="b")
    changes = play(floor, pbx)
    assert ringing(changes)[-1] == (ANN, "answered")
    (call,) = floor.calls.values()
    assert call.agents == (ANN,)


def test_live_channels_are_adopted(floor: Floor, pbx: PretendPbx) -> None:
    pbx.conversation()
    pbx.told.clear()
    pbx.lists(1, 2, bridge="b")
    (started,) = only(CallStarted, play(floor, pbx))
    assert started.call.started_at == pbx.now - timedelta(seconds=30)
    assert started.call.direction is Direction.INBOUND
    pbx.both_hang_up()
    call = ended(play(floor, pbx))
    assert call.result is Result.ANSWERED
    assert call.talk_s > 30


def test_an_adopted_call_that_was_up_before_may_have_been_answered(
    floor: Floor, pbx: PretendPbx
) -> None:
    pbx.customer_calls()
    pbx.answers(1)
    pbx.told.clear()
    pbx.lists(1)
    pbx.ends(1)
    assert ended(play(floor, pbx)).result is Result.UNKNOWN


def test_an_adopted_caller_in_a_queue_counts_and_may_abandon(floor: Floor, pbx: PretendPbx) -> None:
    pbx.customer_calls()
    pbx.answers(1)
    pbx.told.clear()
    pbx.lists(1, waiting=(1,))
    play(floor, pbx)
    assert floor.waiting == {SUPPORT: 1}
    pbx.abandons(1)
    pbx.ends(1)
    assert ended(play(floor, pbx)).result is Result.ABANDONED


def test_a_channel_heard_of_since_the_listing_began_stays(floor: Floor, pbx: PretendPbx) -> None:
    listing = pbx.lists()
    pbx.customer_calls()
    pbx.told = [*pbx.told[1:], listing]
    changes = play(floor, pbx)
    assert not only(CallEnded, changes)
    assert len(floor.calls) == 1


def test_a_listed_channel_whose_end_was_heard_meanwhile_stays_dead(
    floor: Floor, pbx: PretendPbx
) -> None:
    pbx.customer_calls()
    listing = pbx.lists(1)
    pbx.ends(1)
    pbx.told = [pbx.told[-1], listing]
    play(floor, pbx)
    assert not floor.calls


def test_what_a_known_channel_did_since_the_listing_began_stands(
    floor: Floor, pbx: PretendPbx
) -> None:
    pbx.customer_calls()
    pbx.phone_rings()
    listing = pbx.lists(1, 2)
    pbx.phone_takes()
    pbx.told.remove(listing)
    pbx.told.append(listing)
    play(floor, pbx)
    pbx.now += timedelta(seconds=30)
    pbx.both_hang_up()
    assert ended(play(floor, pbx)).talk_s > 30


def test_after_a_restart_of_asterisk_nothing_older_lives(floor: Floor, pbx: PretendPbx) -> None:
    pbx.conversation()
    pbx.loses_link()
    pbx.lists(boot=pbx.now)
    assert ended(play(floor, pbx)).result is Result.UNKNOWN
    assert not floor.calls


def test_a_boot_told_in_a_wrong_time_zone_ends_nothing_that_lives(
    floor: Floor, pbx: PretendPbx
) -> None:
    pbx.conversation()
    pbx.loses_link()
    pbx.lists(1, 2, bridge="b", boot=pbx.now + timedelta(hours=2))
    assert not only(CallEnded, play(floor, pbx))
    assert len(floor.calls) == 1


def test_a_listing_does_not_wake_channels_that_are_long_forgotten(
    floor: Floor, pbx: PretendPbx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "ENDED_CALLS", 0)
    pbx.customer_calls()
    pbx.ends(1)
    pbx.lists(1, waiting=(1,))
    assert isinstance(play(floor, pbx)[-1], FloorFresh)
    assert not floor.calls
    assert not floor.waiting
