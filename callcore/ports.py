"""What the halves of the house ask of each other, so that they need not import each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from callcore.commands import Command, Done


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
