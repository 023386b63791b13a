"""The bridge: one PBX followed for ever, and commands carried out on it.

Does not interpret what it hands on (translate does that) and never sends a command twice.
"""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from callcore.commands import Done, Originate, RecordStart, Spy
from callcore.errors import (
    BadValueError,
    CommandTimeoutError,
    PbxError,
    PbxRefusedError,
    PbxUnavailableError,
)
from callcore.events import LinkLost, RecordingBegan
from callcore.ids import Uniqueid
from pbx_bridge import snapshot
from pbx_bridge.actions import RIGHTS, actions
from pbx_bridge.connection import Connection
from pbx_bridge.errors import LASTING, MissingRightsError
from pbx_bridge.translate import Unreadable, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callcore.commands import Command
    from callcore.errors import TrunklineError
    from callcore.events import Event
    from pbx_bridge.settings import BridgeSettings
    from pbx_bridge.wire import Headers, Message

log = logging.getLogger(__name__)

_WATCHING = frozenset({"CoreShowChannels", "CoreStatus", "DeviceStateList"})
"""Without these a PBX cannot be followed at all."""

_RIGHTS_TRIES = 4
_RIGHTS_AGAIN_S = 0.5

_BRIDGE_TRIES = 10
_BRIDGE_AGAIN_S = 0.05

_REASONS = {
    "0": "The telephone is busy, or cannot be reached: is it registered?",
    "1": "Nobody picked up the telephone.",
    "3": "Nobody picked up the telephone.",
    "5": "The telephone is busy.",
    "8": "The telephone is busy, or cannot be reached: is it registered?",
}
"""`Reason` of OriginateResponse (ast_control_frame_type), as a sentence."""


class Bridge:
    """Puts a PBX's events into `events`, in order, and carries out commands (callcore.ports.Pbx).

    After each log-in: subscribe, snapshot, then what came meanwhile. When the link drops, LinkLost;
    then it is tried again, at once, later and later, with jitter.
    """

    def __init__(self, settings: BridgeSettings, events: asyncio.Queue[Event]) -> None:
        self._settings = settings
        self._events = events
        self._connection: Connection | None = None
        self._seq = 0
        self._recordings: dict[str, list[asyncio.Future[None]]] = {}
        self.trouble = "Not connected yet."
        """Why the PBX is not followed now, for people; empty while it is."""
        self.unreadable = 0

    @property
    def connected(self) -> bool:
        return self._connection is not None and self._connection.is_open

    async def run(self) -> None:
        """Never returns."""
        failures = 0
        while True:
            try:
                await self._connect_and_follow()
            except (PbxError, BadValueError) as error:  # bad values: in the settings
                failures = 0 if self._connection is not None else failures + 1
                await self._lost(error)
                await asyncio.sleep(self._pause_s(error, failures))

    async def _connect_and_follow(self) -> None:
        connection = Connection(self._settings)
        try:
            await connection.open()
            missing = await _missing_rights(connection)
            _complain(missing, self._settings.username)
            await self._follow(connection)
        finally:
            connection.close()

    async def execute(self, command: Command, *, deadline_s: float = 5.0) -> Done:
        """See callcore.ports.Pbx."""
        connection = self._connection
        if connection is None or not connection.is_open:
            raise PbxUnavailableError(f"The PBX is not connected. {self.trouble} Nothing was sent.")
        clock = asyncio.get_running_loop().time
        end = clock() + deadline_s  # of the whole command, however many actions it takes
        answer: list[Message] = []
        with self._expecting(command) as outcome:
            for headers in actions(command):
                answer = await _ask(connection, headers, end - clock())
            await _come(outcome, end - clock())
        if isinstance(command, Originate | Spy):
            return _originated(answer[-1])
        return Done(reason=answer[-1].get("Message", "") if answer else "")

    @contextmanager
    def _expecting(self, command: Command) -> Iterator[asyncio.Future[None] | None]:
        """The event that tells the outcome, where Asterisk's answer does not."""
        if not isinstance(command, RecordStart):
            yield None
            return
        begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._recordings.setdefault(command.channel, [])
        waiting.append(begun)
        try:
            yield begun
        finally:
            waiting.remove(begun)
            if not waiting:
                del self._recordings[command.channel]

    async def _follow(self, connection: Connection) -> None:
        """Hand on what happens until the link is down."""
        settings = self._settings
        await connection.subscribe()
        watch = asyncio.create_task(connection.watch())
        taking = asyncio.create_task(
            snapshot.take(connection, settings.pbx, deadline_s=settings.snapshot_deadline_s)
        )
        try:
            early = await _read_until(taking, connection)
            await self._events.put(await taking)
            self._connection, self.trouble = connection, ""
            log.info("pbx_connected", extra={"pbx": settings.pbx, "host": settings.host})
            for message in early:
                await self._hand_on(message)
            while True:
                await self._hand_on(await connection.next())
        finally:
            watch.cancel()
            taking.cancel()
            # Not `suppress(CancelledError)` around each: that would swallow our own cancellation too.
            await asyncio.gather(watch, taking, return_exceptions=True)

    async def _hand_on(self, message: Message) -> None:
        self._seq += 1
        match translate(message, self._settings.pbx, self._seq):
            case Unreadable(name, reason):
                self.unreadable += 1
                log.warning("ami_unreadable", extra={"ami": name, "reason": reason})
            case events:
                for event in events:
                    await self._events.put(event)
                    if isinstance(event, RecordingBegan):
                        for begun in self._recordings.get(event.channel.name, ()):
                            if not begun.done():
                                begun.set_result(None)

    async def _lost(self, error: TrunklineError) -> None:
        was_connected, self._connection = self._connection is not None, None
        if self.trouble != error.message:
            level = logging.ERROR if isinstance(error, LASTING) else logging.WARNING
            log.log(level, "pbx_not_connected", extra={"reason": error.message})
        self.trouble = error.message
        if was_connected:
            lost = LinkLost(self._settings.pbx, 0, datetime.now(UTC), error.message)
            await self._events.put(lost)

    def _pause_s(self, error: TrunklineError, failures: int) -> float:
        settings = self._settings
        if isinstance(error, LASTING):
            return settings.refused_retry_s
        longest = min(settings.backoff_most_s, settings.backoff_first_s * 2**failures)
        return random.uniform(longest / 2, longest)  # noqa: S311 # so that nodes don't come together


async def _ask(connection: Connection, headers: Headers, deadline_s: float) -> list[Message]:
    if headers[0][1] == "Originate":
        return await connection.ask(headers, until="OriginateResponse", deadline_s=deadline_s)
    for _ in range(_BRIDGE_TRIES):
        try:
            return await connection.ask(headers, deadline_s=deadline_s)
        except PbxRefusedError as error:
            # A channel on its way from one place of the dialplan to another cannot be bridged for a moment.
            if "Unable to add" not in str(error.data.get("said")):
                raise
            await asyncio.sleep(_BRIDGE_AGAIN_S)
    return await connection.ask(headers, deadline_s=deadline_s)


async def _come(outcome: asyncio.Future[None] | None, deadline_s: float) -> None:
    if outcome is None:
        return
    try:
        async with asyncio.timeout(deadline_s):
            await outcome
    except TimeoutError:
        raise CommandTimeoutError(
            "The recording did not begin. Is the channel in a conversation, and has its Dial or Queue "
            "the option x (callee) or X (caller)?"
        ) from None


async def _read_until(taking: asyncio.Task[object], connection: Connection) -> list[Message]:
    """What comes while the snapshot is taken; read on, or its answer would be stuck behind it."""
    early: list[Message] = []
    while not taking.done():
        coming = asyncio.ensure_future(connection.next())
        try:
            await asyncio.wait({taking, coming}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not coming.done():
                coming.cancel()
        if coming.done():
            early.append(coming.result())
    return early


async def _missing_rights(connection: Connection) -> dict[str, list[str]]:
    """The actions that are not ours to use, by the right that each would take.

    Asterisk takes log-ins while it still loads modules, and an action it has not loaded looks the
    same as one that is forbidden: so what is missing is asked for again.
    """
    missing: dict[str, list[str]] = {}
    for _ in range(_RIGHTS_TRIES):
        (commands,) = await connection.ask((("Action", "ListCommands"),))
        missing = {
            right: unknown
            for right, names in RIGHTS.items()
            if (unknown := [name for name in names if name not in commands])
        }
        if not missing:
            break
        await asyncio.sleep(_RIGHTS_AGAIN_S)
    return missing


def _complain(missing: dict[str, list[str]], username: str) -> None:
    """Say what to change.

    Raises:
        MissingRightsError: the PBX cannot be followed at all.
    """
    if not missing:
        return
    sentence = (
        f"The AMI user '{username}' lacks rights: add {','.join(missing)} to `write` in "
        f"manager.conf, section [{username}], then `manager reload`."
    )
    if any(_WATCHING.intersection(names) for names in missing.values()):
        raise MissingRightsError(sentence, missing=missing)
    log.warning("pbx_rights_missing", extra={"mend": sentence})


def _originated(response: Message) -> Done:
    """The outcome of an Originate.

    Raises:
        PbxRefusedError: the telephone did not answer; the sentence says why.
    """
    reason = response.get("Reason", "")
    if response.get("Response") != "Success":
        raise PbxRefusedError(_REASONS.get(reason, "The call did not come about."), reason=reason)
    return Done(uniqueid=Uniqueid(response.get("Uniqueid", "")), reason=reason)
