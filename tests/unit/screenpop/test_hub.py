from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from callcore.ids import QueueName
from screenpop.hub import Hub
from screenpop.messages import Custom, QueueChanged, Resume

T0 = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NEW = Resume("", 0)


@dataclass(eq=False)
class Tab:
    """A connection that remembers."""

    backlog_bytes: int = 0
    got: list[dict[str, Any]] = field(default_factory=list)
    aborted: int = 0
    rechecked: int = 0

    def send(self, text: bytes) -> None:
        self.got.append(json.loads(text))

    def abort(self) -> None:
        self.aborted += 1

    def recheck(self) -> None:
        self.rechecked += 1

    @property
    def types(self) -> list[str]:
        return [message["type"] for message in self.got]

    @property
    def numbers(self) -> list[int]:
        return [m["n"] for m in self.got if m["type"] not in {"hello", "snapshot", "beat"}]


@pytest.fixture
def hub() -> Hub:
    streams = iter(f"stream{i}" for i in range(100))
    hub = Hub(state_interval_s=0.02, new_stream_id=lambda: next(streams))
    hub.snapshot_source = lambda user_id: {"pops": [], "whose": user_id}
    return hub


def joined(hub: Hub, user_id: str = "ann", resume: Resume = NEW, **fields: Any) -> Tab:
    tab = Tab(**fields)
    hub.join(user_id, tab, resume)
    return tab


async def test_a_new_tab_gets_a_snapshot_then_what_comes(hub: Hub) -> None:
    tab = joined(hub)
    hub.push("ann", Custom("m", {"i": 1}))
    hello, snapshot, message = tab.got
    assert (hello["type"], hello["stream"], hello["resumed"]) == ("hello", "stream0", False)
    assert (snapshot["type"], snapshot["n"], snapshot["whose"]) == ("snapshot", 0, "ann")
    assert (message["n"], message["type"], message["i"]) == (1, "m", 1)


async def test_a_push_reaches_its_user_alone(hub: Hub) -> None:
    ann, bob = joined(hub, "ann"), joined(hub, "bob")
    hub.push("ann", Custom("m", {}))
    assert (ann.numbers, bob.numbers) == ([1], [])


async def test_a_push_to_all_is_numbered_in_each_stream_by_itself(hub: Hub) -> None:
    ann, bob = joined(hub, "ann"), joined(hub, "bob")
    hub.push("ann", Custom("m", {}))
    hub.push_all(Custom("m", {}))
    assert (ann.numbers, bob.numbers) == ([1, 2], [1])


async def test_tabs_of_one_user_share_a_stream(hub: Hub) -> None:
    first = joined(hub)
    hub.push("ann", Custom("m", {}))
    second = joined(hub)
    hub.push("ann", Custom("m", {}))
    assert (first.numbers, second.numbers) == ([1, 2], [2])
    assert first.got[0]["stream"] == second.got[0]["stream"]


async def test_a_tab_that_comes_back_gets_the_rest_and_no_snapshot(hub: Hub) -> None:
    tab = joined(hub)
    hub.push("ann", Custom("m", {"i": 1}))
    hub.leave("ann", tab)
    hub.push("ann", Custom("m", {"i": 2}))
    hub.push("ann", Custom("m", {"i": 3}))
    back = joined(hub, resume=Resume("stream0", 1))
    assert back.types == ["hello", "m", "m"]
    assert (back.got[0]["n"], back.got[0]["resumed"], back.numbers) == (1, True, [2, 3])


async def test_after_a_restart_the_stream_is_another_and_a_snapshot_comes(hub: Hub) -> None:
    tab = joined(hub, resume=Resume("of-the-former-process", 41))
    assert tab.types == ["hello", "snapshot"]


async def test_a_message_for_somebody_never_seen_is_his_snapshots_business(hub: Hub) -> None:
    hub.push("nobody", Custom("m", {}))
    assert joined(hub, "nobody").got[1]["n"] == 0


async def test_a_slow_tab_is_dropped_and_the_others_do_not_notice(hub: Hub) -> None:
    slow, quick, bob = joined(hub), joined(hub), joined(hub, "bob")
    slow.backlog_bytes = 1024 * 1024 + 1
    hub.push_all(Custom("m", {}))
    assert (slow.aborted, slow.numbers, hub.dropped_slow) == (1, [], 1)
    assert (quick.numbers, bob.numbers) == ([1], [1])


async def test_streams_of_the_long_gone_are_forgotten() -> None:
    hub = Hub(keep_stream_s=-1.0)
    tab = joined(hub)
    stream = tab.got[0]["stream"]
    hub.leave("ann", tab)
    joined(hub, "bob")
    assert joined(hub, "ann", Resume(stream, 0)).types == ["hello", "snapshot"]


async def test_fast_states_are_thinned_to_the_newest(hub: Hub) -> None:
    tab = joined(hub)
    for waiting in range(50):
        hub.push_all(QueueChanged(QueueName("sales"), waiting, T0))
    hub.push_all(QueueChanged(QueueName("support"), 7, T0))
    hub.push("ann", Custom("m", {}))
    await asyncio.sleep(0.05)
    assert [(m["queue"], m["waiting"]) for m in tab.got if m["type"] == "queue"] == [
        ("sales", 0),
        ("support", 7),
        ("sales", 49),
    ]
    assert tab.numbers == [1, 2, 3, 4]


async def test_who_is_here_is_known_by_the_first_tab_and_the_last(hub: Hub) -> None:
    heard: list[tuple[str, bool]] = []
    hub.on_presence = lambda user_id, online: heard.append((user_id, online))
    first, second = joined(hub), joined(hub)
    assert hub.online()["ann"].tabs == 2
    hub.leave("ann", first)
    hub.leave("ann", first)
    hub.leave("ann", second)
    hub.leave("stranger", second)
    assert heard == [("ann", True), ("ann", False)]
    assert hub.online() == {}


async def test_all_tabs_of_a_user_recheck_their_sessions_and_nobody_elses(hub: Hub) -> None:
    one, two, bob = joined(hub), joined(hub), joined(hub, "bob")
    hub.recheck_user("ann")
    hub.recheck_user("stranger")
    assert (one.rechecked, two.rechecked, bob.rechecked) == (1, 1, 0)


async def test_beats_say_where_the_stream_stands_and_take_no_number(hub: Hub) -> None:
    tab = joined(hub)
    hub.push("ann", Custom("m", {}))
    hub.beat_all()
    hub.beat("ann", tab, echo=12.0)
    hub.beat("stranger", tab)
    hub.push("ann", Custom("m", {}))
    beats = [m for m in tab.got if m["type"] == "beat"]
    assert [(b["n"], b.get("echo")) for b in beats] == [(1, None), (1, 12.0)]
    assert tab.numbers == [1, 2]
