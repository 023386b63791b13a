"""`trunkline doctor`: is everything as it has to be, and what to change where it is not.

Does not change anything itself. What the PBX is asked stands in pbx_bridge.checks.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from callcore.errors import TrunklineError
from crm_store import migrate
from pbx_bridge.checks import Finding, examine_pbx
from trunkline.service import PortTakenError, bridge_settings, listen

if TYPE_CHECKING:
    from rich.console import Console

    from trunkline.settings import Settings

LEAST_FREE_MB = 500


async def examine(settings: Settings) -> list[Finding]:
    """Every check, whatever the others found."""
    database, pbx = await asyncio.gather(_database(settings), _pbx(settings))
    return [_python(), *database, _disk(settings), *_ports(settings), *_records(settings), *pbx]


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= (3, 11), found, "Install Python 3.11 or newer.")


async def _database(settings: Settings) -> list[Finding]:
    mend = "Run `trunkline db upgrade`."
    try:
        at = await migrate.current(settings.store.url)
    except TrunklineError as error:
        return [Finding("database", False, "cannot be opened", error.message)]
    return [Finding("database", at == migrate.head(), f"at {at or 'nothing yet'}", mend)]


def _disk(settings: Settings) -> Finding:
    _, sqlite, path = settings.store.url.partition("sqlite+aiosqlite:///")
    folder = Path(path).absolute().parent if sqlite else Path.cwd()
    while not folder.exists():
        folder = folder.parent
    free_mb = shutil.disk_usage(folder).free // 2**20
    return Finding(
        "free disk", free_mb >= LEAST_FREE_MB, f"{free_mb} MB at {folder}", "Make some room."
    )


def _ports(settings: Settings) -> list[Finding]:
    """A port that is taken may be taken by ourselves: running, all is well."""
    wanted = (
        ("port of the pages", settings.web.host, settings.web.port, "web.port"),
        ("port of the live line", settings.live.host, settings.live.port, "live.port"),
    )
    findings = []
    for name, host, port, setting in wanted:
        try:
            listen(host, port, setting).close()
        except PortTakenError as error:
            mend = f"{error.message} (If Trunkline itself is running there, all is well.)"
            findings.append(Finding(name, False, f"{host}:{port} is taken", mend))
        else:
            findings.append(Finding(name, True, f"{host}:{port} is free", ""))
    return findings


def _records(settings: Settings) -> list[Finding]:
    """The files that close the gap after an outage."""
    pbx = settings.pbx
    files = (
        ("CEL file", pbx.cel_csv, "pbx.cel_csv", "cel_custom.conf"),
        ("CDR file", pbx.cdr_csv, "pbx.cdr_csv", "cdr_custom.conf"),
        ("queue log", pbx.queue_log, "pbx.queue_log", "logger.conf (queue_log = yes)"),
    )
    return [_record(name, path, setting, source) for name, path, setting, source in files]


def _record(name: str, path: Path | None, setting: str, source: str) -> Finding:
    if path is None:
        mend = f"Set {setting} to the file that {source} writes: calls during an outage are found there."
        return Finding(name, False, "not set", mend)
    try:
        with path.open("rb"):
            return Finding(name, True, str(path), "")
    except FileNotFoundError:
        mend = f"Is {source} as in the administrator's guide? Asterisk makes the file at the first call."
    except OSError as error:
        mend = f"{error.strerror}: let the user that runs Trunkline read it."
    return Finding(name, False, f"{path} cannot be read", mend)


async def _pbx(settings: Settings) -> list[Finding]:
    return list(await examine_pbx(bridge_settings(settings)))


def show(findings: list[Finding], console: Console) -> None:
    """A table for people; what is wrong says what to change."""
    table = Table("", "what", "found", "what to do", show_lines=False)
    for finding in findings:
        mark = "[green]ok[/]" if finding.ok else "[red]mend[/]"
        table.add_row(mark, finding.name, finding.found, "" if finding.ok else finding.mend)
    console.print(table)
    wrong = sum(not finding.ok for finding in findings)
    console.print("All is well." if not wrong else f"{wrong} thing(s) to mend.")
