from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from screenpop.coalesce import Coalescer


def test_the_first_change_of_a_quiet_key_goes_out_at_once() -> None:
    assert Coalescer[str](0.1).offer("k", "a", 5.0) == "a"


def test_what_follows_too_fast_is_held_and_only_the_newest_goes_out() -> None:
    states = Coalescer[str](0.1)
    states.offer("k", "a", 5.0)
    assert states.offer("k", "b", 5.01) is None
    assert states.offer("k", "c", 5.02) is None
    assert states.due_at == 5.1
    assert states.take_due(5.09) == []
    assert states.take_due(5.1) == ["c"]
    assert states.due_at is None


def test_a_held_value_counts_as_sent_when_it_goes_out() -> None:
    states = Coalescer[str](0.1)
    states.offer("k", "a", 5.0)
    states.offer("k", "b", 5.05)
    states.take_due(5.1)
    assert states.offer("k", "c", 5.15) is None
    assert states.take_due(5.2) == ["c"]


def test_a_late_timer_never_sends_an_old_value_after_a_new_one() -> None:
    states = Coalescer[str](0.1)
    states.offer("k", "a", 5.0)
    states.offer("k", "b", 5.05)
    assert states.offer("k", "c", 5.3) == "c"
    assert states.take_due(5.4) == []


def test_keys_do_not_hold_each_other_back() -> None:
    states = Coalescer[str](0.1)
    assert states.offer("k", "a", 5.0) == "a"
    assert states.offer("j", "b", 5.0) == "b"


def test_quiet_keys_are_forgotten() -> None:
    states = Coalescer[str](0.1)
    states.offer("k", "a", 5.0)
    states.offer("j", "a", 6.0)
    states.offer("j", "b", 6.0)
    states.take_due(6.1)
    assert list(states._sent_at) == ["j"]


@given(st.lists(st.tuples(st.sampled_from("kj"), st.floats(0, 0.3)), max_size=60))
def test_each_key_speaks_at_most_ten_times_a_second_and_its_last_word_is_its_last_value(
    changes: list[tuple[str, float]],
) -> None:
    states = Coalescer[tuple[str, int]](0.1)
    sent: list[tuple[str, int, float]] = []
    at = 0.0
    for i, (key, pause) in enumerate(changes):
        until = at + pause
        while (due_at := states.due_at) is not None and due_at <= until:
            sent += [(*value, due_at) for value in states.take_due(due_at)]
        at = until
        value = states.offer(key, (key, i), at)
        if value is not None:
            sent.append((*value, at))
    while (due_at := states.due_at) is not None:
        sent += [(*value, due_at) for value in states.take_due(due_at)]
    for key in "kj":
        times = [when for k, _, when in sent if k == key]
        values = [i for k, i, _ in sent if k == key]
        assert all(b - a >= 0.1 - 1e-9 for a, b in pairwise(times))
        assert values == sorted(values)
        offered = [i for i, (k, _) in enumerate(changes) if k == key]
        assert values[-1:] == offered[-1:]
