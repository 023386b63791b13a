"""What goes on now: live calls, phones, queues.

Does not show an agent other people's calls: an agent sees those he takes part in, a supervisor his
team's and the queues' waiting callers, the others all.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from callcore.call import LegRole
from callcore.events import PhoneState
from crm_store.rights import Kind, Operation, Reach, reach
from web.api.endpoint import Api
from web.api.shapes.base import Ref
from web.api.shapes.live import (
    Live,
    LiveCall,
    LiveCalls,
    LiveMember,
    LivePhone,
    LivePhones,
    LiveQueue,
    LiveQueues,
)
from web.context import Context
from web.policy import WATCH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callcore.call import Call
    from crm_store.records import User

api = Api("live")


@api.get("/live", needs=WATCH)
async def get_live(context: Context) -> Live:
    """Read the floor as it stands now."""
    people = await _people(context)
    return Live(
        fresh=context.deps.floor.stale_since is None,
        connected=context.deps.pbx.connected,
        at=datetime.now(UTC),
        calls=_calls(context, people),
        phones=_phones(context, people),
        queues=_queues(context, people),
    )


@api.get("/live/calls", needs=WATCH)
async def list_live_calls(context: Context) -> LiveCalls:
    """List the live calls one may see, the oldest first."""
    return LiveCalls(items=_calls(context, await _people(context)))


@api.get("/live/phones", needs=WATCH)
async def list_live_phones(context: Context) -> LivePhones:
    """List the phones and what they do."""
    return LivePhones(items=_phones(context, await _people(context)))


@api.get("/live/queues", needs=WATCH)
async def list_live_queues(context: Context) -> LiveQueues:
    """List the queues: who waits, who serves."""
    return LiveQueues(items=_queues(context, await _people(context)))


async def _people(context: Context) -> Mapping[str, User]:
    """Everybody by extension, as far as the actor may know them."""
    if reach(context.actor, Kind.USER, Operation.READ) is Reach.NONE:
        return {}
    users = await context.store.users.list(context.actor, active=True)
    return {user.extension: user for user in users if user.extension}


def _calls(context: Context, people: Mapping[str, User]) -> list[LiveCall]:
    seen = [call for call in context.deps.floor.calls.values() if _may_see(context, call, people)]
    region, own = context.region, context.user.extension
    calls = [LiveCall.of(call, own, region) for call in seen]
    return sorted(calls, key=lambda call: call.started_at)


def _may_see(context: Context, call: Call, people: Mapping[str, User]) -> bool:
    phones = {leg.endpoint for leg in call.legs if leg.role is LegRole.AGENT}
    if context.user.extension in phones:
        return True
    # Reading is TEAM for an agent too, for the log's sake; what others say now is not his.
    match reach(context.actor, Kind.INTERACTION, Operation.UPDATE):
        case Reach.ALL:
            return True
        case Reach.TEAM:
            teams = {people[phone].team_id for phone in phones if phone in people}
            return not phones or context.actor.team_id in teams - {None}
        case _:
            return False


def _phones(context: Context, people: Mapping[str, User]) -> list[LivePhone]:
    phones = context.deps.floor.phones
    return [LivePhone.of(extension, phones[extension], people) for extension in sorted(phones)]


def _queues(context: Context, people: Mapping[str, User]) -> list[LiveQueue]:
    floor = context.deps.floor
    names = sorted({*floor.waiting, *floor.members})
    return [
        LiveQueue(
            name=name,
            waiting=floor.waiting.get(name, 0),
            members=[
                LiveMember(
                    extension=extension,
                    user=_ref(people.get(extension)),
                    state=floor.phones.get(extension, PhoneState.UNKNOWN),
                    paused=membership.paused,
                    reason=membership.reason,
                )
                for extension, membership in sorted(floor.members.get(name, {}).items())
            ],
        )
        for name in names
    ]


def _ref(user: User | None) -> Ref | None:
    return Ref.of(user.id, user.name) if user else None
