"""Which call stands on which agent's screen.

Pure: takes the floor's changes, gives who has to be told what. Does not look customers up — whoever
does puts what he found in with `put_cards` — and reads no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, assert_never

from callcore.call import Direction, LegRole
from callcore.changes import (
    CallChanged,
    CallEnded,
    CallsMerged,
    CallStarted,
    FloorFresh,
    FloorStale,
    MembershipChanged,
    PhoneRinging,
    PhoneStateChanged,
    PhoneStoppedRinging,
    QueueChanged,
    StopReason,
)
from callcore.ids import Extension
from screenpop import messages
from screenpop.messages import (
    CloseReason,
    Notice,
    Pop,
    PopChanged,
    PopClosed,
    PopOpened,
    PopState,
    ServerMessage,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from callcore.call import Call, Leg
    from callcore.changes import Change
    from callcore.ids import CallId

PBX_LOST = "pbx-lost"
PBX_BACK = "pbx-back"

ENDED_KEPT = 3
"""How many ended calls an agent may have on his screen before the oldest goes by itself."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """`message` for one user, or for everybody when `user_id` is None."""

    user_id: str | None
    message: ServerMessage

    @property
    def wants_cards(self) -> Pop | None:
        """The pop whose customers nobody has looked up yet."""
        match self.message:
            case PopOpened(pop=Pop(customers=None) as pop):
                return pop
            case _:
                return None


class Pops:
    """The pops of every user, newest last; one writer, the pipeline."""

    def __init__(self) -> None:
        self._screens: dict[str, dict[CallId, Pop]] = {}
        self._watchers: dict[CallId, set[str]] = {}

    def of(self, user_id: str) -> tuple[Pop, ...]:
        """What stands on a user's screen now, for his snapshot."""
        return tuple(self._screens.get(user_id, {}).values())

    def apply(self, change: Change, users: Mapping[Extension, str]) -> list[Delivery]:
        """Who has to be told what about `change`; `users` says who sits at which phone."""
        return list(self._tell(change, users))

    def _tell(self, change: Change, users: Mapping[Extension, str]) -> Iterator[Delivery]:
        match change:
            case CallStarted(call) | CallChanged(call) | CallEnded(call) | PhoneRinging(call):
                yield from self._follow(call, users)
            case PhoneStoppedRinging(call, extension, _, reason):
                yield from self._stop_ringing(call, extension, reason)
                yield from self._follow(call, users)
            case CallsMerged(call, gone):
                yield from self._move(gone, call)
                yield from self._follow(call, users)
            case PhoneStateChanged(extension, phone, at):
                if extension in users:
                    yield Delivery(users[extension], messages.PhoneChanged(extension, phone, at))
            case QueueChanged(queue, waiting, at):
                yield Delivery(None, messages.QueueChanged(queue, waiting, at))
            case FloorStale(at):
                yield Delivery(None, Notice(PBX_LOST, at))
            case FloorFresh(at):
                yield Delivery(None, Notice(PBX_BACK, at))
            case MembershipChanged():
                pass  # the boards' business
            case _:
                assert_never(change)

    def put_cards(
        self,
        user_id: str,
        call_id: CallId,
        customers: Sequence[Mapping[str, Any]],
        interactions: Sequence[Mapping[str, Any]],
        *,
        replaces: CallId | None = None,
    ) -> list[Delivery]:
        """Whose number it is, as far as this user may see it; several customers make a chooser.

        What it gives stands for the delivery that wanted the cards, so its `replaces` goes along.
        Nothing to tell when the pop is gone meanwhile. May be called again, when a card was changed.
        """
        pop = self._screens.get(user_id, {}).get(call_id)
        if pop is None:
            return []
        pop = replace(
            pop,
            customers=tuple(dict(card) for card in customers),
            interactions=tuple(dict(interaction) for interaction in interactions),
        )
        self._put(user_id, pop)
        return [Delivery(user_id, PopOpened(pop, replaces))]

    def dismiss(self, user_id: str, call_id: CallId) -> list[Delivery]:
        """The agent is done with an ended call: it leaves all his tabs. A live one stays."""
        pop = self._screens.get(user_id, {}).get(call_id)
        if pop is None or pop.state is not PopState.ENDED:
            return []
        return [self._close(user_id, call_id, CloseReason.DISMISSED)]

    def _follow(self, call: Call, users: Mapping[Extension, str]) -> Iterator[Delivery]:
        """Make the screens agree with what `call` has become."""
        places = _places(call)
        for user_id in sorted(self._watchers.get(call.id, ())):
            before = self._screens[user_id][call.id]
            state = places.get(before.extension)
            if state is None and before.state is PopState.RINGING:
                if call.ended_at is not None:
                    yield self._close(user_id, call.id, CloseReason.CALLER_GONE)
                # else PhoneStoppedRinging comes, and knows why
            else:
                yield from self._show(user_id, _seen(call, state or PopState.ENDED, before))
        for extension, state in places.items():
            user_id = users.get(extension, "")
            if user_id and user_id not in self._watchers.get(call.id, ()):
                yield from self._show(user_id, _new(call, extension, state))

    def _show(self, user_id: str, pop: Pop) -> Iterator[Delivery]:
        before = self._screens.get(user_id, {}).get(pop.call_id)
        if pop == before:
            return
        self._put(user_id, pop)
        yield Delivery(user_id, PopOpened(pop) if before is None else _change(before, pop))
        if pop.state is PopState.ENDED:
            yield from self._clear_old(user_id)

    def _stop_ringing(
        self, call: Call, extension: Extension, reason: StopReason
    ) -> Iterator[Delivery]:
        if reason is StopReason.ANSWERED:
            return
        for user_id in sorted(self._watchers.get(call.id, ())):
            pop = self._screens[user_id][call.id]
            if pop.extension == extension and pop.state is PopState.RINGING:
                yield self._close(user_id, call.id, CloseReason(reason.value))

    def _move(self, gone: CallId, call: Call) -> Iterator[Delivery]:
        """The pops of call `gone` become pops of `call`, unless their agent has that one already."""
        places = _places(call)
        for user_id in sorted(self._watchers.get(gone, ())):
            before = self._screens[user_id][gone]
            delivery = self._close(user_id, gone, CloseReason.MERGED)
            state = places.get(before.extension)
            if call.id in self._screens.get(user_id, {}) or state is None:
                yield delivery
                continue
            pop = _seen(call, state, before)
            self._put(user_id, pop)
            yield Delivery(user_id, PopOpened(pop, replaces=gone))

    def _clear_old(self, user_id: str) -> Iterator[Delivery]:
        ended = [pop.call_id for pop in self.of(user_id) if pop.state is PopState.ENDED]
        for call_id in ended[:-ENDED_KEPT]:
            yield self._close(user_id, call_id, CloseReason.EXPIRED)

    def _put(self, user_id: str, pop: Pop) -> None:
        self._screens.setdefault(user_id, {})[pop.call_id] = pop
        self._watchers.setdefault(pop.call_id, set()).add(user_id)

    def _close(self, user_id: str, call_id: CallId, reason: CloseReason) -> Delivery:
        screen, watchers = self._screens[user_id], self._watchers[call_id]
        del screen[call_id]
        watchers.remove(user_id)
        if not screen:
            del self._screens[user_id]
        if not watchers:
            del self._watchers[call_id]
        return Delivery(user_id, PopClosed(call_id, reason))


def _places(call: Call) -> dict[Extension, PopState]:
    """Where each agent stands who is in the call now, or whose phone rings for it."""
    if call.ended_at is not None:
        return {}
    places = dict.fromkeys(call.ringing, PopState.RINGING)
    for leg in call.legs:
        extension = Extension(leg.endpoint)
        if leg.role is not LegRole.AGENT or not leg.alive:
            continue
        if leg is call.legs[0]:  # he began it: at his telephone, or by a click
            if leg.answered_at and call.answered_at:
                places[extension] = PopState.TALKING
            elif (leg.answered_at or call.dialled) and extension not in places:
                places[extension] = PopState.DIALLING
        elif leg.answered_at:
            places[extension] = PopState.TALKING
    return places


def _new(call: Call, extension: Extension, state: PopState) -> Pop:
    number, name = _far_party(call, extension)
    return Pop(
        call_id=call.id,
        extension=extension,
        direction=call.direction,
        state=state,
        number=number,
        name=name,
        dialled=call.dialled,
        queue=call.queue,
        started_at=call.started_at,
        rang_at_ms=_rang_at_ms(call, extension),
        answered_at=_answered_at(call, extension, state),
    )


def _seen(call: Call, state: PopState, before: Pop) -> Pop:
    """The pop `before` as the call makes it look now; its cards stay if its number does."""
    if state is PopState.ENDED:
        ended_at = before.ended_at or _left_at(call, before.extension)
        return replace(before, state=state, ended_at=ended_at, result=before.result or call.result)
    pop = _new(call, before.extension, state)
    if before.state is not PopState.ENDED:
        pop = replace(pop, rang_at_ms=before.rang_at_ms)
    if pop.number != before.number:
        return pop
    return replace(pop, customers=before.customers, interactions=before.interactions)


def _change(before: Pop, pop: Pop) -> PopChanged | PopOpened:
    """What tells the change in the fewest words; a call that rings again comes whole."""
    change = PopChanged(
        call_id=pop.call_id,
        state=pop.state,
        name=pop.name,
        queue=pop.queue,
        answered_at=pop.answered_at,
        ended_at=pop.ended_at,
        result=pop.result,
    )
    told = {field.name: getattr(change, field.name) for field in fields(change)}
    return change if replace(before, **told) == pop else PopOpened(pop)


def _far_party(call: Call, extension: Extension) -> tuple[str, str]:
    """Number and name of whom the agent has on the line."""
    if call.direction is not Direction.INTERNAL:
        return call.customer.number, call.customer.name
    first = call.legs[0] if call.legs else None
    if first is None or first.endpoint == extension:
        return call.dialled, ""
    return first.endpoint, first.party.name


def _own_legs(call: Call, extension: Extension) -> list[Leg]:
    return [leg for leg in call.legs if leg.role is LegRole.AGENT and leg.endpoint == extension]


def _rang_at_ms(call: Call, extension: Extension) -> int:
    rang_at = max(
        (leg.ringing_at or leg.created_at for leg in _own_legs(call, extension)),
        default=call.started_at,
    )
    return round(rang_at.timestamp() * 1000)


def _answered_at(call: Call, extension: Extension, state: PopState) -> datetime | None:
    """Since when the agent talks: since his answer, or the far end's if he began the call."""
    if state is not PopState.TALKING:
        return None
    if call.legs[0].endpoint == extension:
        return call.answered_at
    own = [leg.answered_at for leg in _own_legs(call, extension) if leg.alive and leg.answered_at]
    return max(own, default=None)


def _left_at(call: Call, extension: Extension) -> datetime | None:
    """When the agent's part of the call was over."""
    left = [leg.ended_at for leg in _own_legs(call, extension) if leg.ended_at]
    return max(left, default=call.ended_at)
