from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screenpop import messages
from screenpop.messages import Custom
from screenpop.stream import Rest, SnapshotNeeded, Stream


def fill(stream: Stream, count: int) -> list[bytes]:
    return [stream.append(messages.encode(Custom("m", {"i": i}))) for i in range(count)]


def numbers(texts: object) -> list[int]:
    assert isinstance(texts, list)
    return [json.loads(text)["n"] for text in texts]


def test_messages_are_numbered_from_one_without_a_hole() -> None:
    assert numbers(fill(Stream("s"), 4)) == [1, 2, 3, 4]


def test_who_comes_back_gets_exactly_what_was_missed() -> None:
    stream = Stream("s")
    texts = fill(stream, 5)
    assert stream.resume("s", 3) == Rest(texts[3:])


def test_who_missed_nothing_gets_nothing() -> None:
    stream = Stream("s")
    fill(stream, 5)
    assert stream.resume("s", 5) == Rest([])


def test_a_stream_may_be_resumed_before_its_first_message() -> None:
    assert Stream("s").resume("s", 0) == Rest([])


@pytest.mark.parametrize(
    ("stream_id", "last"),
    [("other", 5), ("", 0), ("s", 6), ("s", 10**15), ("s", -1), ("s", 0)],
    ids=[
        "another stream",
        "new client",
        "from the future",
        "far future",
        "negative",
        "too far back",
    ],
)
def test_a_snapshot_is_needed_when_the_rest_is_not_to_be_had(stream_id: str, last: int) -> None:
    stream = Stream("s", max_messages=3)
    fill(stream, 5)
    assert stream.resume(stream_id, last) == SnapshotNeeded()


def test_the_ring_is_bounded_in_messages() -> None:
    stream = Stream("s", max_messages=3)
    texts = fill(stream, 5)
    assert stream.resume("s", 2) == Rest(texts[2:])
    assert stream.resume("s", 1) == SnapshotNeeded()


def test_the_ring_is_bounded_in_bytes() -> None:
    stream = Stream("s", max_bytes=100)
    body = messages.encode(Custom("m", {"text": "x" * 20}))
    texts = [stream.append(body) for _ in range(4)]
    assert len(texts[0]) * 2 <= 100 < len(texts[0]) * 3
    assert stream.resume("s", 2) == Rest(texts[2:])
    assert stream.resume("s", 1) == SnapshotNeeded()


def test_a_message_larger_than_the_ring_is_sent_but_not_kept() -> None:
    stream = Stream("s", max_bytes=30)
    stream.append(messages.encode(Custom("m", {"text": "x" * 50})))
    assert stream.resume("s", 0) == SnapshotNeeded()
    assert stream.resume("s", 1) == Rest([])


@given(st.data())
def test_however_often_the_line_drops_every_message_is_seen_once_in_order(
    data: st.DataObject,
) -> None:
    stream = Stream("s", max_messages=64)
    seen: list[int] = []
    connected = True
    for _ in range(data.draw(st.integers(1, 60))):
        match data.draw(st.sampled_from(["message", "message", "drop", "back"])):
            case "message":
                text = stream.append(messages.encode(Custom("m", {})))
                if connected:
                    seen += numbers([text])
            case "drop":
                connected = False
                # What was in flight when the line broke never arrived.
                lost = data.draw(st.integers(0, min(3, len(seen))))
                seen = seen[: len(seen) - lost]
            case "back" if not connected:
                rest = stream.resume("s", seen[-1] if seen else 0)
                assert isinstance(rest, Rest)
                seen += numbers(rest.texts)
                connected = True
            case _:
                pass
    rest = stream.resume("s", seen[-1] if seen else 0)
    assert isinstance(rest, Rest)
    assert seen + numbers(rest.texts) == list(range(1, stream.last + 1))
