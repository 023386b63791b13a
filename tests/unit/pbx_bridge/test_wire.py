"""What may go to Asterisk and what does not, and messages whole however TCP cut them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcore.errors import BadValueError
from pbx_bridge.errors import NotAmiError
from pbx_bridge.wire import LARGEST_MESSAGE, LONGEST_LINE, MOST_HEADERS, Framer, serialise

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
HEADERS = st.dictionaries(
    st.from_regex(r"[A-Za-z]{1,12}", fullmatch=True),
    st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])),
    min_size=1,
    max_size=8,
)


def test_an_action_is_its_headers_in_order_and_an_empty_line() -> None:
    headers = (("Action", "Setvar"), ("Variable", "A=1"), ("Variable", "B=ë"))
    assert serialise(headers) == "Action: Setvar\r\nVariable: A=1\r\nVariable: B=ë\r\n\r\n".encode()


@pytest.mark.parametrize("evil", ["a\rb", "a\nb", "a\r\n\r\nAction: Originate", "a\0b", "\ud800"])
def test_what_would_end_the_line_is_refused(evil: str) -> None:
    with pytest.raises(BadValueError):
        serialise((("Action", "Setvar"), ("Value", evil)))


@pytest.mark.parametrize("name", ["", "A: B", "A\r\nB", "Ä", "A B"])
def test_a_header_has_a_plain_name(name: str) -> None:
    with pytest.raises(BadValueError):
        serialise((("Action", "Ping"), (name, "x")))


def test_a_comma_would_begin_another_variable() -> None:
    with pytest.raises(BadValueError):
        serialise((("Action", "Originate"), ("Variable", "A=1,B=2")))
    assert b"Data: x,y" in serialise((("Action", "Originate"), ("Data", "x,y")))


def test_a_line_is_refused_before_asterisk_would_cut_it() -> None:
    room = LONGEST_LINE - len("Value: \r\n")
    serialise((("Value", "x" * room),))
    with pytest.raises(BadValueError):
        serialise((("Value", "x" * (room + 1)),))
    with pytest.raises(BadValueError):
        serialise((("Value", "ë" * (room // 2 + 1)),))


def test_headers_that_asterisk_would_ignore_are_refused() -> None:
    serialise((("Action", "Ping"), *[("A", "1")] * (MOST_HEADERS - 1)))
    with pytest.raises(BadValueError):
        serialise((("Action", "Ping"), *[("A", "1")] * MOST_HEADERS))


@given(st.lists(HEADERS, max_size=5), st.lists(st.integers(1, 40), min_size=1))
def test_messages_come_out_as_they_went_in_wherever_tcp_cuts(
    messages: list[dict[str, str]], steps: list[int]
) -> None:
    wire = BANNER + b"".join(
        b"".join(f"{key}: {value}\r\n".encode() for key, value in message.items()) + b"\r\n"
        for message in messages
    )
    framer, found, at = Framer(), [], 0
    for number in range(len(wire)):
        step = steps[number % len(steps)]
        found += framer.feed(wire[at : at + step])
        at += step
        if at >= len(wire):
            break
    assert found == messages
    assert framer.version == "11.0.0"


@given(st.binary())
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    framer = Framer()
    framer.feed(BANNER)
    framer.feed(data + b"\r\n\r\n")


def test_bytes_that_are_no_text_become_question_marks() -> None:
    framer = Framer()
    (message,) = framer.feed(BANNER + b"Event: X\r\nCallerIDName: \xff\xfe!\r\n\r\n")
    assert message["CallerIDName"] == "\ufffd\ufffd!"


def test_a_header_that_comes_twice_keeps_both_values() -> None:
    framer = Framer()
    (message,) = framer.feed(BANNER + b"Event: X\r\nV: 1\r\nnonsense\r\nV: 2\r\n\r\n")
    assert message == {"Event": "X", "V": "1\n2"}


@pytest.mark.parametrize(
    "greeting", [b"HTTP/1.1 400 Bad Request\r\n", b"SSH-2.0-OpenSSH\r\n", b"Asterisk Call" * 99]
)
def test_somebody_else_at_that_port_is_told_from_asterisk(greeting: bytes) -> None:
    with pytest.raises(NotAmiError, match="host and port"):
        Framer().feed(greeting)


def test_a_message_without_an_end_is_not_collected_for_ever() -> None:
    framer = Framer()
    framer.feed(BANNER)
    with pytest.raises(NotAmiError):
        framer.feed(b"x" * (LARGEST_MESSAGE + 1))
