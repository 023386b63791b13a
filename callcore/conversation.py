"""A call while it lives: its legs, whose call it is, who talks to whom.

Does not read events (the floor does), and reads no clock: it is told `at`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcore.call import Direction, LegRole
from callcore.ids import CallId, Extension, Uniqueid, call_id
from callcore.linkedids import age
from callcore.meter import Meter, Phase

if TYPE_CHECKING:
    from datetime import datetime

    from callcore.changes import StopReason
    from callcore.events import Event
    from callcore.ids import Linkedid, PbxId, QueueName
    from callcore.legs import LiveLeg
    from callcore.numbering import Numbering

LONGEST_LADDER = 2_000
MOST_LEGS = 250


class Conversation:
    """One connected component of linkedids, and the legs that bore them."""

    def __init__(self, pbx: PbxId, linkedid: Linkedid, numbering: Numbering) -> None:
        self.pbx = pbx
        self._numbering = numbering
        self.id: CallId = call_id(pbx, linkedid)
        self.linkedids: list[Linkedid] = [linkedid]
        """The oldest first: it names the call."""
        self.legs: dict[Uniqueid, LiveLeg] = {}
        self.queue: QueueName | None = None
        self.abandoned = False
        self.vanished = False
        """A leg ended while nobody looked."""
        self.ended_unseen = False
        """The last leg did."""
        self.meter = Meter()
        self.ladder: list[Event] = []
        # What the floor has still to tell about it, and what it has told.
        self.dirty = False
        self.announced = False
        self.ended = False
        self.merged: list[CallId] = []
        self.rings: list[tuple[LiveLeg, datetime, StopReason | None]] = []
        self.agents: dict[Extension, None] = {}
        self._lead: LiveLeg | None = None
        self._pinned: LiveLeg | None = None
        self._counted: list[LiveLeg] = []
        self.judged_at: datetime | None = None
        self._heard: set[tuple[int, datetime, type[Event]]] = set()

    def hear(self, event: Event) -> bool:
        """Note the event on the ladder; False if it is one we have had."""
        key = (event.seq, event.at, type(event))
        if event.seq and key in self._heard:
            return False
        if not self.ended and len(self.ladder) < LONGEST_LADDER:
            self._heard.add(key)
            self.ladder.append(event)
        return True

    def close(self) -> None:
        """It has ended and all is told; the events it was made of need not be kept."""
        self.ended = True
        self.ladder.clear()
        self._heard.clear()

    def tell_no_more(self) -> None:
        """All that there was to tell has been told."""
        self.announced, self.dirty = True, False
        self.merged.clear()
        self.rings.clear()

    # --- who takes part ------------------------------------------------------------------------

    def add(self, leg: LiveLeg) -> None:
        if leg.role is LegRole.SERVICE:
            self._pair(leg)
        self.legs[leg.uniqueid] = leg
        self._lead = None
        self.dirty = True

    def _pair(self, half: LiveLeg) -> None:
        """`Local/1001@agents-00000000;1` and `…;2` are one: what enters one comes out of the other."""
        for other in self.legs.values():
            if other.channel[:-1] == half.channel[:-1] and other.role is LegRole.SERVICE:
                half.far_half, other.far_half = other, half

    def excess(self) -> LiveLeg | None:
        """A leg to forget because there are too many: rung in vain and long gone."""
        if len(self.legs) <= MOST_LEGS:
            return None
        return next(
            (leg for leg in self.legs.values() if not leg.alive and not leg.answered_at), None
        )

    def also_known_as(self, linkedid: Linkedid) -> None:
        """Asterisk uses one more linkedid for it; an older one gives the call another id."""
        self.linkedids.append(linkedid)
        self.linkedids.sort(key=age)
        self._lead = None
        self.dirty = True
        if self.linkedids[0] == linkedid:
            if self.announced:
                self.merged.append(self.id)
            self.id = call_id(self.pbx, linkedid)

    def absorb(self, other: Conversation, at: datetime) -> None:
        """Become one with a younger call. What it was like for a customer outweighs our own talk."""
        self._advance(at)
        other._advance(at)
        mine, its = self.direction, other.direction
        if mine is Direction.INTERNAL and its is not Direction.INTERNAL:
            lead, meter = other.lead, other.meter
            self.queue, self.abandoned = other.queue or self.queue, other.abandoned
            agents = other.agents | self.agents
        else:
            lead, meter = self.lead, self.meter
            self.queue = self.queue or other.queue
            agents = self.agents | other.agents
        self.linkedids = sorted({*self.linkedids, *other.linkedids}, key=age)
        legs = [*self.legs.values(), *other.legs.values()]
        self.legs = {leg.uniqueid: leg for leg in sorted(legs, key=lambda leg: leg.created_at)}
        self._pinned, self.meter, self.agents = lead, meter, agents
        self._counted = [*self._counted, *other._counted]
        self.vanished |= other.vanished
        self.ladder = sorted([*self.ladder, *other.ladder], key=lambda event: event.at)
        del self.ladder[LONGEST_LADDER:]
        self._heard |= other._heard
        self.rings += other.rings
        self.merged += other.merged
        if other.announced:
            self.merged.append(other.id)
        self.dirty = True

    @property
    def lead(self) -> LiveLeg:
        """The leg it began with: the one its linkedid was named after, else the earliest known."""
        if self._pinned is not None:
            return self._pinned
        if self._lead is None:
            self._lead = self.legs.get(Uniqueid(self.linkedids[0])) or min(
                self.legs.values(), key=lambda leg: leg.created_at
            )
        return self._lead

    @property
    def alive(self) -> bool:
        return any(leg.alive for leg in self.legs.values())

    @property
    def direction(self) -> Direction:
        if self.lead.role is LegRole.CUSTOMER:
            return Direction.INBOUND
        parties = [leg for leg in self.legs.values() if leg.is_party]
        if any(leg.role is LegRole.CUSTOMER for leg in parties):
            return Direction.OUTBOUND
        return Direction.OUTBOUND if self._reaches_out(parties) else Direction.INTERNAL

    def _reaches_out(self, parties: list[LiveLeg]) -> bool:
        """A click-to-call whose agent's phone rings first: the customer has no leg yet."""
        lead = self.lead
        number = lead.exten or lead.connected
        return lead.originated and len(parties) == 1 and self._numbering.is_outside(number)

    @property
    def subject(self) -> LiveLeg:
        """The leg the call is about: the customer's; among ourselves, the caller's while he is there."""
        lead = self.lead
        if lead.role is LegRole.CUSTOMER:
            return lead
        customers = [leg for leg in self.legs.values() if leg.role is LegRole.CUSTOMER]
        if customers:
            return next((leg for leg in customers if leg.alive), customers[-1])
        phones = (leg for leg in self.legs.values() if leg.role is LegRole.AGENT and leg.alive)
        return lead if lead.alive else next(phones, lead)

    def was_answered_beside(self, leg: LiveLeg) -> bool:
        """Whether another phone took the call while that of `leg` rang."""
        since = leg.ringing_at or leg.created_at
        return any(
            other is not leg
            and other.role is LegRole.AGENT
            and not other.calls_us
            and other.answered_at is not None
            and other.answered_at >= since
            for other in self.legs.values()
        )

    # --- who talks -----------------------------------------------------------------------------

    def judge(self, at: datetime) -> None:
        """Book the time until now, then see who talks to whom since an event has changed it."""
        self._advance(at)
        self.judged_at = max(at, self.judged_at or at)
        subject = self.subject
        voices = _heard_by(subject)
        agents = [leg for leg in self.legs.values() if leg in voices and leg.role is LegRole.AGENT]
        talks = len(voices) > 1 and not self._is_held(agents)
        if talks:
            if self.meter.answered_at is None:
                self.meter.answer(max(leg.answered_at or at for leg in voices))
            self.agents |= dict.fromkeys(Extension(leg.endpoint) for leg in agents)
        phase = self._phase(talks=talks, gone=not subject.alive)
        self._counted = (
            list(voices) if phase is Phase.TALKING else [subject, *filter(_holds, agents)]
        )
        if phase is not self.meter.phase:
            self.meter.phase = phase
            self.dirty = True

    def _advance(self, at: datetime) -> None:
        phase, passed_s = self.meter.phase, self.meter.advance(at)
        if not passed_s or phase not in {Phase.TALKING, Phase.HELD}:
            return
        for leg in self._counted:
            if leg.uniqueid not in self.legs:
                continue  # of another call in the same conference
            if phase is Phase.TALKING:
                leg.talk_s += passed_s
            else:
                leg.hold_s += passed_s
            leg.touch()

    def _is_held(self, agents: list[LiveLeg]) -> bool:
        """A customer is held when every agent with him holds; among ourselves, when anybody does."""
        holding = [leg.holds for leg in agents]
        if self.direction is Direction.INTERNAL:
            return any(holding)
        return bool(holding) and all(holding)

    def _phase(self, *, talks: bool, gone: bool) -> Phase:
        if talks:
            return Phase.TALKING
        if self.meter.answered_at is None:
            return Phase.OVER if gone else Phase.WAITING
        return Phase.OVER if gone or not self._somebody_cares() else Phase.HELD

    def _somebody_cares(self) -> bool:
        """Whether the one who waits is still somebody's business, not left to an announcement."""
        subject = self.subject
        if subject.queue is not None or (subject.room is not None and subject.room.holding):
            return True
        others = (leg for leg in self.legs.values() if leg is not subject)
        return any(leg.alive and leg.is_party for leg in others)


def _holds(leg: LiveLeg) -> bool:
    return leg.holds


def _heard_by(leg: LiveLeg) -> dict[LiveLeg, None]:
    """The people in the room of `leg`, those of other calls (a conference) and himself too.

    Local channels lead from room to room. In a room for waiting nobody hears anybody.
    """
    people: dict[LiveLeg, None] = {}
    rooms = [leg.room]
    for room in rooms:
        if room is None or not room.talks:
            continue
        for other in room.legs:
            if other.is_party:
                people[other] = None
            elif other.far_half is not None and other.far_half.room not in rooms:
                rooms.append(other.far_half.room)
    return people
