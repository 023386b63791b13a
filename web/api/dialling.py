"""Click to call: the agent's own phone rings, and when he answers the number is dialled.

Does not know trunks: the PBX's dialplan does, and guards once more which countries it reaches.
"""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid4, uuid5

import phonenumbers
from phonenumbers import PhoneNumberType

from callcore.commands import Originate
from callcore.errors import BadValueError, ForbiddenError
from callcore.ids import Extension
from crm_store.numbers import display
from crm_store.records import User
from crm_store.rights import Kind, Operation
from web.api.endpoint import Api
from web.api.shapes.calls import DialInput, Dialling
from web.context import Context
from web.idempotency import HEADER
from web.keys import WebSettings
from web.policy import DIAL, Right, may

api = Api("dialling")

_KNOW_COLLEAGUES = Right(Kind.USER, Operation.READ)
RING_AGENT_S = 30.0
_COSTLY = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})


@api.post("/calls", needs=DIAL, status=201, once=True)
async def dial(context: Context, body: DialInput) -> Dialling:
    """Call a number or a colleague: one's own phone rings first; answers when it was picked up.

    `number` is a colleague's extension or an outside number. That must be in a country that may be dialled; how many one may dial in a minute is
    limited. Send an Idempotency-Key, so that a retry does not dial twice.
    """
    extension = context.user.extension
    if extension is None:
        raise ForbiddenError("You have no phone. An administrator can give you an extension.")
    called = await colleague(context, body.number)
    if called == context.user:
        raise BadValueError("This is your own phone.")
    target = body.number if called else dialable(body.number, context.settings)
    context.limits.dial.take(context.user.id)
    channel_id = _channel_id(context)
    await context.deps.pbx.execute(
        Originate(
            endpoint=f"PJSIP/{extension}",
            context=context.settings.dial_context,
            exten=target,
            caller_number=target,
            channel_id=channel_id,
            timeout_s=RING_AGENT_S,
        ),
        deadline_s=RING_AGENT_S + 5,
    )
    return Dialling(
        channel_id=channel_id,
        number=target,
        display=called.name if called else display(target, context.region),
        extension=extension,
    )


async def colleague(context: Context, extension: str) -> User | None:
    """Whose extension this is, as far as the actor may know it."""
    if not may(context.actor, _KNOW_COLLEAGUES):
        return None
    return await context.store.users.by_extension(context.actor, Extension(extension))


def dialable(raw: str, settings: WebSettings) -> str:
    """`raw` as E.164, if it is a number that may be dialled from here.

    Raises:
        BadValueError: no complete number.
        ForbiddenError: in no allowed country, or one that costs the caller extra.
    """
    try:
        number = phonenumbers.parse(raw, settings.default_region)
    except phonenumbers.NumberParseException:
        raise BadValueError("This is no complete telephone number.") from None
    if not phonenumbers.is_valid_number(number):
        raise BadValueError("This is no complete telephone number.")
    if phonenumbers.region_code_for_number(number) not in settings.allowed_regions:
        raise ForbiddenError("Numbers of that country may not be dialled from here.")
    if phonenumbers.number_type(number) in _COSTLY:
        raise ForbiddenError("Numbers with a surcharge may not be dialled from here.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _channel_id(context: Context) -> str:
    """The same for the same Idempotency-Key: Asterisk itself refuses a second such channel."""
    key = context.request.headers.get(HEADER)
    made = uuid5(NAMESPACE_URL, f"{context.user.id}/{key}") if key else uuid4()
    return f"web-{made}"
