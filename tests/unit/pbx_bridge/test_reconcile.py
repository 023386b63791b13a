"""What CEL tells afterwards is what AMI told live: the same calls, by the same ids."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from callcore.call import Direction, Result
from callcore.ids import PbxId
from pbx_bridge import reconcile
from pbx_bridge.reconcile import Records, missed_calls
from tests.traces.replay import FOLDER, NAMES, NUMBERING, events_of

if TYPE_CHECKING:
    from pathlib import Path

    from callcore.call import Call
    from callcore.ids import CallId

LAB = PbxId("lab")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
CEL = FOLDER / "queue-answered.cel.csv"


def recovered(
    cel_csv: Path, since: datetime = LONG_AGO, queue_log: Path | None = None
) -> list[Call]:
    return missed_calls(Records(cel_csv, None, queue_log), LAB, NUMBERING, since)


def watched(name: str) -> dict[CallId, Call]:
    return {call.id: call for call in reconcile.replay(events_of(name), NUMBERING)}


@pytest.mark.parametrize("name", NAMES)
def test_cel_tells_the_calls_that_were_watched(name: str) -> None:
    found = {call.id: call for call in recovered(FOLDER / f"{name}.cel.csv")}
    live = watched(name)
    assert found.keys() == live.keys()
    for call_id, call in live.items():
        told = found[call_id]
        assert told.recovered
        assert (told.direction, told.result, told.agents) == (
            call.direction,
            call.result,
            call.agents,
        )
        assert {leg.uniqueid for leg in told.legs} == {leg.uniqueid for leg in call.legs}
        if call.direction is not Direction.INTERNAL:
            assert (told.customer, told.dialled) == (call.customer, call.dialled)
        assert told.ended_at is not None
        assert call.ended_at is not None
        assert abs(told.ended_at - call.ended_at) < timedelta(seconds=0.05)
        # Holds are on AMI alone.
        assert told.talk_s == pytest.approx(call.talk_s + call.hold_s, abs=0.1) or (
            told.talk_s == pytest.approx(call.talk_s, abs=0.3)
        )


def test_a_second_reading_gives_the_same_ids() -> None:
    assert [c.id for c in recovered(CEL)] == [c.id for c in recovered(CEL)]


def test_calls_that_were_over_before_are_left_out() -> None:
    (call,) = recovered(CEL)
    assert call.ended_at is not None
    assert recovered(CEL, call.ended_at + timedelta(seconds=1)) == []
    assert recovered(CEL, call.started_at) == [call]


def test_a_half_line_at_the_end_is_waited_for(tmp_path: Path) -> None:
    whole = CEL.read_bytes().splitlines(keepends=True)
    cut = tmp_path / "cel.csv"
    cut.write_bytes(b"".join(whole[:4]) + whole[4][:37])
    (call,) = recovered(cut)
    assert call.ended_at is None


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe\x00 no csv\n",
        b'"CHAN_START","soon","lab-1.0","lab-1.0","PJSIP/trunk-a-00000000"' + b',""' * 10 + b"\n",
        b'"CHAN_START","1e400","x","x","PJSIP/trunk-a-00000000"' + b',""' * 10 + b"\n",
        b'"an open quote,,,\n',
        b"\n",
    ],
)
def test_a_line_that_means_nothing_is_passed_over(tmp_path: Path, line: bytes) -> None:
    spoilt = tmp_path / "cel.csv"
    spoilt.write_bytes(line + CEL.read_bytes() + line)
    assert [c.id for c in recovered(spoilt)] == [c.id for c in recovered(CEL)]


def test_a_missing_file_is_said_and_recovers_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert recovered(tmp_path / "none.csv") == []
    assert "record_unreadable" in caplog.messages


def test_only_the_end_of_a_big_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "_BLOCK", 4096)
    old = CEL.read_bytes().replace(b'"17955', b'"16955').replace(b"lab-17955", b"lab-16955")
    big = tmp_path / "cel.csv"
    big.write_bytes(old * 200 + CEL.read_bytes())
    lines = list(reconcile._tail(big, datetime(2026, 11, 1, tzinfo=UTC), reconcile._cel_time))
    assert len(lines) < 60
    (call,) = recovered(big, datetime(2026, 11, 1, tzinfo=UTC))
    assert [call.id] == [c.id for c in recovered(CEL)]


def test_queue_log_names_the_queue_where_cel_does_not(tmp_path: Path) -> None:
    cel_csv, queue_log = tmp_path / "cel.csv", tmp_path / "queue_log"
    rows = [line for line in CEL.read_text().splitlines(keepends=True) if "STREAM" not in line]
    cel_csv.write_text("".join(rows))
    (call,) = recovered(cel_csv)
    assert call.queue is None
    caller = call.legs[0].uniqueid
    second = int(call.started_at.timestamp())
    queue_log.write_text(
        f"{second}|NONE|NONE|NONE|QUEUESTART|\n{second}|{caller}|support|NONE|ENTERQUEUE||+1|1\n"
        f"{second}|{caller}|support|1001|CONNECT|0|{call.legs[1].uniqueid}|0\ncut|off\n"
    )
    (call,) = recovered(cel_csv, queue_log=queue_log)
    assert call.queue == "support"
    assert call.result is Result.ANSWERED


def test_a_caller_cut_off_by_a_crash_has_no_end_yet(tmp_path: Path) -> None:
    """`kill -9` of Asterisk leaves channels that began and never ended: the snapshot tells they are gone."""
    crashed = tmp_path / "cel.csv"
    crashed.write_text(
        "".join(
            line
            for line in CEL.read_text().splitlines(keepends=True)
            if not line.startswith(('"HANG', '"CHAN_E', '"LINK', '"BRIDGE_EX'))
        )
    )
    (call,) = recovered(crashed)
    assert call.ended_at is None
    assert call.recovered
