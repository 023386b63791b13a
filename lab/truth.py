"""The ground truth: which conversations a PBX had, by its own CEL and CDR, and how a log compares.

Shares no code with the service on purpose: what it is held against must not be able to repeat its
mistakes.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_TYPE, _TIME, _UNIQUEID, _LINKEDID, _CHANNEL = range(5)
_EXTEN, _COLUMNS = 8, 15
_CDR_LINKEDID: Final = 15
_CLOSE_S = 1.5
_FAULTS: Final = ("missing", "doubled", "merged", "invented", "differing")


@dataclass(slots=True)
class Conversation:
    """Channels that belong together. Times are epoch seconds by the PBX's clock; None while unended."""

    linkedids: set[str] = field(default_factory=set)
    channels: dict[str, str] = field(default_factory=dict)
    began: float = 0.0
    ended: float | None = None
    direction: str = ""
    talked: bool = False
    cdrs: int = 0

    @property
    def phones(self) -> set[str]:
        """The extensions that took part or rang."""
        names = (name.partition("/")[2].rpartition("-")[0] for name in self.channels.values())
        return {name for name in names if name.isdecimal()}


def conversations(
    cel_csv: Path, cdr_csv: Path | None = None, *, trunks: Iterable[str] = ("trunk-a",)
) -> list[Conversation]:
    """All conversations in the records, the oldest first."""
    rows = list(_rows(cel_csv, _COLUMNS))
    groups = _Groups()
    for row in rows:
        groups.join(f"c{row[_UNIQUEID]}", f"l{row[_LINKEDID]}")
    found: dict[str, Conversation] = defaultdict(Conversation)
    joined: dict[str, set[str]] = defaultdict(set)
    alive: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        group = groups.of(f"l{row[_LINKEDID]}")
        _take(found[group], row, alive[group], joined[group], tuple(trunks))
    if cdr_csv is not None:
        for cdr in _rows(cdr_csv, _CDR_LINKEDID + 2):
            group = groups.of(f"l{cdr[_CDR_LINKEDID]}")
            if group in found:
                found[group].cdrs += 1
    return sorted(found.values(), key=lambda each: each.began)


def queued(queue_log: Path) -> set[str]:
    """The uniqueids of all callers who stood in a queue."""
    with queue_log.open(encoding="utf-8", errors="replace") as file:
        lines = [line.split("|") for line in file]
    return {line[1] for line in lines if len(line) > 4 and line[4] == "ENTERQUEUE"}


def _take(
    conversation: Conversation,
    row: list[str],
    alive: set[str],
    joined: set[str],
    trunks: tuple[str, ...],
) -> None:
    at, uniqueid, name = float(row[_TIME]), row[_UNIQUEID], row[_CHANNEL]
    conversation.linkedids.add(row[_LINKEDID])
    match row[_TYPE]:
        case "CHAN_START":
            conversation.began = min(conversation.began or at, at)
            conversation.channels[uniqueid] = name
            alive.add(uniqueid)
            outside = name.startswith(tuple(f"PJSIP/{trunk}-" for trunk in trunks))
            if not conversation.direction and not name.startswith("Local/"):
                inbound = outside and row[_EXTEN] not in {"", "s"}
                conversation.direction = "inbound" if inbound else "inside"
            if outside and conversation.direction == "inside":
                conversation.direction = "outbound"
        case "BRIDGE_ENTER":
            if not name.startswith("Local/"):  # two rooms joined by a Local channel are one
                joined.add(uniqueid)
                conversation.talked |= len(joined) > 1
        case "BRIDGE_EXIT":
            joined.discard(uniqueid)
        case "CHAN_END":
            alive.discard(uniqueid)
            conversation.ended = None if alive else at
        case _:
            pass


def _rows(path: Path, columns: int) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        for number, row in enumerate(csv.reader(file), 1):
            if len(row) != columns:
                raise LabError(f"line {number} of {path} has {len(row)} columns, not {columns}")
            yield row


class _Groups:
    """Union-find: what is joined, directly or by others, is one group."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def of(self, name: str) -> str:
        root = name
        while (parent := self._parent.setdefault(root, root)) != root:
            root = parent
        while self._parent[name] != root:
            self._parent[name], name = root, self._parent[name]
        return root

    def join(self, one: str, other: str) -> None:
        self._parent[self.of(one)] = self.of(other)


@dataclass(slots=True)
class Verdict:
    """How a log differs from the truth; every list empty when it does not."""

    calls: int = 0
    logged: int = 0
    missing: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not any(getattr(self, name) for name in _FAULTS)

    def __str__(self) -> str:
        wrong = "; ".join(
            f"{name}: {', '.join(items[:5])}" for name in _FAULTS if (items := getattr(self, name))
        )
        return f"{self.calls} calls, {self.logged} logged" + (f"; {wrong}" if wrong else "")


def compare(expected: Iterable[Conversation], logged: Iterable[Mapping[str, Any]]) -> Verdict:
    """Hold a log against the truth, one for one.

    Each of `logged` has `id`, `direction`, `result`, `started_at` and `ended_at` (epoch seconds or None)
    and `channels`, the uniqueids of its legs.
    """
    verdict = Verdict()
    entries = list(logged)
    by_channel: dict[str, set[int]] = defaultdict(set)
    for number, entry in enumerate(entries):
        for uniqueid in entry["channels"]:
            by_channel[uniqueid].add(number)
    claimed: set[int] = set()
    for conversation in expected:
        verdict.calls += 1
        name = min(conversation.linkedids)
        found = set().union(*(by_channel[uniqueid] for uniqueid in conversation.channels))
        if not found:
            verdict.missing.append(name)
        elif len(found) > 1:
            verdict.doubled.append(name)
        elif found & claimed:
            verdict.merged.append(name)
        else:
            verdict.logged += 1
            difference = _difference(conversation, entries[next(iter(found))])
            if difference:
                verdict.differing.append(f"{name}: {difference}")
        claimed |= found
    verdict.invented += [str(entries[n]["id"]) for n in range(len(entries)) if n not in claimed]
    return verdict


def _difference(truth: Conversation, entry: Mapping[str, Any]) -> str:
    """The first thing that is wrong with an entry; empty when nothing is."""
    return next(_differences(truth, entry), "")


def _differences(truth: Conversation, entry: Mapping[str, Any]) -> Iterator[str]:
    direction = entry["direction"] if entry["direction"] != "internal" else "inside"
    tried = (truth.direction, direction) == ("inside", "outbound") and not truth.talked
    if direction != truth.direction and not tried:  # whom he wanted to call, CEL does not know
        yield f"{truth.direction}, logged as {direction}"
    if truth.direction != "inside" and (entry["result"] == "answered") != truth.talked:
        yield f"talked {truth.talked}, logged as {entry['result']}"
    if abs(entry["started_at"] - truth.began) > _CLOSE_S:
        yield f"began {truth.began}, logged {entry['started_at']}"
    if truth.ended is not None:
        if entry["ended_at"] is None:
            yield "has ended, logged as live"
        elif abs(entry["ended_at"] - truth.ended) > _CLOSE_S:
            yield f"ended {truth.ended}, logged {entry['ended_at']}"
    logged = set(entry["channels"])
    if missing := truth.channels.keys() - logged:
        yield f"lacks channels {sorted(missing)}"
    if strange := logged - truth.channels.keys():
        yield f"has channels of another call {sorted(strange)}"
