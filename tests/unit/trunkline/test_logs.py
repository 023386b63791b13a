"""A log line tells the event and its data, hides numbers, and cannot be forged by a caller."""

from __future__ import annotations

import logging

from trunkline.logs import LineFormatter


def line(message: str, **data: object) -> str:
    return LineFormatter().format(
        logging.makeLogRecord({"msg": message, "levelname": "INFO", "created": 0.0, **data})
    )


def test_a_record_is_time_level_event_and_data() -> None:
    assert line("pbx_connected", host="127.0.0.1", calls=3) == (
        "1970-01-01T00:00:00.000Z INFO pbx_connected host=127.0.0.1 calls=3"
    )


def test_phone_numbers_are_masked() -> None:
    assert "number=+120…01" in line("call", number="+12025550101")


def test_channel_names_and_linkedids_stay_readable() -> None:
    said = line("call", channel="PJSIP/1001-00000002", linkedid="lab-1790000000.12")
    assert "PJSIP/1001-00000002" in said
    assert "lab-1790000000.12" in said


def test_a_caller_name_cannot_begin_a_line_or_turn_the_text_around() -> None:
    said = line("call", name="x\r\nINFO forged\u202e\x1b[31m")
    assert "\n" not in said
    assert "\x1b" not in said
    assert "\u202e" not in said
