"""What agents saw of calls that a real Asterisk carried."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from callcore.changes import PhoneRinging
from callcore.ids import Extension
from screenpop.messages import PopChanged, PopClosed, PopOpened, PopState, ServerMessage
from screenpop.pops import Pops
from tests.traces.replay import NAMES, events_of, replay

AGENTS = tuple(str(extension) for extension in range(1001, 1009))
USERS = {Extension(agent): agent for agent in AGENTS}


@cache
def seen(name: str) -> tuple[Pops, dict[str, list[ServerMessage]]]:
    """The pops at the end of a trace, and what each agent was told on the way."""
    pops = Pops()
    told: dict[str, list[ServerMessage]] = {agent: [] for agent in AGENTS}
    for change in replay(events_of(name))[1]:
        for delivery in pops.apply(change, USERS):
            if delivery.user_id is not None:
                told[delivery.user_id].append(delivery.message)
    return pops, told


def story(name: str, agent: str) -> list[str]:
    """An agent's pops of a trace in words."""
    return [words for message in seen(name)[1][agent] if (words := _words(message))]


def _words(message: ServerMessage) -> str:
    match message:
        case PopOpened(pop, replaces):
            place = " in the place of the colleague" if replaces else ""
            return f"{pop.state.value} {pop.number}{place}"
        case PopChanged(state=state, result=result):
            return state.value + (f" {result.value}" if result else "")
        case PopClosed(reason=reason):
            return f"closed, {reason.value}"
        case _:
            return ""


@pytest.mark.parametrize(
    ("trace", "agent", "told"),
    [
        (
            "inbound-answered",
            "1001",
            ["ringing +12025550101", "talking", "ended", "ended answered"],
        ),
        ("inbound-two-phones", "1001", ["ringing +12025550101", "closed, answered-elsewhere"]),
        ("queue-rings-all", "1006", ["ringing +12025550101", "closed, answered-elsewhere"]),
        ("inbound-caller-gives-up", "1001", ["ringing +12025550101", "closed, caller-gone"]),
        ("queue-abandoned", "1001", ["ringing +12025550101", "closed, caller-gone"]),
        ("queue-agent-misses", "1001", ["ringing +12025550101", "closed, no-answer"]),
        ("inbound-declined", "1001", ["ringing +12025550101", "closed, no-answer"]),
        ("inbound-phone-not-registered", "1001", []),
        (
            "click-to-call",
            "1003",
            ["dialling +12025550188", "ringing", "dialling", "talking", "ended answered"],
        ),
        (
            "blind-transfer",
            "1002",
            ["ringing +12025550101", "talking", "ended", "ended answered"],
        ),
        (
            "refer-attended",
            "1002",
            [
                "ringing 1001",
                "talking",
                "talking +12025550101 in the place of the colleague",
                "ended",
                "ended answered",
            ],
        ),
        (
            "parked",
            "1003",
            [
                "dialling 701",
                "talking +12025550101 in the place of the colleague",
                "ended",
                "ended answered",
            ],
        ),
    ],
)
def test_what_an_agent_is_told(trace: str, agent: str, told: list[str]) -> None:
    assert story(trace, agent) == told


@pytest.mark.parametrize("name", NAMES)
def test_no_call_lives_on_a_screen_when_all_are_over(name: str) -> None:
    pops, _ = seen(name)
    left = {agent: {pop.state for pop in pops.of(agent)} for agent in AGENTS}
    assert all(states <= {PopState.ENDED} for states in left.values())


@pytest.mark.parametrize("name", NAMES)
def test_each_ring_of_a_phone_is_on_its_screen_once(name: str) -> None:
    _, changes = replay(events_of(name))
    rings = Counter(
        change.extension
        for change in changes
        if isinstance(change, PhoneRinging) and change.extension in USERS
    )
    shown = Counter(
        agent for agent in AGENTS for words in story(name, agent) if words.startswith("ringing")
    )
    assert shown == rings


@pytest.mark.parametrize("name", NAMES)
def test_a_screen_rebuilt_from_its_messages_is_the_snapshot(name: str) -> None:
    pops, told = seen(name)
    for agent in AGENTS:
        screen: dict[str, tuple[PopState, object]] = {}
        for message in told[agent]:
            match message:
                case PopOpened(pop, replaces):
                    screen.pop(replaces or "", None)
                    screen[pop.call_id] = pop.state, pop.ended_at
                case PopChanged():
                    assert message.call_id in screen
                    screen[message.call_id] = message.state, message.ended_at
                case PopClosed():
                    del screen[message.call_id]
                case _:
                    pass
        assert screen == {pop.call_id: (pop.state, pop.ended_at) for pop in pops.of(agent)}
