"""A quiet working day: callers who come by themselves, most of them served, some not.

Bounded: one call begins after another at `per_minute`, at most `at_once` live together. Does not know
who the callers are; they are given.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lab.errors import LabError
from lab.settings import Goes
from lab.sip import Caller, call

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    from lab.pbx import Asterisk
    from lab.sip import Outcome


@dataclass(frozen=True, slots=True)
class Day:
    """How the traffic is: how much of it, how long people talk, how many lose patience."""

    per_minute: float = 10.0
    at_once: int = 6
    talk_s: tuple[float, float] = (4.0, 20.0)
    impatient: float = 0.1
    """The share of callers who hang up before anybody can answer."""


@dataclass(frozen=True, slots=True)
class Someone:
    """Somebody who may call: his number, and the name his telephone shows."""

    number: str
    name: str = ""


async def keep_calling(
    pbx: Asterisk,
    people: Sequence[Someone],
    day: Day,
    chance: random.Random,
    *,
    enough: asyncio.Event | None = None,
    happened: Callable[[Caller, Outcome], None] = lambda _caller, _outcome: None,
) -> None:
    """Let `people` call the queues and phones of `pbx`.

    Returns when `enough` is set and the last of them has hung up; without it, never.
    """
    enough = enough or asyncio.Event()
    lines = [did.number for did in pbx.settings.dids if did.goes in {Goes.QUEUE, Goes.PHONES}]
    room = asyncio.Semaphore(day.at_once)
    async with asyncio.TaskGroup() as group:
        while not enough.is_set():
            await room.acquire()
            caller = _somebody(people, lines, day, chance)
            task = group.create_task(_place(pbx, caller, happened))
            task.add_done_callback(lambda _: room.release())
            with suppress(TimeoutError):
                async with asyncio.timeout(chance.expovariate(day.per_minute / 60)):
                    await enough.wait()


def _somebody(
    people: Sequence[Someone], lines: Sequence[str], day: Day, chance: random.Random
) -> Caller:
    who = chance.choice(people)
    caller = Caller(
        did=chance.choice(lines),
        number=who.number,
        name=who.name,
        talk_s=round(chance.uniform(*day.talk_s), 1),
    )
    if chance.random() < day.impatient:
        return replace(caller, cancel_s=round(chance.uniform(0.3, 1.5), 1))
    return caller


async def _place(
    pbx: Asterisk, caller: Caller, happened: Callable[[Caller, Outcome], None]
) -> None:
    try:
        happened(caller, await call(pbx, caller, deadline_s=180.0))
    except LabError:
        if pbx.alive:  # a caller whose PBX was taken away is no error of ours
            raise
