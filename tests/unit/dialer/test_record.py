from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.pacing.pacer import Pacer
from dialer.pacing.record import Recorder, read, replay
from dialer.pacing.state import Mode, Settings
from tests.unit.dialer.floor import Floor

if TYPE_CHECKING:
    from dialer.pacing.state import Moment


@pytest.fixture(scope="module")
def floor() -> Floor:
    floor = Floor(Pacer(Settings()), agents=12).run(600)
    floor.leave(2)
    return floor.run(100)


@pytest.fixture(scope="module")
def lines(floor: Floor) -> list[str]:
    recorder = Recorder()
    return [recorder.line(m, d) for m, d in zip(floor.moments, floor.decisions, strict=True)]


def in_order(moment: Moment) -> tuple[object, ...]:
    return (
        sorted(moment.agents, key=lambda a: str(a.id)),
        sorted(moment.calls, key=lambda c: str(c.id)),
        moment.happenings,
        moment.waiting,
        moment.free_lines,
        moment.at_s,
    )


def test_what_was_written_is_what_is_read(floor: Floor, lines: list[str]) -> None:
    read_back = [moment for moment, _ in read(lines)]
    assert [in_order(m) for m in read_back] == [in_order(m) for m in floor.moments]


def test_a_replay_decides_what_was_decided(floor: Floor, lines: list[str]) -> None:
    replayed = list(replay(lines, Settings()))
    assert [decision for _, decision in replayed] == floor.decisions
    assert all(dialled == decision.dial for dialled, decision in replayed)


def test_a_replay_with_other_settings_decides_otherwise(lines: list[str]) -> None:
    replayed = list(replay(lines, Settings(mode=Mode.PROGRESSIVE)))
    assert sum(d.dial for _, d in replayed) < sum(dialled for dialled, _ in replayed)


def test_a_second_without_news_is_a_short_line(lines: list[str]) -> None:
    assert min(len(line) for line in lines) < 160


def test_an_agent_who_is_taken_off_the_campaign_is_gone(floor: Floor) -> None:
    recorder = Recorder()
    first, second = floor.moments[0], floor.moments[1]
    fewer = type(second)(at_s=second.at_s, agents=tuple(second.agents)[1:], calls=())
    written = [
        recorder.line(first, floor.decisions[0]),
        recorder.line(fewer, floor.decisions[1]),
    ]
    (_, _), (moment, _) = read(written)
    assert len(moment.agents) == len(first.agents) - 1
