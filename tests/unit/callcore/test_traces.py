"""What a real Asterisk sent, replayed: each recorded story must come to the same calls for ever."""

from __future__ import annotations

import json

import pytest

from tests.traces.replay import FOLDER, NAMES, events_of, outcome_of, replay


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_story_comes_to_the_calls_it_was(name: str) -> None:
    floor, changes = replay(events_of(name))
    expected = json.loads((FOLDER / f"{name}.expected.json").read_text("utf-8"))
    assert outcome_of(changes) == expected
    assert not floor.calls
    assert not floor.waiting
