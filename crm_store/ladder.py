"""A call's events as bytes and back: what the x-ray shows long after the call.

Knows events only by their fields, so that a new kind of event needs nothing here; an event that this version
no longer knows or can make is left out of the ladder, not an error.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from callcore import events, ids
from crm_store.text import clean

if TYPE_CHECKING:
    from callcore.events import Event

_KINDS: Mapping[str, type[Any]] = {
    name: kind
    for name, kind in vars(events).items()
    if isinstance(kind, type) and is_dataclass(kind)
}
_NAMES = {"datetime": datetime, "Mapping": Mapping, **vars(ids)}


def to_bytes(ladder: tuple[Event, ...]) -> bytes:
    rows = [_plain(event) for event in ladder]
    return zlib.compress(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode(), 1)


def from_bytes(body: bytes) -> tuple[Event, ...]:
    told = []
    for row in json.loads(zlib.decompress(body)):
        with suppress(TypeError, ValueError):
            if row["_"] in _KINDS:
                told.append(_rich(Any, row))
    return tuple(told)


def _plain(value: Any) -> Any:  # noqa: PLR0911 - one return per shape
    """`value` as JSON has it; a dataclass by its name and fields."""
    if isinstance(value, str):
        return clean(value, 4096)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        kind = type(value).__name__
        return {"_": kind, **{name: _plain(getattr(value, name)) for name in _field_types(kind)}}
    return value


def _rich(kind: Any, value: Any) -> Any:  # noqa: PLR0911 - one return per shape
    """The value of type `kind` that `_plain` made `value` of."""
    if value is None:
        return None
    if isinstance(value, dict) and value.get("_") in _KINDS:
        types = _field_types(value["_"])
        known = {k: _rich(types[k], item) for k, item in value.items() if k in types}
        return _KINDS[value["_"]](**known)
    origin = get_origin(kind)
    if origin in {UnionType, Union}:
        return _rich(next(arg for arg in get_args(kind) if arg is not type(None)), value)
    if origin is tuple:
        return tuple(_rich(get_args(kind)[0], item) for item in value)
    if isinstance(kind, type) and issubclass(kind, datetime):
        return datetime.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if origin is not None and issubclass(origin, Mapping):
        return {key: _rich(get_args(kind)[1], item) for key, item in value.items()}
    return value


@cache
def _field_types(name: str) -> Mapping[str, Any]:
    kind = _KINDS[name]
    hints = get_type_hints(kind, localns=_NAMES)
    return {field.name: hints[field.name] for field in fields(kind)}
