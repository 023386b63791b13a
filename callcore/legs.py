"""A leg while it lives: what the floor knows of one channel, changed by the events about it.

Does not know its call. Facts of one kind (bridge, hold, queue) carry their time, and an older fact
that arrives late never undoes a newer one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from callcore.call import Leg, LegRole
from callcore.events import ChannelState

if TYPE_CHECKING:
    from datetime import datetime

    from callcore.events import Channel, Party
    from callcore.ids import PbxId, QueueName, Uniqueid

# Extensions of the dialplan's own: start, hang-up, invalid, timeout. Nobody dials them.
_UNDIALLED = frozenset({"", "s", "h", "i", "t", "failed"})


@dataclass(slots=True, eq=False)
class Room:
    """A bridge and who is in it. People wait in a `holding` one and talk in any other."""

    key: tuple[PbxId, str]
    holding: bool = False
    legs: dict[LiveLeg, None] = field(default_factory=dict)

    @property
    def talks(self) -> bool:
        return not self.holding and len(self.legs) > 1


@dataclass(slots=True, eq=False)
class LiveLeg:
    """See `callcore.call.Leg` for what the plain fields mean."""

    uniqueid: Uniqueid
    channel: str
    role: LegRole
    endpoint: str
    party: Party
    created_at: datetime
    heard_at: datetime
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    cause: int = 0
    hold_s: float = 0.0
    talk_s: float = 0.0

    connected: str = ""
    """The number on the other side as the channel shows it."""
    exten: str = ""
    """What this channel dialled first."""
    calls_us: bool = False
    """The telephone called Asterisk, not Asterisk the telephone."""
    originated: bool = False
    """An Originate made it: a phone that was rung though nobody called."""
    far_half: LiveLeg | None = None
    """The other half of a Local channel: what enters one comes out of the other."""
    adopted_up: bool = False
    """It was up when first heard of: what it did before is not known."""
    dial_status: str = ""
    rings: bool = False
    """It rings now, and the floor has said so."""
    holds: bool = False
    queue: QueueName | None = None
    room: Room | None = None
    hold_told_at: datetime | None = None
    queue_told_at: datetime | None = None
    room_told_at: datetime | None = None
    _frozen: Leg | None = None

    @property
    def alive(self) -> bool:
        return self.ended_at is None

    @property
    def is_party(self) -> bool:
        """Whether a person may be behind it: a customer or an agent."""
        return self.role is not LegRole.SERVICE

    def describe(self, channel: Channel, at: datetime) -> bool:
        """Take over what an event says of the channel itself; whether that changed the leg."""
        before = (self.channel, self.party, self.connected, self.exten, self.created_at)
        self.heard_at = max(self.heard_at, at)
        self.created_at = min(self.created_at, at)
        if self.alive:
            self.channel = channel.name
            if not (self.party.number or self.party.name):
                self.party = channel.caller
            self.connected = self.connected or channel.connected.number
        if self.exten in _UNDIALLED and channel.exten not in _UNDIALLED:
            self.exten = channel.exten
        if channel.state is ChannelState.RING:
            self.calls_us = True
        return before != (self.channel, self.party, self.connected, self.exten, self.created_at)

    def touch(self) -> None:
        """Forget the frozen value: something it shows has changed."""
        self._frozen = None

    def freeze(self) -> Leg:
        if self._frozen is None:
            self._frozen = Leg(
                uniqueid=self.uniqueid,
                channel=self.channel,
                role=self.role,
                endpoint=self.endpoint,
                party=self.party,
                created_at=self.created_at,
                ringing_at=self.ringing_at,
                answered_at=self.answered_at,
                ended_at=self.ended_at,
                cause=self.cause,
                hold_s=round(self.hold_s, 3),
                talk_s=round(self.talk_s, 3),
            )
        return self._frozen
