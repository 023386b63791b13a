"""What a real Asterisk sent, replayed: each recorded story must come to the same calls for ever."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from callcore.changes import CallEnded
from lab import truth
from tests.traces.replay import FOLDER, NAMES, events_of, outcome_of, replay

if TYPE_CHECKING:
    from callcore.call import Call


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_story_comes_to_the_calls_it_was(name: str) -> None:
    floor, changes = replay(events_of(name))
    expected = json.loads((FOLDER / f"{name}.expected.json").read_text("utf-8"))
    assert outcome_of(changes) == expected
    assert not floor.calls
    assert not floor.waiting


@pytest.mark.parametrize("name", NAMES)
def test_the_calls_are_the_connected_linkedids_of_asterisks_own_record(name: str) -> None:
    _, changes = replay(events_of(name))
    calls = [
        frozenset(change.call.linkedids) for change in changes if isinstance(change, CallEnded)
    ]
    assert sorted(calls, key=sorted) == sorted(linked_in_cel(name), key=sorted)


def linked_in_cel(name: str) -> list[frozenset[str]]:
    """Linkedids that a channel bore both of belong together; the rule, told from CEL's rows alone."""
    borne: dict[str, set[str]] = {}
    with (FOLDER / f"{name}.cel.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.reader(rows):
            borne.setdefault(row[2], set()).add(row[3])
    together: list[frozenset[str]] = []
    for linkedids in borne.values():
        touching = [group for group in together if group & linkedids]
        together = [group for group in together if group not in touching]
        together.append(frozenset(linkedids).union(*touching))
    return together


@pytest.mark.parametrize("name", NAMES)
def test_the_labs_ground_truth_finds_nothing_to_object_to(name: str) -> None:
    _, changes = replay(events_of(name))
    log = [as_logged(change.call) for change in changes if isinstance(change, CallEnded)]
    verdict = truth.compare(truth.conversations(FOLDER / f"{name}.cel.csv"), log)
    assert verdict.ok, str(verdict)


def as_logged(call: Call) -> dict[str, object]:
    assert call.result is not None
    assert call.ended_at is not None
    return {
        "id": call.id,
        "direction": call.direction.value,
        "result": call.result.value,
        "started_at": call.started_at.timestamp(),
        "ended_at": call.ended_at.timestamp(),
        "channels": [leg.uniqueid for leg in call.legs],
    }
