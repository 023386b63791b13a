"""Facts of a call: a join that knows no order."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcore.call import Call, Result
from callcore.events import Party
from callcore.ids import Extension, QueueName, Uniqueid
from crm_store import facts
from crm_store.facts import Source, Stamp
from tests.contract.calls import PBX, answered, at, ended, ringing
from tests.contract.test_call_log_properties import versions


@given(st.lists(versions(), min_size=1, max_size=4))
def test_any_order_and_repetition_tell_the_same(told: list[Call]) -> None:
    stated = [facts.facts_of(call) for call in told]
    whole = reduce(facts.join, stated)
    for order in permutations(stated):
        assert reduce(facts.join, [*order, order[0]]) == whole


@given(st.lists(versions(), min_size=3, max_size=3))
def test_joins_may_be_joined(told: list[Call]) -> None:
    one, two, three = (facts.facts_of(call) for call in told)
    assert facts.join(facts.join(one, two), three) == facts.join(one, facts.join(two, three))


@given(versions())
def test_facts_are_kept_as_text(call: Call) -> None:
    stated = facts.facts_of(call)
    assert facts.from_text(facts.to_text(stated)) == stated


@given(st.lists(versions(), min_size=2, max_size=4))
def test_legs_join_in_any_order(told: list[Call]) -> None:
    said = [(facts.stamp_of(call), call.legs[0]) for call in told]
    whole = reduce(facts.join_legs, said)
    for order in permutations(said):
        assert reduce(facts.join_legs, [*order, order[0]]) == whole


def test_a_call_comes_back_from_its_facts() -> None:
    call = replace(ended(answered(ringing())), queue=QueueName("support"))
    assert facts.call_of(call.id, PBX, facts.facts_of(call), call.legs) == call


def test_the_newer_statement_is_believed() -> None:
    older = replace(ringing(), customer=Party("+12125550142", "Old name"))
    newer = replace(older, customer=Party("+12125550142", "New name"), changed_at=at(9))
    joined = facts.join(facts.facts_of(newer), facts.facts_of(older))
    assert joined["name"][1] == "New name"


def test_what_was_seen_is_believed_before_what_records_tell_later() -> None:
    seen = ended(answered(ringing()))
    records = replace(seen, result=Result.FAILED, recovered=True, changed_at=at(999))
    joined = facts.join(facts.facts_of(records), facts.facts_of(seen))
    assert joined["result"][1] == "answered"
    assert not facts.recovered(joined)


@pytest.mark.parametrize("recovered", [True, False])
def test_any_known_result_is_better_than_unknown(recovered: bool) -> None:  # noqa: FBT001 - a case
    unknown = replace(
        ended(ringing()), result=Result.UNKNOWN, recovered=recovered, changed_at=at(999)
    )
    known = replace(ended(answered(ringing())), recovered=True)
    joined = facts.join(facts.facts_of(unknown), facts.facts_of(known))
    assert joined["result"][1] == "answered"
    assert facts.recovered(joined)


def test_a_guessed_end_has_no_durations() -> None:
    guess = replace(answered(ringing()), ended_at=at(600), result=Result.UNKNOWN, talk_s=595.0)
    stated = facts.facts_of(guess)
    assert "talk_s" not in stated
    assert stated["ended_at"][0].source is Source.GUESS


def test_without_the_time_of_its_last_change_the_newest_time_in_it_counts() -> None:
    call = replace(answered(ringing()), changed_at=None)
    assert facts.moment(facts.stamp_of(call).at_us) == at(5)
    leg = replace(call.legs[0], ended_at=at(8))
    assert facts.moment(facts.stamp_of(replace(call, legs=(leg,))).at_us) == at(8)


def test_at_the_same_time_the_version_with_more_progress_is_newer() -> None:
    early = replace(ringing(), agents=(Extension("1001"),), changed_at=at(5))
    late = replace(answered(ringing(), "1002"), changed_at=at(5))
    joined = facts.join(facts.facts_of(late), facts.facts_of(early))
    assert joined["agents"][1] == ["1002"]


def test_a_leg_keeps_its_earliest_times_and_longest_durations() -> None:
    leg = ringing().legs[0]
    one = (Stamp(Source.SEEN, 2, 0), replace(leg, ended_at=at(9), talk_s=3.0, hold_s=1.0))
    two = (Stamp(Source.SEEN, 1, 0), replace(leg, ringing_at=at(1), ended_at=at(8), talk_s=4.0))
    stamp, joined = facts.join_legs(one, two)
    assert stamp == one[0]
    assert (joined.ringing_at, joined.ended_at) == (at(1), at(8))
    assert (joined.talk_s, joined.hold_s) == (4.0, 1.0)


def test_a_leg_is_cleaned_for_keeping() -> None:
    leg = replace(ringing().legs[0], uniqueid=Uniqueid("lab-1.1"), party=Party("1\x00", "\ud800"))
    assert facts.clean_leg(leg).party == Party("1\ufffd", "\ufffd")
