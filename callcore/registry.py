"""Which leg an event speaks of, and which call that leg belongs to.

Does not know what an event means. Bounded: of the calls that ended it keeps the last `ENDED_CALLS`,
of older ones only that their channels are dead, so that a straggler makes no ghost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcore.call import LegRole
from callcore.conversation import Conversation
from callcore.events import ChannelState
from callcore.legs import LiveLeg, Room
from callcore.linkedids import age

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from callcore.events import Channel
    from callcore.ids import Linkedid, PbxId, Uniqueid
    from callcore.numbering import Numbering

ENDED_CALLS = 1_000
DEAD_CHANNELS = 20_000


class Registry:
    """Legs by (PBX, uniqueid), conversations by (PBX, linkedid), rooms by (PBX, bridge)."""

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self._legs: dict[tuple[PbxId, Uniqueid], LiveLeg] = {}
        self._calls: dict[tuple[PbxId, Linkedid], Conversation] = {}
        self._call_of: dict[LiveLeg, Conversation] = {}
        self._rooms: dict[tuple[PbxId, str], Room] = {}
        self._live: dict[Conversation, None] = {}
        self._ended: dict[Conversation, None] = {}
        self._dead: dict[tuple[PbxId, Uniqueid], None] = {}

    @property
    def live(self) -> Iterator[Conversation]:
        return iter(self._live)

    def known(self, pbx: PbxId, uniqueid: Uniqueid) -> LiveLeg | None:
        return self._legs.get((pbx, uniqueid))

    def call_of(self, leg: LiveLeg) -> Conversation:
        return self._call_of[leg]

    def legs_of(self, pbx: PbxId) -> list[LiveLeg]:
        """All living legs of a PBX."""
        return [
            leg for call in self._live if call.pbx == pbx for leg in call.legs.values() if leg.alive
        ]

    def meet(
        self, pbx: PbxId, channel: Channel, at: datetime, *, new: bool = False
    ) -> LiveLeg | None:
        """The leg of `channel`, adopted if never heard of; None if it is long dead.

        A linkedid that the leg did not bear before joins calls: all that share one are one call.
        """
        key = (pbx, channel.uniqueid)
        leg = self._legs.get(key)
        if leg is None:
            return None if key in self._dead else self._adopt(key, channel, at, new=new)
        call = self._call_of[leg]
        if (other := self._calls.get((pbx, channel.linkedid))) is not call:
            call = self._join(call, other or channel.linkedid, at)
        if leg.describe(channel, at):
            leg.touch()
            call.dirty = True
        return leg

    def _adopt(
        self, key: tuple[PbxId, Uniqueid], channel: Channel, at: datetime, *, new: bool
    ) -> LiveLeg:
        pbx, uniqueid = key
        role = self._numbering.role(channel.name)
        rung = new and channel.state is not ChannelState.RING
        leg = LiveLeg(
            uniqueid=uniqueid,
            channel=channel.name,
            role=role,
            endpoint=self._numbering.endpoint(channel.name),
            party=channel.caller,
            created_at=at,
            heard_at=at,
            adopted_up=not new and channel.state is ChannelState.UP,
            originated=rung and role is LegRole.AGENT and str(channel.linkedid) == uniqueid,
        )
        leg.describe(channel, at)
        call = self._calls.get((pbx, channel.linkedid))
        if call is None:
            call = Conversation(pbx, channel.linkedid, self._numbering)
            self._calls[pbx, channel.linkedid] = call
            self._live[call] = None
        call.add(leg)
        self._legs[key] = leg
        self._call_of[leg] = call
        if (excess := call.excess()) is not None:
            self._forget_leg(call, excess)
        return leg

    def _join(
        self, call: Conversation, other: Conversation | Linkedid, at: datetime
    ) -> Conversation:
        """Make one of two calls, the older by Asterisk's reckoning; or give one a further linkedid."""
        if not isinstance(other, Conversation):
            call.also_known_as(other)
            self._calls[call.pbx, other] = call
            return call
        kept, gone = sorted((call, other), key=lambda each: age(each.linkedids[0]))
        kept.absorb(gone, at)
        for linkedid in gone.linkedids:
            self._calls[gone.pbx, linkedid] = kept
        for leg in gone.legs.values():
            self._call_of[leg] = kept
        self._live.pop(gone, None)
        self._ended.pop(gone, None)
        return kept

    def room(self, pbx: PbxId, bridge: str) -> Room:
        key = (pbx, bridge)
        return self._rooms.setdefault(key, Room(key))

    def clear_away(self, room: Room) -> None:
        """Forget a room that nobody is in any more."""
        if not room.legs:
            self._rooms.pop(room.key, None)

    def retire(self, call: Conversation) -> None:
        """Move an ended call out of sight, and the oldest such call out of mind."""
        self._live.pop(call, None)
        self._ended[call] = None
        while len(self._ended) > ENDED_CALLS:
            self._forget(next(iter(self._ended)))

    def revive(self, call: Conversation) -> None:
        self._ended.pop(call, None)
        self._live[call] = None

    def _forget(self, call: Conversation) -> None:
        del self._ended[call]
        for leg in list(call.legs.values()):
            self._forget_leg(call, leg)
        for linkedid in call.linkedids:
            del self._calls[call.pbx, linkedid]

    def _forget_leg(self, call: Conversation, leg: LiveLeg) -> None:
        key = (call.pbx, leg.uniqueid)
        del call.legs[leg.uniqueid], self._legs[key], self._call_of[leg]
        self._dead[key] = None
        while len(self._dead) > DEAD_CHANNELS:
            del self._dead[next(iter(self._dead))]
