"""A ladder of events survives being kept."""

from __future__ import annotations

import json
import zlib
from dataclasses import fields, is_dataclass
from enum import EnumType
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcore import events
from callcore.events import Channel, ChannelState, DialplanSignalled, HoldBegan, Party
from callcore.ids import Linkedid, Uniqueid
from crm_store import ladder
from tests.contract.calls import PBX, at

if TYPE_CHECKING:
    from callcore.events import Event

KINDS: list[Any] = list(get_args(events.Event))
CHANNEL = Channel(
    Uniqueid("lab-1.1"), Linkedid("lab-1.1"), "PJSIP/1001-1", ChannelState.UP, Party("1", "Élodie")
)


def example(kind: Any) -> Event:
    """An event of `kind` with something in every field."""
    hints = ladder._field_types(kind.__name__)
    made: Event = kind(**{field.name: value_of(hints[field.name]) for field in fields(kind)})
    return made


def value_of(kind: Any) -> Any:  # noqa: PLR0911 - one return per shape
    if kind is Channel:
        return CHANNEL
    if is_dataclass(kind) and isinstance(kind, type):
        return example(kind)
    name = getattr(kind, "__name__", str(kind))
    args = get_args(kind)
    if args and args[-1] is Ellipsis:
        return tuple(value_of(part) for part in get_args(args[0]) or [args[0]])
    if "Mapping" in str(kind):
        return {"key": value_of(args[1])}
    if args:
        return value_of(args[0])
    if isinstance(kind, EnumType):
        return next(iter(kind))
    simple: dict[str, Any] = {"datetime": at(1.25), "int": 3, "float": 1.5, "bool": True}
    return simple.get(name, "text é")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_kind_of_event_comes_back_as_it_was(kind: Any) -> None:
    told = (example(kind),)
    assert ladder.from_bytes(ladder.to_bytes(told)) == told


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20)))
def test_hostile_text_comes_back_as_text_that_can_be_kept(told: dict[str, str]) -> None:
    event = DialplanSignalled(PBX, 1, at(0), "x", None, told)
    (back,) = ladder.from_bytes(ladder.to_bytes((event,)))
    assert isinstance(back, DialplanSignalled)
    json.dumps(dict(back.fields)).encode()


def test_what_a_later_version_does_not_know_is_left_out() -> None:
    known = HoldBegan(PBX, 1, at(0), CHANNEL)
    rows = json.loads(zlib.decompress(ladder.to_bytes((known,))))
    rows += [{"_": "Forgotten"}, {"_": "HoldBegan", "pbx": "lab"}, dict(rows[0], extra=1)]
    body = zlib.compress(json.dumps(rows).encode())
    assert ladder.from_bytes(body) == (known, known)
