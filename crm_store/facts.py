"""What the versions of one call say together: joined in any order, any number of times, to the same facts.

Pure: no database, no clock. Each version of a call states fields; of two statements about one field the
newer wins, what was seen beats what the PBX's records tell, and that beats a guess; not knowing never
beats knowing. Times of beginning are the earliest known, durations the longest, linkedids add up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from callcore.call import Call, Direction, Result
from callcore.events import Party
from crm_store.text import clean

if TYPE_CHECKING:
    from callcore.call import Leg
    from callcore.ids import CallId, Extension, Linkedid, PbxId, QueueName

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Source(IntEnum):
    """How a statement came to be; the greater is believed."""

    GUESS = 0  # the end of a call that was gone when we looked again
    RECORDS = 1  # from CEL, CDR and queue_log, afterwards
    SEEN = 2


class Stamp(NamedTuple):
    """Which of two statements is believed: by source, then by time, then by progress of the call."""

    source: Source
    at_us: int
    progress: int


Value = Any  # JSON
Facts = Mapping[str, tuple[Stamp, Value]]

_EARLIEST = frozenset({"started_at", "answered_at"})
_LONGEST = frozenset({"wait_s", "talk_s", "hold_s"})
_UNION = frozenset({"linkedids"})
_OF_THE_END = frozenset({"ended_at", "result"})


def facts_of(call: Call) -> Facts:
    """What this version of the call states. What it doesn't know, it doesn't state."""
    stamp = stamp_of(call)
    unknown = call.result is Result.UNKNOWN
    guesses = {"result"} if unknown and call.recovered else _OF_THE_END if unknown else frozenset()
    stated: dict[str, Value] = {
        "direction": call.direction.value,
        "started_at": micros(call.started_at),
        "answered_at": micros(call.answered_at),
        "ended_at": micros(call.ended_at),
        "result": call.result and call.result.value,
        "number": clean(call.customer.number, 128),
        "name": clean(call.customer.name, 256),
        "dialled": clean(call.dialled, 128),
        "queue": call.queue and clean(call.queue, 128),
        "agents": list(call.agents),
        "linkedids": sorted(call.linkedids),
        "wait_s": call.wait_s,
        "talk_s": 0.0 if guesses >= _OF_THE_END else call.talk_s,
        "hold_s": 0.0 if guesses >= _OF_THE_END else call.hold_s,
    }
    guess = stamp._replace(source=Source.GUESS)
    return {
        field: (guess if field in guesses else stamp, value)
        for field, value in stated.items()
        if value
    }


def join(one: Facts, two: Facts) -> Facts:
    """What both say together: commutative, associative, idempotent."""
    joined = dict(one)
    for field, statement in two.items():
        known = joined.get(field)
        joined[field] = statement if known is None else _join_field(field, known, statement)
    return joined


def _join_field(
    field: str, one: tuple[Stamp, Value], two: tuple[Stamp, Value]
) -> tuple[Stamp, Value]:
    newer = max(one, two, key=lambda statement: (statement[0], repr(statement[1])))
    if field in _EARLIEST:
        return newer[0], min(one[1], two[1])
    if field in _LONGEST:
        return newer[0], max(one[1], two[1])
    if field in _UNION:
        return newer[0], sorted({*one[1], *two[1]})
    return newer


def stamp_of(call: Call) -> Stamp:
    """The stamp of what this version was seen to state."""
    times = [call.started_at, call.answered_at, call.ended_at, call.changed_at]
    for leg in call.legs:
        times += [leg.created_at, leg.ringing_at, leg.answered_at, leg.ended_at]
    newest = call.changed_at or max(time for time in times if time is not None)
    seconds = call.wait_s + call.talk_s + call.hold_s
    progress = len(call.legs) + (call.answered_at is not None) + 2 * (call.ended_at is not None)
    source = Source.RECORDS if call.recovered else Source.SEEN
    return Stamp(source, micros(newest) or 0, progress * 10**9 + round(seconds * 1000))


def recovered(facts: Facts) -> bool:
    """Whether nobody saw how the call ended and the PBX's records told it."""
    end = facts.get("ended_at")
    return end is not None and end[0].source is Source.RECORDS


def call_of(call: CallId, pbx: PbxId, facts: Facts, legs: tuple[Leg, ...]) -> Call:
    """The call as the facts tell it, without its ladder."""

    def known(field: str, unknown: Value = None) -> Value:
        return facts[field][1] if field in facts else unknown

    first: tuple[Linkedid, ...] = tuple(known("linkedids", ()))
    agents: tuple[Extension, ...] = tuple(known("agents", ()))
    queue: QueueName | None = known("queue")
    result = known("result")
    newest = max(stamp.at_us for stamp, _ in facts.values())
    return Call(
        id=call,
        pbx=pbx,
        linkedids=first,
        direction=Direction(known("direction")),
        started_at=moment(known("started_at")),
        customer=Party(known("number", ""), known("name", "")),
        dialled=known("dialled", ""),
        legs=legs,
        queue=queue,
        answered_at=moment(known("answered_at")) if "answered_at" in facts else None,
        ended_at=moment(known("ended_at")) if "ended_at" in facts else None,
        result=Result(result) if result else None,
        agents=agents,
        wait_s=known("wait_s", 0.0),
        talk_s=known("talk_s", 0.0),
        hold_s=known("hold_s", 0.0),
        recovered=recovered(facts),
        changed_at=moment(newest),
    )


# Legs -----------------------------------------------------------------------------------------


def clean_leg(leg: Leg) -> Leg:
    """The leg with texts that a database can keep."""
    return replace(
        leg,
        channel=clean(leg.channel, 256),
        endpoint=clean(leg.endpoint, 128),
        party=Party(clean(leg.party.number, 128), clean(leg.party.name, 256)),
    )


def join_legs(one: tuple[Stamp, Leg], two: tuple[Stamp, Leg]) -> tuple[Stamp, Leg]:
    """What two statements about one channel say together; a channel ends once, so the earliest end is true."""
    (stamp, newer), (_, older) = sorted((one, two), key=lambda s: (s[0], _naming(s[1])))[::-1]
    return stamp, replace(
        newer,
        created_at=min(newer.created_at, older.created_at),
        ringing_at=_earliest(newer.ringing_at, older.ringing_at),
        answered_at=_earliest(newer.answered_at, older.answered_at),
        ended_at=_earliest(newer.ended_at, older.ended_at),
        cause=max(newer.cause, older.cause),
        hold_s=max(newer.hold_s, older.hold_s),
        talk_s=max(newer.talk_s, older.talk_s),
    )


def _naming(leg: Leg) -> tuple[str, ...]:
    return leg.channel, leg.role.value, leg.endpoint, leg.party.number, leg.party.name


def _earliest(one: datetime | None, two: datetime | None) -> datetime | None:
    return min((time for time in (one, two) if time is not None), default=None)


# As text --------------------------------------------------------------------------------------


def to_text(facts: Facts) -> str:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def from_text(text: str) -> Facts:
    return {field: (_stamp(stamp), value) for field, (stamp, value) in json.loads(text).items()}


def stamp_to_text(stamp: Stamp) -> str:
    return json.dumps(stamp)


def stamp_from_text(text: str) -> Stamp:
    return _stamp(json.loads(text))


def _stamp(parts: list[int]) -> Stamp:
    source, at_us, progress = parts
    return Stamp(Source(source), at_us, progress)


def micros(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // timedelta(microseconds=1)


def moment(at_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at_us)
