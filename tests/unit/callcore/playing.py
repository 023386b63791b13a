"""Playing a pretended PBX's events to a floor, and picking out what it told."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from callcore.changes import CallEnded, Change, PhoneRinging, PhoneStoppedRinging

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callcore.call import Call
    from callcore.floor import Floor
    from tests.unit.callcore.pretend_pbx import PretendPbx

Kind = TypeVar("Kind", bound=Change)


def play(floor: Floor, pbx: PretendPbx) -> list[Change]:
    """Apply what the PBX has told since the last time."""
    told, pbx.told = pbx.told, []
    return [change for event in told for change in floor.apply(event)]


def only(kind: type[Kind], changes: Iterable[Change]) -> list[Kind]:
    return [change for change in changes if isinstance(change, kind)]


def ended(changes: Iterable[Change]) -> Call:
    (change,) = only(CallEnded, changes)
    return change.call


def ringing(changes: Iterable[Change]) -> list[tuple[str, str]]:
    """What the phones did: (extension, began or why it stopped)."""
    return [
        (change.extension, "rings" if isinstance(change, PhoneRinging) else change.reason.value)
        for change in changes
        if isinstance(change, (PhoneRinging, PhoneStoppedRinging))
    ]
