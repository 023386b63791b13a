"""The kinds of text a request may carry."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from web.api.texts import Email, Line, Name, NewPassword, Number, Text


def _read(kind: Any, value: object) -> object:
    return TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize("value", ["a\r\nb", "a\x00b", "\x1b[31mred", "", "   ", "x" * 201, 5])
def test_a_name_is_one_line_of_visible_text(value: object) -> None:
    with pytest.raises(ValidationError):
        _read(Name, value)


def test_a_name_keeps_what_people_are_called() -> None:
    for name in ("Łukasz O’Brien <Ltd>", "Ёлка", "株式会社", "=SUM(A1)", "محمد"):
        assert _read(Name, name) == name


@given(st.text())
def test_whatever_a_name_is_read_as_it_is_one_visible_line(value: str) -> None:
    try:
        name = _read(Name, value)
    except ValidationError:
        return
    assert isinstance(name, str)
    assert 1 <= len(name) <= 200
    assert not set(name) & set("\x00\r\n\x1b\u202e\u2066")
    assert _read(Name, name) == name


def test_invisible_turns_of_direction_are_dropped() -> None:
    assert _read(Name, "\u202eevil\u202c\u2066x\u2069") == "evilx"
    assert _read(Number, "\u202a+33 1 42 68 53 00\u202c") == "+33 1 42 68 53 00"


def test_many_lines_keep_their_breaks_and_nothing_else_that_controls() -> None:
    assert _read(Text, "a\r\nb\rc\td") == "a\nb\nc\td"
    with pytest.raises(ValidationError):
        _read(Text, "bell\x07")


@pytest.mark.parametrize("value", ["no-at", "@x", "x@", "a@b@c", "a b@c"])
def test_what_cannot_be_an_address_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        _read(Email, value)


def test_no_address_is_an_address_not_given() -> None:
    assert not _read(Email, "")
    assert _read(Line, " x ") == "x"


def test_a_new_password_is_long() -> None:
    with pytest.raises(ValidationError):
        _read(NewPassword, "short")
