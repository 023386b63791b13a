"""The floor: all calls, phones and queues as they stand, kept by applying a PBX's events in order.

One writer. Does not read a clock, do I/O, or trust the order of things: an event that comes twice,
late or out of turn changes nothing it should not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from callcore import events as ev
from callcore.changes import (
    CallChanged,
    CallEnded,
    CallsMerged,
    CallStarted,
    Change,
    FloorFresh,
    FloorStale,
    PhoneRinging,
    PhoneStateChanged,
    PhoneStoppedRinging,
)
from callcore.ids import Extension
from callcore.portrait import portray
from callcore.switchboard import Switchboard

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from callcore.call import Call
    from callcore.conversation import Conversation
    from callcore.events import Channel, Event, PhoneState
    from callcore.ids import CallId, PbxId, QueueName
    from callcore.legs import LiveLeg
    from callcore.numbering import Numbering
    from callcore.queues import Membership


class Floor:
    """`apply` is the only way in; `calls`, `phones`, `waiting`, `members` are the ways to look."""

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self._board = Switchboard(numbering)
        self._phones: dict[Extension, PhoneState] = {}
        self._phone_told_at: dict[Extension, datetime] = {}
        self._stale: dict[PbxId, datetime] = {}
        self._seen: set[PbxId] = set()

    @property
    def calls(self) -> Mapping[CallId, Call]:
        """The live calls; made when asked for, so ask once and not in a loop."""
        return {each.id: portray(each) for each in self._board.registry.live}

    @property
    def phones(self) -> Mapping[Extension, PhoneState]:
        return self._phones

    @property
    def waiting(self) -> Mapping[QueueName, int]:
        """How many callers stand in each queue that has any."""
        return self._board.queues.waiting

    @property
    def members(self) -> Mapping[QueueName, Mapping[Extension, Membership]]:
        return self._board.queues.members

    @property
    def stale_since(self) -> datetime | None:
        """Since when facts are missing; None while all that is shown is true."""
        return min(self._stale.values(), default=None)

    def apply(self, event: Event) -> list[Change]:
        """Take in what happened; the answer is what that changed, in the order to be told."""
        told = self._take_in(event)
        for call in self._board.touched_calls():
            told += self._settle(call, event.at)
        if isinstance(event, ev.SnapshotTaken):
            told += self._link_regained(event)
        return told

    def _take_in(self, event: Event) -> list[Change]:  # noqa: C901, PLR0911, PLR0912  # an arm each
        match event:
            case ev.ChannelEnded():
                return self._channel_ended(event)
            case ev.DialBegan():
                self._hear(event, event.dest, event.source)
            case ev.DialEnded():
                if leg := self._hear(event, event.dest, event.source):
                    self._board.dial_ended(leg, event.at, event.status)
            case ev.BridgeEntered(bridge=bridge, holding=holding):
                if leg := self._hear(event, event.channel):
                    self._board.enter_room(leg, event.at, bridge, holding=holding)
            case ev.BridgeLeft():
                if leg := self._hear(event, event.channel):
                    self._board.leave_bridge(leg, event.at, event.bridge)
            case ev.HoldBegan() | ev.HoldEnded():
                if leg := self._hear(event, event.channel):
                    self._board.hold(leg, event.at, holds=isinstance(event, ev.HoldBegan))
            case ev.QueueJoined():
                if leg := self._hear(event, event.channel):
                    return self._board.join_queue(leg, event.at, event.queue)
            case ev.QueueLeft() | ev.QueueAbandoned() | ev.QueueAgentConnected():
                if leg := self._hear(event, event.channel):
                    abandoned = isinstance(event, ev.QueueAbandoned)
                    return self._board.leave_queue(leg, event.at, event.queue, abandoned=abandoned)
            case ev.LocalBridged():
                self._hear(event, event.one, event.two)
            case ev.BlindTransferred():
                self._hear(event, event.transferer, event.transferee)
            case ev.AttendedTransferred():
                self._hear(event, event.first, event.second, event.transferee, event.target)
            case (
                ev.ChannelCreated()
                | ev.ChannelChanged()
                | ev.RecordingBegan()
                | ev.RecordingEnded()
                | ev.QueueAgentCalled()
                | ev.QueueAgentMissed()
                | ev.QueueAgentCompleted()
                | ev.DialplanSignalled()
            ):
                self._hear(event, event.channel)
            case ev.ChannelRenamed() | ev.OriginateEnded():
                self._hear_of(event)
            case ev.QueueMemberChanged():
                return [*self._board.queues.serve(event), *self._member_phone(event)]
            case ev.QueueMemberRemoved():
                return [*self._board.queues.dismiss(event.queue, event.extension, event.at)]
            case ev.PhoneChanged():
                return self._phone(event.extension, event.phone, event.at)
            case ev.SnapshotTaken():
                return self._snapshot(event)
            case ev.LinkLost():
                return self._link_lost(event)
            case _:
                assert_never(event)
        return []

    # --- what an event tells of channels -------------------------------------------------------

    def _hear(
        self, event: Event, channel: Channel | None, *others: Channel | None
    ) -> LiveLeg | None:
        """The leg an event is about, the event put on its call's ladder; None if dead or heard before.

        `others` are channels the event speaks of besides.
        """
        if channel is None:
            return None
        new = isinstance(event, ev.ChannelCreated)
        leg = self._board.meet(event.pbx, channel, event.at, new=new)
        if leg is None or not self._board.call_of(leg).hear(event):
            return None
        for other in others:
            if other is not None:
                self._board.meet(event.pbx, other, event.at)
        return leg

    def _hear_of(self, event: ev.ChannelRenamed | ev.OriginateEnded) -> None:
        """An event that names a channel by its uniqueid alone."""
        if event.uniqueid is None:
            return
        leg = self._board.registry.known(event.pbx, event.uniqueid)
        if leg is None or not self._board.call_of(leg).hear(event):
            return
        if isinstance(event, ev.ChannelRenamed) and leg.alive:
            leg.channel = event.name
            self._board.changed(leg)

    def _channel_ended(self, event: ev.ChannelEnded) -> list[Change]:
        leg = self._hear(event, event.channel)
        return [] if leg is None else self._board.end(leg, event.at, event.cause)

    # --- phones --------------------------------------------------------------------------------

    def _phone(self, extension: Extension, phone: PhoneState, at: datetime) -> list[Change]:
        told_at = self._phone_told_at.get(extension)
        if extension in self._numbering.trunks or (told_at is not None and at < told_at):
            return []
        self._phone_told_at[extension] = at
        if self._phones.get(extension) is phone:
            return []
        self._phones[extension] = phone
        return [PhoneStateChanged(extension, phone, at)]

    def _member_phone(self, event: ev.QueueMemberChanged) -> list[Change]:
        """What app_queue says of a phone counts only until the phone's own state is known."""
        if event.extension in self._phones:
            return []
        return self._phone(event.extension, event.phone, event.at)

    # --- the link to the PBX -------------------------------------------------------------------

    def _link_lost(self, event: ev.LinkLost) -> list[Change]:
        if event.pbx in self._stale:
            return []
        self._stale[event.pbx] = event.at
        return [FloorStale(event.at, event.reason)]

    def _link_regained(self, event: ev.SnapshotTaken) -> list[Change]:
        """Told last, when all that was missed has been made good."""
        first = event.pbx not in self._seen
        self._seen.add(event.pbx)
        was_stale = self._stale.pop(event.pbx, None) is not None
        return [FloorFresh(event.at)] if was_stale or first else []

    def _snapshot(self, event: ev.SnapshotTaken) -> list[Change]:
        told = self._end_the_vanished(event)
        for live in event.channels:
            self._adopt(event, live)
        for joined in event.waiting:
            if leg := self._board.meet(event.pbx, joined.channel, event.at):
                told += self._board.join_queue(leg, joined.at, joined.queue)
        for member in event.members:
            told += [*self._board.queues.serve(member), *self._member_phone(member)]
        for extension, phone in event.phones.items():
            told += self._phone(extension, phone, event.at)
        return told

    def _end_the_vanished(self, event: ev.SnapshotTaken) -> list[Change]:
        told: list[Change] = []
        listed = {live.channel.uniqueid for live in event.channels}
        for leg in self._board.registry.legs_of(event.pbx):
            if leg.uniqueid not in listed and leg.heard_at < event.at:
                call = self._board.call_of(leg)
                call.vanished = True
                told += self._board.end(leg, event.at, cause=0)
                call.ended_unseen = not call.alive
        return told

    def _adopt(self, event: ev.SnapshotTaken, live: ev.LiveChannel) -> None:
        known = self._board.registry.known(event.pbx, live.channel.uniqueid)
        if known is not None and (not known.alive or known.heard_at > event.at):
            return  # what was heard since the listing began is newer than the list
        at = event.at if known else live.created_at
        leg = self._board.meet(event.pbx, live.channel, at)
        if leg is None:
            return
        if live.bridge:
            self._board.enter_room(leg, event.at, live.bridge)
        else:
            self._board.leave_room(leg)

    # --- what to tell --------------------------------------------------------------------------

    def _settle(self, call: Conversation, at: datetime) -> list[Change]:
        """What happened to a call, as changes: it began, merged, changed, rang somewhere, ended."""
        call.judge(at)
        alive = call.alive
        if alive and call.ended:
            call.ended = False
            self._board.registry.revive(call)
        if not call.dirty:
            return []
        told: list[Change] = []
        value = portray(call)
        if call.merged:
            told += [CallsMerged(value, gone) for gone in call.merged]
        elif not call.announced:
            told.append(CallStarted(value))
        elif alive:
            told.append(CallChanged(value))
        for leg, rang_at, reason in call.rings:
            extension = Extension(leg.endpoint)
            told.append(
                PhoneRinging(value, extension, rang_at)
                if reason is None
                else PhoneStoppedRinging(value, extension, rang_at, reason)
            )
        if not alive and not call.ended:
            told.append(CallEnded(portray(call, with_ladder=True)))
            self._board.registry.retire(call)
            call.close()
        call.tell_no_more()
        return told
