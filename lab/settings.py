"""What a lab looks like: its phones, queues, numbers and the countries it may call.

Holds no ports and no secrets; those are made afresh for every run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Goes(Enum):
    """Where the dialplan sends an inbound number."""

    PHONES = "phones"  # rings all of `targets` at once
    QUEUE = "queue"
    LOCAL = "local"  # through a Local channel that optimises itself away
    LOCAL_KEPT = "local-kept"  # through a Local channel that stays (`/n`)
    CONFERENCE = "conference"
    MENU = "menu"  # answers, asks for a digit, then the queue
    BUSY = "busy"
    NOBODY = "nobody"  # rings until the caller gives up


@dataclass(frozen=True, slots=True)
class Did:
    """A number of ours that the outside can dial. `targets` are phones, or the one queue or room."""

    number: str
    goes: Goes
    targets: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue and the phones that serve it, in order of penalty 0."""

    name: str
    members: tuple[str, ...]
    strategy: str = "rrmemory"
    ring_s: int = 15
    wrapup_s: int = 0


def phone_range(count: int, first: int = 1001) -> tuple[str, ...]:
    """`count` extensions in a row, from 1001 on."""
    return tuple(str(first + n) for n in range(count))


PHONES = phone_range(8)

# Numbers that regulators keep free for drama: they reach nobody, wherever they leak to.
DIDS = (
    Did("+442079460100", Goes.QUEUE, ("support",), "support line"),
    Did("+442079460101", Goes.QUEUE, ("sales",), "sales line"),
    Did("+442079460110", Goes.PHONES, ("1001",), "straight to one phone"),
    Did("+442079460111", Goes.PHONES, ("1002",), "straight to another phone"),
    Did("+442079460120", Goes.PHONES, ("1001", "1002"), "two phones ring at once"),
    Did("+442079460130", Goes.LOCAL, ("1001",), "by a Local channel"),
    Did("+442079460131", Goes.LOCAL_KEPT, ("1001",), "by a Local channel that stays"),
    Did("+442079460140", Goes.CONFERENCE, ("800",), "a conference room"),
    Did("+442079460150", Goes.MENU, ("support",), "a menu before the queue"),
    Did("+442079460190", Goes.BUSY, (), "always busy"),
    Did("+442079460191", Goes.NOBODY, (), "nobody answers"),
)

QUEUES = (Queue("support", PHONES[:6]), Queue("sales", PHONES[4:]))


@dataclass(frozen=True, slots=True)
class Country:
    """A country that may be called, by dial-plan pattern after the `+`; `refused` patterns win."""

    pattern: str
    about: str
    refused: tuple[str, ...] = ()


# Other countries behind +1: dialled like a neighbour, charged like abroad, and loved by fraud.
_ISLANDS = (
    *("242", "246", "264", "268", "284", "340", "345", "441", "473", "649", "658", "664"),
    *("670", "671", "684", "721", "758", "767", "784", "787", "809", "829", "849", "868"),
    *("869", "876", "939"),
)

COUNTRIES = (
    Country("44XXXXXXXXX.", "United Kingdom", ("447[06]X.", "449X.", "4487X.", "4484X.")),
    Country("33ZXXXXXXXX", "France", ("338X.",)),
    Country("7[3-9]XXXXXXXXX", "Russia", ("7809X.", "7803X.")),
    Country("49XXXXXXXX.", "Germany", ("49900X.", "49137X.", "49180X.")),
    Country(
        "1NXXNXXXXXX",
        "North America",
        ("1900X.", "1976X.", "1NXX976X.", *(f"1{area}X." for area in _ISLANDS)),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabSettings:
    """One lab. `run_dir` None means a temporary folder that goes away with the lab."""

    systemname: str = "lab"
    phones: tuple[str, ...] = PHONES
    queues: tuple[Queue, ...] = QUEUES
    dids: tuple[Did, ...] = DIDS
    countries: tuple[Country, ...] = COUNTRIES
    caller_id: str = "+442079460100"
    asterisk: Path | None = None
    run_dir: Path | None = None
    keep: bool = False
    ami_read: str = "system,call,agent,user,reporting"
    ami_write: str = "call,agent,originate,reporting,user"
    web_phones: bool = False
    boot_deadline_s: float = 60.0
    extra_config: dict[str, str] = field(default_factory=dict)
    """Lines appended to a file of Asterisk's, by file name: for tests of odd set-ups."""


def big_lab(phones: int, **changes: object) -> LabSettings:
    """A lab with many phones that all serve both queues: for load."""
    extensions = phone_range(phones)
    queues = (Queue("support", extensions), Queue("sales", extensions))
    return LabSettings(phones=extensions, queues=queues, **changes)  # type: ignore[arg-type]
