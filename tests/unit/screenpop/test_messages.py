from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcore.call import Direction
from callcore.events import PhoneState
from callcore.ids import CallId, Extension, QueueName
from screenpop import messages
from screenpop.messages import (
    BadMessageError,
    CloseReason,
    Custom,
    Dismiss,
    Notice,
    Painted,
    PhoneChanged,
    Ping,
    Pop,
    PopClosed,
    PopOpened,
    PopState,
    Presence,
    QueueChanged,
    Resume,
)

AT = datetime(2026, 11, 24, 9, 30, 0, 123456, UTC)


def pop(**changes: object) -> Pop:
    fields: dict[str, object] = {
        "call_id": CallId("c1"),
        "extension": Extension("1001"),
        "direction": Direction.INBOUND,
        "state": PopState.RINGING,
        "number": "+33612345678",
        "name": "Zoé",
        "dialled": "0800",
        "queue": QueueName("sales"),
        "started_at": AT,
        "rang_at_ms": 1,
    }
    return Pop(**{**fields, **changes})  # type: ignore[arg-type]


def sent(message: messages.ServerMessage) -> dict[str, object]:
    decoded: dict[str, object] = json.loads(messages.number(messages.encode(message), 7))
    return decoded


def test_a_pop_carries_its_number_its_type_and_plain_values() -> None:
    assert sent(PopOpened(pop(customers=({"name": "Ada"},)))) == {
        "n": 7,
        "type": "pop",
        "replaces": None,
        "pop": {
            "call_id": "c1",
            "extension": "1001",
            "direction": "inbound",
            "state": "ringing",
            "number": "+33612345678",
            "name": "Zoé",
            "dialled": "0800",
            "queue": "sales",
            "started_at": "2026-11-24T09:30:00.123+00:00",
            "rang_at_ms": 1,
            "answered_at": None,
            "ended_at": None,
            "result": None,
            "customers": [{"name": "Ada"}],
            "interactions": None,
        },
    }


def test_nobody_looked_and_nobody_matched_are_different_things() -> None:
    looked = sent(PopOpened(pop(customers=())))
    not_looked = sent(PopOpened(pop()))
    assert (looked["pop"]["customers"], not_looked["pop"]["customers"]) == ([], None)  # type: ignore[index]


def test_a_custom_message_goes_as_it_is() -> None:
    assert sent(Custom("board", {"agents": 3})) == {"n": 7, "type": "board", "agents": 3}


def test_a_value_without_a_place_in_json_is_refused_where_it_is_made() -> None:
    with pytest.raises(TypeError, match="set has no place in a message"):
        messages.encode(Custom("board", {"agents": {1}}))


def test_half_a_surrogate_pair_in_a_name_does_not_stop_the_line() -> None:
    decoded = sent(PopOpened(pop(name="\ud800<script>\r\n\u202e")))
    assert decoded["pop"]["name"] == "\ud800<script>\r\n\u202e"  # type: ignore[index]


def test_hello_snapshot_and_beat_say_where_the_stream_stands() -> None:
    hello = json.loads(messages.hello(n=3, stream="s", user="u", resumed=True, at=AT))
    snapshot = json.loads(messages.snapshot(n=3, at=AT, content={"pops": (pop(),)}))
    beat = json.loads(messages.beat(n=3, at=AT))
    answer = json.loads(messages.beat(n=3, at=AT, echo=5.5))
    assert (hello["type"], hello["n"], hello["stream"], hello["user"], hello["resumed"]) == (
        "hello",
        3,
        "s",
        "u",
        True,
    )
    assert (snapshot["n"], snapshot["pops"][0]["call_id"]) == (3, "c1")
    assert ("echo" in beat, answer["echo"]) == (False, 5.5)


@pytest.mark.parametrize(
    ("message", "key"),
    [
        (PhoneChanged(Extension("1001"), PhoneState.IDLE, AT), "phone/1001"),
        (QueueChanged(QueueName("sales"), 2, AT), "queue/sales"),
        (Presence("u", True, AT), "presence/u"),
        (PopOpened(pop()), None),
        (PopClosed(CallId("c1"), CloseReason.NO_ANSWER), None),
        (Notice("pbx-lost", AT), None),
    ],
)
def test_only_states_may_be_skipped_for_a_newer_one(
    message: messages.ServerMessage, key: str | None
) -> None:
    assert messages.state_key(message) == key


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('{"type":"resume","stream":"s","last":4}', Resume("s", 4)),
        ('{"type":"resume","stream":"","last":0,"more":1}', Resume("", 0)),
        ('{"type":"painted","call_id":"c","ms":41.5}', Painted("c", 41.5)),
        ('{"type":"dismiss","call_id":"c"}', Dismiss("c")),
        (b'{"type":"ping","at":1764}', Ping(1764)),
    ],
)
def test_what_a_client_may_say(text: str | bytes, meant: messages.ClientMessage) -> None:
    assert messages.decode(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 3000,
        b"\xff\xfe",
        "{}",
        '{"type":"shutdown"}',
        '{"type":"resume","stream":"s"}',
        '{"type":"resume","stream":1,"last":1}',
        '{"type":"resume","stream":"s","last":-1}',
        '{"type":"resume","stream":"s","last":true}',
        '{"type":"resume","stream":"s","last":9007199254740992}',
        '{"type":"painted","call_id":"c","ms":-1}',
        '{"type":"painted","call_id":"c","ms":NaN}',
        '{"type":"painted","call_id":"c","ms":Infinity}',
        '{"type":"painted","call_id":"c","ms":"9"}',
        '{"type":"ping","at":Infinity}',
        '{"type":"ping","at":NaN}',
        '{"type":"dismiss"}',
    ],
)
def test_anything_else_is_refused(text: str | bytes) -> None:
    with pytest.raises(BadMessageError):
        messages.decode(text)


@given(st.one_of(st.binary(), st.text()))
def test_no_bytes_bring_down_the_decoder(text: str | bytes) -> None:
    try:
        messages.decode(text)
    except BadMessageError:
        return
