"""What the halves of the house ask of each other, so that they need not import each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from callcore.call import Call
    from callcore.commands import Command, Done
    from callcore.events import PhoneState
    from callcore.ids import CallId, Extension, QueueName
    from callcore.queues import Membership


class Pbx(Protocol):
    """Somebody who can carry out commands on a PBX."""

    @property
    def connected(self) -> bool:
        """Whether commands can be sent now."""
        ...

    async def execute(self, command: Command, *, deadline_s: float = 5.0) -> Done:
        """Send once and wait for the outcome.

        Raises:
            BadValueError: a value that cannot go into an AMI line.
            PbxUnavailableError: not connected; nothing was sent.
            PbxRefusedError: Asterisk said no; the message is its own.
            CommandTimeoutError: no outcome within `deadline_s`; it may still happen.
            OutcomeUnknownError: the link dropped after sending; it is never sent again.
        """
        ...


class LiveFloor(Protocol):
    """The floor for those who only look: what lives now, as last told by the PBX."""

    @property
    def calls(self) -> Mapping[CallId, Call]:
        """The live calls; made when asked for, so ask once and not in a loop."""
        ...

    @property
    def phones(self) -> Mapping[Extension, PhoneState]: ...

    @property
    def waiting(self) -> Mapping[QueueName, int]:
        """How many callers stand in each queue that has any."""
        ...

    @property
    def members(self) -> Mapping[QueueName, Mapping[Extension, Membership]]: ...

    @property
    def stale_since(self) -> datetime | None:
        """Since when facts are missing; None while all that is shown is true."""
        ...
