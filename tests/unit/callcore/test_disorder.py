"""Whatever order events arrive in, twice, late or not at all: the floor stays in its right mind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from callcore import events as ev
from callcore.changes import CallEnded, CallsMerged, CallStarted, PhoneRinging, PhoneStoppedRinging
from callcore.floor import Floor
from callcore.ids import PbxId, call_id
from callcore.linkedids import oldest
from tests.traces.replay import NAMES, NUMBERING, events_of
from tests.unit.callcore.pretend_pbx import story

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from callcore.call import Call
    from callcore.changes import Change
    from callcore.events import Channel, Event
    from callcore.ids import CallId, Linkedid, Uniqueid

thorough = settings(deadline=None, max_examples=200)

FAR = 40
"""How many events one may arrive late."""

PRETENDED = "pretended"

recorded = st.sampled_from([PRETENDED, *NAMES]).map(
    cache(lambda name: story().told if name == PRETENDED else events_of(name))
)


@st.composite
def disordered(draw: st.DrawFn) -> tuple[Sequence[Event], list[Event]]:
    """A recorded story as it was, and as a bad day would have delivered it: late, and some of it twice."""
    events = draw(recorded)
    count = len(events)
    late = draw(st.dictionaries(st.integers(0, count - 1), st.integers(1, FAR), max_size=12))
    twice = draw(st.dictionaries(st.integers(0, count - 1), st.integers(0, FAR), max_size=12))
    order = [(at + late.get(at, 0) + 0.5 * (at in late), event) for at, event in enumerate(events)]
    order += [(at + delay + 0.25, events[at]) for at, delay in twice.items()]
    return events, [event for _, event in sorted(order, key=lambda pair: pair[0])]


def play(events: Iterable[Event]) -> tuple[Floor, list[Change]]:
    """Apply them all, looking at each step whether the floor is still sane."""
    floor = Floor(NUMBERING)
    told: list[Change] = []
    for event in events:
        changes = floor.apply(event)
        for change in changes:
            if isinstance(change, (CallStarted, CallEnded, PhoneRinging, PhoneStoppedRinging)):
                assert_sane(change.call)
        told += changes
    return floor, told


def assert_sane(call: Call) -> None:
    assert call.id == call_id(call.pbx, oldest(call.linkedids))
    assert call.legs
    phones = [leg.endpoint for leg in call.legs if leg.alive and leg.ringing_at]
    assert set(call.ringing) <= set(phones)
    assert set(call.agents) <= {leg.endpoint for leg in call.legs}
    assert (call.result is None) == (call.ended_at is None) == any(leg.alive for leg in call.legs)
    assert min(call.wait_s, call.talk_s, call.hold_s) >= 0
    if call.ended_at is not None:
        assert not call.ringing
        assert call.ended_at == max(leg.ended_at for leg in call.legs if leg.ended_at)


def final_calls(told: Iterable[Change]) -> dict[CallId, Call]:
    """The calls as the log would hold them in the end."""
    calls: dict[CallId, Call] = {}
    for change in told:
        if isinstance(change, CallsMerged):
            calls.pop(change.gone, None)
        if isinstance(change, (CallStarted, CallsMerged, CallEnded)):
            calls[change.call.id] = change.call
    return calls


def assert_told_once(told: Iterable[Change]) -> None:
    """No call begins twice, and no phone rings or stops twice in a row for the same call."""
    begun = [change.call.id for change in told if isinstance(change, CallStarted)]
    assert len(begun) == len(set(begun))


@thorough
@given(disordered())
def test_doubled_late_and_reordered_events_lose_and_invent_no_call(
    bad_day: tuple[Sequence[Event], list[Event]],
) -> None:
    events, delivered = bad_day
    _, straight = play(events)
    floor, told = play(delivered)
    assert not floor.calls
    assert not floor.waiting
    assert_told_once(told)
    expected, got = final_calls(straight), final_calls(told)
    assert got.keys() == expected.keys()
    for call_id_, call in got.items():
        assert {leg.uniqueid for leg in call.legs} == {
            leg.uniqueid for leg in expected[call_id_].legs
        }
        assert all(leg.ended_at for leg in call.legs)


@thorough
@given(recorded, st.data())
def test_everything_twice_is_everything_once(events: list[Event], data: st.DataObject) -> None:
    _, once = play(events)
    floor = Floor(NUMBERING)
    told: list[Change] = []
    for event in events:
        told += floor.apply(event)
        assert floor.apply(event) == []
    assert told == once


# --- a cut in the middle -----------------------------------------------------------------------


@dataclass
class Shadow:
    """What a PBX that sent these events would answer to a listing."""

    alive: dict[Uniqueid, Channel]
    born: dict[Uniqueid, datetime]
    room: dict[Uniqueid, str]

    @classmethod
    def after(cls, events: Iterable[Event]) -> Shadow:
        shadow = cls({}, {}, {})
        for event in events:
            shadow.see(event)
        return shadow

    def see(self, event: Event) -> None:
        channel = getattr(event, "channel", None)
        if channel is None:
            return
        match event:
            case ev.ChannelCreated():
                self.born[channel.uniqueid] = event.at
                self.alive[channel.uniqueid] = channel
            case ev.ChannelEnded():
                self.alive.pop(channel.uniqueid, None)
                self.room.pop(channel.uniqueid, None)
            case _ if channel.uniqueid in self.alive:
                self.alive[channel.uniqueid] = channel
        if isinstance(event, ev.BridgeEntered):
            self.room[channel.uniqueid] = event.bridge
        if isinstance(event, ev.BridgeLeft):
            self.room.pop(channel.uniqueid, None)

    def listing(self, pbx: PbxId, seq: int, at: datetime) -> ev.SnapshotTaken:
        boot = min(self.born.values(), default=at) - timedelta(hours=1)
        channels = tuple(
            ev.LiveChannel(channel, self.room.get(uniqueid, ""), self.born[uniqueid])
            for uniqueid, channel in self.alive.items()
        )
        return ev.SnapshotTaken(pbx, seq, at, boot, channels)


@thorough
@given(recorded, st.data())
def test_a_cut_with_a_snapshot_after_it_leaves_no_ghost_and_no_double(
    events: list[Event], data: st.DataObject
) -> None:
    first = data.draw(st.integers(1, len(events) - 1), label="link lost after")
    back = data.draw(st.integers(first, len(events)), label="back after")
    pbx, at = events[0].pbx, events[back - 1].at + timedelta(microseconds=1)
    lost = ev.LinkLost(pbx, first, events[first - 1].at, "cut")
    snapshot = Shadow.after(events[:back]).listing(pbx, back, at)
    after = [replace(event, seq=event.seq + 10_000) for event in events[back:]]
    floor, told = play([*events[:first], lost, snapshot, *after])

    assert not floor.calls
    assert not floor.waiting
    assert floor.stale_since is None
    assert_told_once(told)
    seen = final_calls(told)
    _, straight = play(events)
    whole = final_calls(straight)
    linkedids: list[Linkedid] = [link for call in seen.values() for link in call.linkedids]
    assert len(linkedids) == len(set(linkedids))  # no two calls share one: none is counted twice
    assert {link for call in whole.values() for link in call.linkedids} >= set(linkedids)
    assert all(call.result for call in seen.values())
