"""How times, durations and telephone numbers look to a person."""

from __future__ import annotations

import pytest
from babel import Locale

from web import formats


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0, "0:00"), (4.4, "0:04"), (247, "4:07"), (3729, "1:02:09")],
)
def test_a_duration_reads_like_a_clock(seconds: float | None, text: str) -> None:
    assert formats.duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "region", "text"),
    [
        ("+33142685300", "FR", "01 42 68 53 00"),
        ("+33142685300", "DE", "+33 1 42 68 53 00"),
        ("anonymous", "FR", "anonymous"),
        ("1001", "FR", "1001"),
        ("<script>", "FR", "<script>"),
    ],
)
def test_a_number_is_national_at_home_and_international_abroad(
    number: str, region: str, text: str
) -> None:
    assert formats.phone(number, region) == text


def test_times_are_shown_in_the_persons_way_and_zone() -> None:
    at, french = "2026-11-24T23:30:00Z", Locale("fr")
    assert formats.time(at, french, "Europe/Paris") == "00:30"
    assert formats.date(at, french, "Europe/Paris") == "25 nov. 2026"
    assert "25 nov. 2026" in formats.date_time(at, french, "Europe/Paris")
    assert not formats.date_time(None, french, "UTC")
    assert not formats.date("", french, "UTC")
    assert formats.number(12345.5, french) == "12\u202f345,5"
