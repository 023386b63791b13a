"""A call's events as a ladder: a lane per channel, a step per event. Pure.

Does not interpret: a step says what the PBX said, field by field, in the order it came.
"""

from __future__ import annotations

import re
from dataclasses import fields
from enum import Enum
from typing import TYPE_CHECKING

from callcore.call import LegRole
from callcore.events import Channel, ChannelChanged, ChannelCreated
from web.api.shapes.calls import Ladder, Lane, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from callcore.events import Event
    from crm_store.records import InteractionLeg

_NOT_TOLD = frozenset({"pbx", "seq", "at"})
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def ladder(events: Iterable[Event], legs: Iterable[InteractionLeg]) -> Ladder:
    """The events of a call between its channels; `legs` tell whose a channel is."""
    roles = {leg.uniqueid: leg.role for leg in legs}
    lanes: dict[str, Lane] = {}
    steps: list[Step] = []
    start = None
    for n, event in enumerate(events):
        start = start or event.at
        channels = _channels(event)
        for channel in channels:
            lanes.setdefault(channel.uniqueid, _lane(channel, roles))
        ids = [channel.uniqueid for channel in channels] or _bare_ids(event)
        steps.append(
            Step(
                n=n,
                at=event.at,
                offset_ms=round((event.at - start).total_seconds() * 1000),
                type=_HUMP.sub("-", type(event).__name__).lower(),
                lane=ids[0] if ids else None,
                to=ids[1] if len(ids) > 1 else None,
                text=_text(event),
            )
        )
    return Ladder(lanes=list(lanes.values()), steps=steps)


def _lane(channel: Channel, roles: Mapping[str, LegRole]) -> Lane:
    role = roles.get(channel.uniqueid, LegRole.SERVICE)
    return Lane(id=channel.uniqueid, label=channel.name, role=role)


def _channels(event: Event) -> list[Channel]:
    values = (getattr(event, field.name) for field in fields(event))
    return [value for value in values if isinstance(value, Channel)]


def _bare_ids(event: Event) -> list[str]:
    uniqueid = getattr(event, "uniqueid", None)
    return [uniqueid] if uniqueid else []


def _text(event: Event) -> str:
    match event:
        case ChannelCreated() | ChannelChanged():
            channel = event.channel
            told = {
                "state": channel.state,
                "number": channel.caller.number,
                "exten": f"{channel.exten}@{channel.context}" if channel.exten else "",
            }
        case _:
            told = {
                field.name: getattr(event, field.name)
                for field in fields(event)
                if field.name not in _NOT_TOLD and field.name != "uniqueid"
            }
    said = ((name, _word(value)) for name, value in told.items())
    return " ".join(f"{name}={value}" for name, value in said if value)


def _word(value: object) -> str:
    match value:
        case Channel() | None | "":
            return ""
        case Enum():
            return str(value.name)
        case float():
            return f"{value:.1f}"
        case str() | int():
            return str(value)
        case dict():
            return " ".join(f"{key}={item}" for key, item in value.items())
        case _:
            return ""
