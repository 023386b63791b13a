"""What `doctor` asks the PBX: can it be followed, is it set up as we need it, what to change.

Asks by AMI alone, with the rights that the service has anyway; changes nothing.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from callcore.errors import BadValueError, PbxError, PbxRefusedError
from pbx_bridge.actions import HOLD_CONTEXT, RIGHTS
from pbx_bridge.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbx_bridge.settings import BridgeSettings
    from pbx_bridge.wire import Message

OLDEST_ASTERISK = 20
MOST_SKEW_S = 2.0
_EVENT_WAIT_S = 3.0
CONTEXTS = ("click-to-call", "transfer", HOLD_CONTEXT)
"""What the service sends calls to; asterisk-config has them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `mend` says what to change where it is not `ok`."""

    name: str
    ok: bool
    found: str
    mend: str = ""


async def examine_pbx(settings: BridgeSettings) -> list[Finding]:
    """Every check; a PBX that cannot be reached is one finding."""
    try:
        connection = Connection(settings)
    except BadValueError as error:
        return [Finding("AMI log-in", False, "cannot be tried", error.message)]
    try:
        await connection.open()
        where = f"{settings.host}:{settings.port}"
        return [
            Finding("AMI log-in", True, f"'{settings.username}' at {where}"),
            await _rights(connection, settings.username),
            *await _core(connection, settings.pbx),
            await _clock(connection),
            await _times(connection),
            *[await _context(connection, name) for name in CONTEXTS],
        ]
    except (PbxError, BadValueError) as error:
        return [Finding("AMI log-in", False, "failed", error.message)]
    finally:
        connection.close()


async def _rights(connection: Connection, username: str) -> Finding:
    (commands,) = await connection.ask((("Action", "ListCommands"),))
    missing = [
        right for right, names in RIGHTS.items() if any(name not in commands for name in names)
    ]
    dangerous = [name for name in ("Command", "UpdateConfig") if name in commands]
    if dangerous:
        mend = f"Take `command`, `config` and `all` out of `write` of [{username}]: they hand over the machine."
        return Finding("AMI rights", False, "more than needed", mend)
    mend = f"Add {','.join(missing)} to `write` in manager.conf, section [{username}]."
    return Finding("AMI rights", not missing, "as needed" if not missing else "too few", mend)


async def _core(connection: Connection, pbx: str) -> Sequence[Finding]:
    try:
        (core,) = await connection.ask((("Action", "CoreSettings"),))
    except PbxError as error:
        return [Finding("Asterisk", False, "does not say", error.message)]
    return [_version(core), _systemname(core, pbx), _cdr(core)]


def _version(core: Message) -> Finding:
    text = core.get("AsteriskVersion", "")
    number = re.search(r"\d+", text)
    ok = number is not None and int(number[0]) >= OLDEST_ASTERISK
    return Finding("Asterisk", ok, text, f"Install Asterisk {OLDEST_ASTERISK} or newer.")


def _systemname(core: Message, pbx: str) -> Finding:
    found = core.get("SystemName", "")
    mend = (
        f"Set `systemname = {pbx}` in asterisk.conf (or pbx.name in the settings) and restart Asterisk: "
        "without it the ids of two PBXs, or of two boots, can be the same."
    )
    return Finding("systemname", found == pbx, found or "not set", mend)


def _cdr(core: Message) -> Finding:
    on = core.get("CoreCDRenabled") == "Yes"
    return Finding("CDR", on, "on" if on else "off", "Set `enable = yes` in cdr.conf.")


async def _clock(connection: Connection) -> Finding:
    (pong,) = await connection.ask((("Action", "Ping"),))
    skew_s = abs(datetime.now(UTC).timestamp() - float(pong.get("Timestamp", "0")))
    mend = "Let both machines follow the same time server (chrony, systemd-timesyncd)."
    return Finding("clock", skew_s <= MOST_SKEW_S, f"{skew_s:.3f} s apart", mend)


async def _times(connection: Connection) -> Finding:
    """Whether events tell when they were; a Pong does in any case. Looked at on one that we cause."""
    mend = (
        "Set `timestampevents = yes` in manager.conf, [general], then `manager reload`: "
        "every time in the log comes from Asterisk's own clock."
    )
    await connection.subscribe()
    try:
        await connection.ask((("Action", "UserEvent"), ("UserEvent", "TrunklineDoctor")))
        async with asyncio.timeout(_EVENT_WAIT_S):
            while (event := await connection.next())["Event"] != "UserEvent":
                pass
    except PbxRefusedError:
        return Finding("event times", True, "not looked at: `write` lacks `user`")
    except TimeoutError:
        return Finding("event times", False, "no event came", "Add user to `read` in manager.conf.")
    told = "Timestamp" in event
    return Finding("event times", told, "told" if told else "not told", mend)


async def _context(connection: Connection, name: str) -> Finding:
    mend = f"Take the context [{name}] from asterisk-config/extensions.conf.j2 into your dialplan."
    try:
        answer = await connection.ask((("Action", "ShowDialPlan"), ("Context", name)))
    except PbxError as error:
        return Finding(f"context {name}", False, error.message, mend)
    there = any(item.get("Event") == "ListDialplan" for item in answer)
    return Finding(f"context {name}", there, "there" if there else "missing", mend)
