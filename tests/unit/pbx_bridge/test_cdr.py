"""Where CEL is off, CDR tells the calls: who, when, which queue, who spoke, how it ended. Rows of a real Asterisk."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from callcore.call import Direction, Result
from callcore.ids import Linkedid, PbxId, call_id
from callcore.numbering import Numbering
from pbx_bridge.reconcile import Records, missed_calls

if TYPE_CHECKING:
    from pathlib import Path

    from callcore.call import Call

LAB = PbxId("lab")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

ANSWERED = '''
"1795516424.574905","1795516424.684957","1795516425.692676","+12125550001","+442079460110","from-trunk","""Zoë, X"" <+12125550001>","PJSIP/trunk-a-00000000","PJSIP/1001-00000001","Dial","PJSIP/1001,60,tx","1","1","ANSWERED","lab-1795516424.0","lab-1795516424.0","0"
'''
BUSY = """
"1795516424.579394","0.000000","1795516424.582851","+12125550002","+442079460111","from-trunk","<+12125550002>","PJSIP/trunk-a-00000002","PJSIP/1002-00000003","Dial","PJSIP/1002,60,tx","0","0","BUSY","lab-1795516424.2","lab-1795516424.2","2"
"1795516424.583053","0.000000","1795516424.583601","+12125550002","BUSY","dial-ended","<+12125550002>","PJSIP/trunk-a-00000002","","Busy","3","0","0","BUSY","lab-1795516424.2","lab-1795516424.2","4"
"""
QUEUE = """
"1795516424.584334","1795516424.584607","1795516424.588714","+12125550003","support","queues","<+12125550003>","PJSIP/trunk-a-00000004","PJSIP/1002-00000005","Queue","support,tx,,,300","0","0","NO ANSWER","lab-1795516424.6","lab-1795516424.6","5"
"1795516424.589416","1795516424.589416","1795516425.603969","+12125550003","support","queues","<+12125550003>","PJSIP/trunk-a-00000004","PJSIP/1003-00000006","Queue","support,tx,,,300","1","1","ANSWERED","lab-1795516424.6","lab-1795516424.6","8"
"""
WAITED = """
"1795516424.1","1795516424.2","1795516434.2","+12125550004","support","queues","<+12125550004>","PJSIP/trunk-a-00000007","PJSIP/1002-00000009","Queue","support,tx,,,300","10","10","NO ANSWER","lab-1795516424.9","lab-1795516424.9","9"
"""
OUT = """
"1795516424.1","1795516426.2","1795516434.2","1001","+12025550100","from-phones","<1001>","PJSIP/1001-0000000a","PJSIP/trunk-a-0000000b","Dial","PJSIP/+12025550100@trunk-a,60,TX","10","8","ANSWERED","lab-1795516424.11","lab-1795516424.11","11"
"""


class Told:
    def __init__(self, file: Path) -> None:
        self.file = file

    def calls(self, *rows: str, since: datetime = LONG_AGO, cel: Path | None = None) -> list[Call]:
        self.file.write_text("".join(row.lstrip("\n") for row in rows), "utf-8")
        numbering = Numbering(frozenset({"trunk-a"}))
        return missed_calls(Records(cel, self.file, None), LAB, numbering, since)

    def call(self, *rows: str) -> Call:
        (call,) = self.calls(*rows)
        return call


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path / "cdr.csv")


def test_an_answered_call_is_whole(told: Told) -> None:
    call = told.call(ANSWERED)
    assert call.id == call_id(LAB, Linkedid("lab-1795516424.0"))
    assert (call.direction, call.result, call.agents) == (
        Direction.INBOUND,
        Result.ANSWERED,
        ("1001",),
    )
    assert (call.customer.number, call.customer.name) == ("+12125550001", "Zoë, X")
    assert call.dialled == "+442079460110"
    assert call.wait_s == pytest.approx(0.11, abs=0.001)
    assert call.talk_s == pytest.approx(1.008, abs=0.001)
    assert call.recovered


def test_a_busy_phone_is_one_call_of_two_rows(told: Told) -> None:
    call = told.call(BUSY)
    assert (call.result, call.agents) == (Result.BUSY, ())
    assert call.ended_at == datetime.fromtimestamp(1795516424.583601, UTC)


def test_a_queue_is_named_and_only_who_spoke_is_its_agent(told: Told) -> None:
    call = told.call(QUEUE)
    assert (call.queue, call.agents, call.result) == ("support", ("1003",), Result.ANSWERED)


def test_a_caller_who_left_the_queue_abandoned(told: Told) -> None:
    call = told.call(WAITED)
    assert (call.queue, call.agents, call.result) == ("support", (), Result.ABANDONED)


def test_an_agents_own_call_is_outbound(told: Told) -> None:
    call = told.call(OUT)
    assert (call.direction, call.dialled) == (Direction.OUTBOUND, "+12025550100")
    assert call.result is Result.ANSWERED


def test_all_of_them_together_stay_apart_and_a_second_reading_names_the_same(told: Told) -> None:
    every = (ANSWERED, BUSY, QUEUE, WAITED, OUT)
    first, second = told.calls(*every), told.calls(*every)
    assert len(first) == 5
    assert {call.id for call in first} == {call.id for call in second}


def test_what_was_over_before_is_left_out(told: Told) -> None:
    assert told.calls(ANSWERED, BUSY, since=datetime.fromtimestamp(1795516426, UTC)) == []


def test_where_cel_speaks_cdr_is_not_heard(told: Told, tmp_path: Path) -> None:
    cel = tmp_path / "cel.csv"
    columns = ["CHAN_START", "1795516424.0", "lab-1.1", "lab-1.1", "PJSIP/trunk-a-1", "+1"]
    cel.write_text(",".join([*columns, "", "", "+44", "from-trunk", "", "", "", "", ""]) + "\n")
    assert [call.linkedids for call in told.calls(ANSWERED, cel=cel)] == [("lab-1.1",)]


@pytest.mark.parametrize(
    "line",
    ["", "a,b\n", '"never closed\n', ANSWERED.strip().replace("1795516424.574905", "soon") + "\n"],
)
def test_a_line_that_means_nothing_is_passed_over(told: Told, line: str) -> None:
    assert len(told.calls(line, QUEUE)) == 1


def test_a_half_line_at_the_end_is_waited_for(told: Told) -> None:
    assert len(told.calls(QUEUE, ANSWERED.rstrip("\n"))) == 1
