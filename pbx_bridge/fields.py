"""The parts AMI messages are made of: text, numbers, times, channels, parties, device states.

Does not know which message means what (translate does). Says `MissingError` where a part is missing
without which the message means nothing; everything else that is absent or odd reads as empty.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from callcore.events import Channel, ChannelState, Party, PhoneState
from callcore.ids import Extension, Linkedid, QueueName, Uniqueid

if TYPE_CHECKING:
    from collections.abc import Mapping

    Headers = Mapping[str, str]


class MissingError(Exception):
    """A header without which the event means nothing is absent or odd."""


_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_NOBODY: Final = frozenset({"<unknown>", "<null>", "(null)"})


def unescape(text: str) -> str:
    """Undo ast_escape_c(), which Asterisk applies to the names (not the numbers) in its events."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), text)


def text(headers: Headers, key: str) -> str:
    found = headers.get(key, "")
    return "" if found in _NOBODY else found


def required(headers: Headers, key: str) -> str:
    if found := text(headers, key):
        return found
    raise MissingError(f"no {key}")


def timestamp(headers: Headers, otherwise: datetime | None) -> datetime:
    """`timestampevents = yes` of manager.conf puts the PBX's own clock on every event."""
    found = headers.get("Timestamp")
    if found is None:
        if otherwise is None:
            raise MissingError("no Timestamp: manager.conf wants timestampevents = yes")
        return otherwise
    try:
        return datetime.fromtimestamp(float(found), UTC)
    except (ValueError, OverflowError, OSError):
        raise MissingError(f"Timestamp {found[:40]!r} is no time") from None


def number(headers: Headers, key: str) -> int:
    """A whole number; 0 where Asterisk left it out or wrote something else."""
    found = headers.get(key, "")
    return int(found) if _WHOLE.fullmatch(found) else 0


_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")


_NUMBERED_STATES: Final = {str(state.value): state for state in ChannelState}


def channel(headers: Headers, prefix: str = "") -> Channel | None:
    """The channel whose headers begin with `prefix`, None where the message names none."""
    uniqueid = headers.get(prefix + "Uniqueid", "")
    name = headers.get(prefix + "Channel", "")
    if not uniqueid or not name:
        return None
    return Channel(
        uniqueid=Uniqueid(uniqueid),
        linkedid=Linkedid(headers.get(prefix + "Linkedid") or uniqueid),
        name=name,
        state=_NUMBERED_STATES.get(headers.get(prefix + "ChannelState", ""), ChannelState.DOWN),
        caller=_party(headers, prefix + "CallerID"),
        connected=_party(headers, prefix + "ConnectedLine"),
        context=headers.get(prefix + "Context", ""),
        exten=text(headers, prefix + "Exten"),
        account=headers.get(prefix + "AccountCode", ""),
    )


def needed_channel(headers: Headers, prefix: str = "") -> Channel:
    if (found := channel(headers, prefix)) is not None:
        return found
    raise MissingError(f"no {prefix}Channel with its {prefix}Uniqueid")


_NO_PARTY: Final = Party()


def _party(headers: Headers, prefix: str) -> Party:
    num = text(headers, prefix + "Num")
    name = text(headers, prefix + "Name")
    return Party(num, unescape(name)) if num or name else _NO_PARTY


# The names of enum ast_device_state as DeviceStateChange spells them …
_PHONE_STATES: Final = {
    "UNKNOWN": PhoneState.UNKNOWN,
    "NOT_INUSE": PhoneState.IDLE,
    "INUSE": PhoneState.IN_USE,
    "BUSY": PhoneState.BUSY,
    "INVALID": PhoneState.UNAVAILABLE,
    "UNAVAILABLE": PhoneState.UNAVAILABLE,
    "RINGING": PhoneState.RINGING,
    "RINGINUSE": PhoneState.IN_USE,
    "ONHOLD": PhoneState.ON_HOLD,
}
# … and in the order of their numbers, which is how app_queue tells them.
_NUMBERED_PHONE_STATES: Final = {
    str(number): state for number, state in enumerate(_PHONE_STATES.values())
}


def phone_state(spelled: str) -> PhoneState:
    """A device state by name (`NOT_INUSE`) or by number (`1`)."""
    found = _NUMBERED_PHONE_STATES.get(spelled) or _PHONE_STATES.get(spelled.upper())
    return found or PhoneState.UNKNOWN


PHONE: Final = re.compile(r"(?:PJSIP|SIP|IAX2)/([^/@]+)", re.ASCII)
_LOCAL: Final = re.compile(r"Local/([^/@]+)@", re.ASCII)


def extension(device: str) -> Extension | None:
    """`1001` of `PJSIP/1001` and of `Local/1001@agents/n`; None where no telephone is named."""
    found = PHONE.match(device) or _LOCAL.match(device)
    return None if found is None else Extension(found[1])


def member(headers: Headers) -> Extension:
    """A queue member's phone; its state interface names it best where the member is a Local channel."""
    for key in ("StateInterface", "Interface", "Location"):
        if (found := extension(headers.get(key, ""))) is not None:
            return found
    raise MissingError("no Interface that names a phone")


def queue(headers: Headers) -> QueueName:
    return QueueName(required(headers, "Queue"))
