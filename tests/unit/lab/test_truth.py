"""The ground truth is read from the PBX's records, and finds every way a log can be wrong."""

from __future__ import annotations

from typing import Any

import pytest

from callcore.changes import CallEnded
from lab.truth import Conversation, compare, conversations
from tests.traces.replay import FOLDER, NAMES, events_of, replay


def logged(name: str) -> list[dict[str, Any]]:
    """What the floor makes of a recorded trace, as a log's entries."""
    _, changes = replay(events_of(name))
    calls = [change.call for change in changes if isinstance(change, CallEnded)]
    return [
        {
            "id": call.id,
            "direction": call.direction.value,
            "result": call.result.value if call.result else None,
            "started_at": call.started_at.timestamp(),
            "ended_at": call.ended_at.timestamp() if call.ended_at else None,
            "channels": [leg.uniqueid for leg in call.legs],
        }
        for call in calls
    ]


def truth(name: str) -> list[Conversation]:
    return conversations(FOLDER / f"{name}.cel.csv")


@pytest.mark.parametrize("name", NAMES)
def test_the_floor_agrees_with_cel_on_every_recorded_story(name: str) -> None:
    verdict = compare(truth(name), logged(name))
    assert verdict.ok, str(verdict)


def test_a_call_that_is_not_logged_is_missing() -> None:
    verdict = compare(truth("same-second"), logged("same-second")[1:])
    assert len(verdict.missing) == 1


def test_a_call_that_is_logged_twice_is_doubled() -> None:
    entries = logged("queue-answered")
    verdict = compare(truth("queue-answered"), [*entries, {**entries[0], "id": "again"}])
    assert len(verdict.doubled) == 1


def test_a_call_nobody_made_is_invented() -> None:
    ghost = {**logged("queue-answered")[0], "channels": ["lab-1.1"], "id": "ghost"}
    verdict = compare(truth("queue-answered"), [*logged("queue-answered"), ghost])
    assert verdict.invented == ["ghost"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"direction": "outbound"},
        {"result": "missed"},
        {"ended_at": None},
        {"started_at": 1.0},
        {"ended_at": 1.0},
    ],
)
def test_a_call_that_is_logged_wrongly_differs(wrong: dict[str, Any]) -> None:
    (entry,) = logged("queue-answered")
    assert len(compare(truth("queue-answered"), [{**entry, **wrong}]).differing) == 1


def test_a_call_that_lacks_a_leg_differs() -> None:
    (entry,) = logged("queue-answered")
    verdict = compare(truth("queue-answered"), [{**entry, "channels": entry["channels"][:1]}])
    assert "lacks channels" in verdict.differing[0]


def test_phones_that_rang_are_known() -> None:
    (conversation,) = truth("inbound-two-phones")
    assert conversation.phones == {"1001", "1002"}


def test_two_conversations_in_one_entry_are_merged() -> None:
    first, second, *rest = logged("same-second")
    both = {**first, "channels": [*first["channels"], *second["channels"]]}
    verdict = compare(truth("same-second"), [both, *rest])
    assert len(verdict.merged) == 1
    assert not verdict.ok


def test_a_channel_of_another_call_is_seen() -> None:
    (entry,) = logged("queue-answered")
    verdict = compare(truth("queue-answered"), [{**entry, "channels": [*entry["channels"], "x"]}])
    assert "another call" in verdict.differing[0]
