"""Numbers: one spelling for each, none for what names nobody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.numbers import display, normalise, spellings

regions = st.sampled_from(["US", "GB", "FR", "RU", "DE", "IT", "ZZ"])
written = st.text(alphabet="0123456789+-(). /٣٤", max_size=24) | st.text(max_size=24)


@pytest.mark.parametrize(
    ("raw", "region", "e164"),
    [
        ("+1 (212) 555-0142", "US", "+12125550142"),
        ("2125550142", "US", "+12125550142"),
        ("1-212-555-0142", "US", "+12125550142"),
        ("011 44 20 7946 0123", "US", "+442079460123"),
        ("442079460123", "US", "+442079460123"),  # as many trunks send it
        ("020 7946 0123", "GB", "+442079460123"),
        ("01 99 00 11 22", "FR", "+33199001122"),
        ("0033 1 99 00 11 22", "FR", "+33199001122"),
        ("8 900 000-01-30", "RU", "+79000000130"),
        ("79000000130", "RU", "+79000000130"),
    ],
)
def test_a_number_has_one_spelling_however_it_was_written(raw: str, region: str, e164: str) -> None:
    assert normalise(raw, region) == e164


@pytest.mark.parametrize(
    "raw",
    [
        "", "anonymous", "Anonymous", "unknown", "restricted", "withheld", "1001", "112", "911", "*97",
        "555-0142", "+1", "+", "++12125550142x", "sip:+12125550142@example.com", "0" * 60, "+1 212 555 0142 9999",
        "12125550142; DROP TABLE", "\x00\ud800",
    ],
)  # fmt: skip
def test_what_names_nobody_in_particular_has_none(raw: str) -> None:
    assert normalise(raw, "US") is None


@given(written, regions)
def test_a_spelling_is_read_back_as_itself_everywhere(raw: str, region: str) -> None:
    e164 = normalise(raw, region)
    if e164 is not None:
        assert e164.startswith("+")
        assert e164[1:].isascii()
        assert e164[1:].isdigit()
        for other in ("US", "RU", "ZZ"):
            assert normalise(e164, other) == e164


@given(written, regions)
def test_it_is_shown_at_home_and_abroad_with_its_own_digits(raw: str, region: str) -> None:
    e164 = normalise(raw, region)
    if e164 is not None:
        abroad = display(e164, "ZZ")
        assert "".join(c for c in abroad if c.isdigit()) == e164[1:]
        assert normalise(display(e164, region), region) is not None


@pytest.mark.parametrize(("region", "shown"), [("US", "(212) 555-0142"), ("FR", "+1 212-555-0142")])
def test_people_see_it_as_they_write_it(region: str, shown: str) -> None:
    assert display("+12125550142", region) == shown


@pytest.mark.parametrize("text", ["", "anonymous", "<script>", "1001"])
def test_what_is_no_number_is_shown_as_it_is(text: str) -> None:
    assert display(text, "US") == text
    assert spellings(text) == (text, text)


def test_it_is_searched_by_its_digits_from_abroad_and_at_home() -> None:
    assert spellings("+442079460123") == ("442079460123", "02079460123")
