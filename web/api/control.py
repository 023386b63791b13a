"""What one does with a live call: hang up, hold, transfer, park, mute, digits, recording, listening in.

Does not change any state: it sends commands, and what follows comes as events. An agent reaches only
the leg of his own phone; a supervisor those of his team; who may change all calls, all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcore.call import LegRole
from callcore.commands import (
    AttendedTransfer,
    CancelAttendedTransfer,
    Hangup,
    Hold,
    Mute,
    Park,
    PlayDigits,
    RecordPause,
    RecordStart,
    RecordStop,
    Redirect,
    Spy,
    Unhold,
)
from callcore.errors import BadValueError, ConflictError, ForbiddenError, NotFoundError
from callcore.ids import CallId, Extension
from crm_store.rights import Kind, Operation, Reach, reach
from web.api.dialling import colleague, dialable
from web.api.endpoint import Api
from web.api.shapes.base import Done, Id
from web.api.shapes.calls import (
    DigitsInput,
    MuteInput,
    RecordingInput,
    SpyInput,
    TransferInput,
    Whose,
)
from web.context import Context
from web.policy import CONTROL, SPY

if TYPE_CHECKING:
    from callcore.call import Call, Leg
    from callcore.commands import Command

api = Api("call control")

_LONGEST_EXTENSION = 6


async def may_control(context: Context, call_id: str) -> bool:
    """Whether some leg of the call is within the actor's reach."""
    call = context.deps.floor.calls.get(CallId(call_id))
    if call is None:
        return False
    return any([await _within_reach(context, leg.endpoint) for leg in _phones(call)])


@api.post("/calls/{call_id}/hangup", needs=CONTROL)
async def hang_up(context: Context, call_id: Id, body: Whose) -> Done:
    """Hang up one's own leg of a call."""
    _, leg = await _find(context, call_id, body.extension)
    return await _send(context, Hangup(leg.channel))


@api.post("/calls/{call_id}/hold", needs=CONTROL)
async def hold(context: Context, call_id: Id, body: Whose) -> Done:
    """Put the other side on music."""
    call, leg = await _find(context, call_id, body.extension)
    return await _send(context, Hold(leg.channel, _other_side(call, leg).channel))


@api.post("/calls/{call_id}/unhold", needs=CONTROL)
async def unhold(context: Context, call_id: Id, body: Whose) -> Done:
    """Take the other side off the music."""
    call, leg = await _find(context, call_id, body.extension)
    return await _send(context, Unhold(leg.channel, _other_side(call, leg).channel))


@api.post("/calls/{call_id}/transfer", needs=CONTROL, once=True)
async def transfer(context: Context, call_id: Id, body: TransferInput) -> Done:
    """Hand the other side to an extension or an outside number, without asking there first."""
    call, leg = await _find(context, call_id, body.extension)
    other = _other_side(call, leg)
    target = await _target(context, body.to)
    return await _send(context, Redirect(other.channel, context.settings.transfer_context, target))


@api.post("/calls/{call_id}/attended-transfer", needs=CONTROL, once=True)
async def attended_transfer(context: Context, call_id: Id, body: TransferInput) -> Done:
    """Speak to an extension or an outside number first; hanging up hands the call over."""
    _, leg = await _find(context, call_id, body.extension)
    target = await _target(context, body.to)
    return await _send(
        context, AttendedTransfer(leg.channel, context.settings.transfer_context, target)
    )


@api.post("/calls/{call_id}/cancel-transfer", needs=CONTROL)
async def cancel_transfer(context: Context, call_id: Id, body: Whose) -> Done:
    """Go back to the first party."""
    _, leg = await _find(context, call_id, body.extension)
    return await _send(context, CancelAttendedTransfer(leg.channel))


@api.post("/calls/{call_id}/park", needs=CONTROL, once=True)
async def park(context: Context, call_id: Id, body: Whose) -> Done:
    """Park the other side; one's own phone hears where."""
    call, leg = await _find(context, call_id, body.extension)
    return await _send(context, Park(_other_side(call, leg).channel, announce_to=leg.channel))


@api.post("/calls/{call_id}/mute", needs=CONTROL)
async def mute(context: Context, call_id: Id, body: MuteInput) -> Done:
    """Let the other side hear nothing of one's own leg, or hear it again."""
    _, leg = await _find(context, call_id, body.extension)
    return await _send(context, Mute(leg.channel, on=body.on))


@api.post("/calls/{call_id}/digits", needs=CONTROL, once=True)
async def play_digits(context: Context, call_id: Id, body: DigitsInput) -> Done:
    """Play digits to the other side, for its menus."""
    call, leg = await _find(context, call_id, body.extension)
    return await _send(context, PlayDigits(_other_side(call, leg).channel, body.digits))


@api.post("/calls/{call_id}/recording", needs=CONTROL)
async def record(context: Context, call_id: Id, body: RecordingInput) -> Done:
    """Start, stop, pause or resume the recording of whom one speaks with."""
    call, leg = await _find(context, call_id, body.extension)
    other = _other_side(call, leg).channel
    command: Command
    match body.action:
        case "start":
            command = RecordStart(
                other, leg.channel, f"{context.settings.recordings_prefix}-{call.id}"
            )
        case "stop":
            command = RecordStop(other)
        case "pause":
            command = RecordPause(other, paused=True)
        case "resume":
            command = RecordPause(other, paused=False)
    return await _send(context, command)


@api.post("/calls/{call_id}/spy", needs=SPY, once=True)
async def spy(context: Context, call_id: Id, body: SpyInput) -> Done:
    """Listen to an agent's call, whisper to the agent, or speak to both: one's own phone rings."""
    if context.user.extension is None:
        raise ForbiddenError("You have no phone. An administrator can give you an extension.")
    _, leg = await _find(context, call_id, body.extension)
    if leg.endpoint == context.user.extension:
        raise BadValueError("This is your own call.")
    return await _send(context, Spy(context.user.extension, leg.channel, body.mode))


async def _send(context: Context, command: Command) -> Done:
    await context.deps.pbx.execute(command)
    return Done()


async def _find(context: Context, call_id: str, extension: str | None) -> tuple[Call, Leg]:
    """The live call and the leg in it that the actor may act on.

    Whoever may not see the call does not learn that it lives.

    Raises:
        NotFoundError: no such live call within his reach.
        ConflictError: it has no phone any more, or several and none was named.
    """
    call = context.deps.floor.calls.get(CallId(call_id))
    if call is None:
        raise NotFoundError("This call has ended, or is not yours.")
    phones = _phones(call)
    wanted = extension or context.user.extension
    mine = [leg for leg in phones if leg.endpoint == wanted]
    if not mine and extension is None:
        mine = phones  # a supervisor who named nobody: the one phone there is
    reachable = [leg for leg in mine if await _within_reach(context, leg.endpoint)]
    if not reachable:
        raise NotFoundError("This call has ended, or is not yours.")
    answered = [leg for leg in reachable if leg.answered_at is not None] or reachable
    if len({leg.endpoint for leg in answered}) > 1:
        raise ConflictError("Several phones take part. Say which one.")
    return call, answered[-1]


def _phones(call: Call) -> list[Leg]:
    return [leg for leg in call.legs if leg.alive and leg.role is LegRole.AGENT]


async def _within_reach(context: Context, endpoint: str) -> bool:
    actor = context.actor
    granted = reach(actor, Kind.INTERACTION, Operation.UPDATE)
    if actor.scopes is not None:  # the token's scope was checked for the command itself
        granted = Reach.OWN
    if granted is Reach.ALL or endpoint == context.user.extension:
        return True
    if granted is not Reach.TEAM or actor.team_id is None:
        return False
    owner = await context.store.users.by_extension(actor, Extension(endpoint))
    return owner is not None and owner.team_id == actor.team_id


def _other_side(call: Call, leg: Leg) -> Leg:
    """Whom the leg speaks with: the customer, else the one other phone."""
    others = [other for other in call.legs if other.alive and other is not leg]
    customers = [other for other in others if other.role is LegRole.CUSTOMER]
    phones = [other for other in others if other.role is LegRole.AGENT]
    for candidates in (customers, phones):
        if len(candidates) == 1:
            return candidates[0]
    raise ConflictError("There is not exactly one other side. Use the phone itself.")


async def _target(context: Context, to: str) -> str:
    """A number of the house (colleague, queue, conference) as it is, else one that may be dialled."""
    if to.isascii() and to.isdigit() and len(to) <= _LONGEST_EXTENSION:
        return to
    if await colleague(context, to):
        return to
    number = dialable(to, context.settings)
    context.limits.dial.take(context.user.id)
    return number
