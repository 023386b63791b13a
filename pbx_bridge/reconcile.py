"""What happened while nobody looked, from the PBX's own records.

Does not write anything and asks nobody: files in, calls out. The calls come from the same floor as the
live ones, by the same ids, so that recording them again changes nothing.
"""

from __future__ import annotations

import csv
import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from callcore.changes import CallChanged, CallEnded, CallsMerged, CallStarted
from callcore.floor import Floor
from pbx_bridge import cdr, cel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from callcore.call import Call
    from callcore.events import Event
    from callcore.ids import CallId, PbxId
    from callcore.numbering import Numbering

log = logging.getLogger(__name__)

LONGEST_CALL = timedelta(hours=6)
"""How far before `since` a call that is of interest may have begun."""

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Records:
    """Where the PBX writes its records; None where it does not."""

    cel_csv: Path | None = None
    cdr_csv: Path | None = None
    queue_log: Path | None = None


def missed_calls(records: Records, pbx: PbxId, numbering: Numbering, since: datetime) -> list[Call]:
    """Every call that did anything at or after `since`, marked recovered; one without an end had none yet.

    Reads only the end of the files, as far back as a call may be long.
    """
    begin = since - LONGEST_CALL
    rows = [row for line in _tail(records.cel_csv, begin, _cel_time) if (row := _row(line))]
    lines = [
        line
        for text in _tail(records.queue_log, begin, _queue_time)
        if (line := cel.queue_line(text))
    ]
    # CDR tells less (no transfers, no holds): it is read where there is no CEL at all.
    told = cel.events(rows, lines, pbx) if rows else _from_cdr(records, begin, pbx)
    calls = replay(told, numbering)
    return [call for call in calls if (call.changed_at or call.started_at) >= since]


def replay(events: list[Event], numbering: Numbering) -> list[Call]:
    """The calls that a floor makes of these events."""
    floor = Floor(numbering)
    calls: dict[CallId, Call] = {}
    for event in events:
        for change in floor.apply(event):
            match change:
                case CallStarted(call) | CallChanged(call) | CallEnded(call):
                    calls[call.id] = call
                case CallsMerged(call, gone):
                    calls.pop(gone, None)
                    calls[call.id] = call
                case _:
                    pass
    return [replace(call, recovered=True) for call in calls.values()]


def _from_cdr(records: Records, begin: datetime, pbx: PbxId) -> list[Event]:
    rows = [row for line in _tail(records.cdr_csv, begin, _cdr_time) if (row := _cdr_row(line))]
    if rows:
        log.warning("recovered_from_cdr_alone", extra={"file": str(records.cdr_csv)})
    return cdr.events(rows, pbx)


def _row(line: str) -> cel.Row | None:
    return cel.row(_cells(line))


def _cdr_row(line: str) -> cdr.Row | None:
    return cdr.row(_cells(line))


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return []


def _cel_time(line: str) -> datetime | None:
    row = _row(line)
    return row.at if row else None


def _cdr_time(line: str) -> datetime | None:
    row = _cdr_row(line)
    return row.end if row else None


def _queue_time(line: str) -> datetime | None:
    parsed = cel.queue_line(line)
    return parsed.at if parsed else None


def _tail(
    path: Path | None, begin: datetime, time_of: Callable[[str], datetime | None]
) -> Iterator[str]:
    """The lines of the end of a file, from about `begin` on; a half line at its end is left out."""
    if path is None:
        return
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            start = size
            while start > 0:
                start = max(0, start - _BLOCK)
                file.seek(start)
                if start:
                    file.readline()  # the rest of a line that began before
                first = next(
                    (at for line in file if (at := time_of(_text(line))) is not None), None
                )
                if first is not None and first < begin:
                    break
            file.seek(start)
            if start:
                file.readline()
            for line in file:
                if line.endswith(b"\n"):
                    yield _text(line)
    except OSError as error:
        log.warning("record_unreadable", extra={"file": str(path), "reason": error.strerror})


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r\n")
