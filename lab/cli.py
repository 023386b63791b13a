"""`trunkline-lab`: a real Asterisk to rehearse and train with, without the service.

Does not do the work itself; pbx.py, sip.py and fetch.py do.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from lab import behaviour, fetch, sip, speech
from lab.errors import LabError
from lab.pbx import Asterisk
from lab.settings import LabSettings, big_lab
from lab.traffic import Day, Someone, keep_calling

if TYPE_CHECKING:
    from collections.abc import Coroutine

app = typer.Typer(
    help="A real Asterisk with telephones and callers, on this machine's loopback.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console()

PEOPLE = (
    Someone("+12125550101", "Northwind Bakery"),
    Someone("+442079460910", "Harbour Lights Hotel"),
    Someone("+33199001120", "Atelier des Tilleuls"),
    Someone("+12125550177", "Unknown caller"),
    Someone("anonymous"),
)
"""Nobody: the numbers are kept for fiction."""

Number = Annotated[str, typer.Option(help="The number the caller shows.")]


@app.command(name="fetch")
def fetch_asterisk() -> None:
    """Find Asterisk, or fetch it once into the cache."""
    runtime = _told(fetch.ensure)
    console.print(f"Asterisk {runtime.version}")


@app.command()
def start(
    phones: Annotated[int, typer.Option(min=1, max=500, help="How many telephones.")] = 8,
    calls_per_minute: Annotated[
        float, typer.Option(min=0.0, max=120.0, help="Callers who come by themselves.")
    ] = 0.0,
    answer_after_s: Annotated[
        float, typer.Option(min=-1.0, help="The telephones answer by themselves; -1: yours do.")
    ] = 2.0,
) -> None:
    """Run a lab until Ctrl-C; says where it is reached and how to register a telephone of yours."""
    settings = LabSettings() if phones == len(LabSettings().phones) else big_lab(phones)
    _run(_start(settings, calls_per_minute, answer_after_s))


async def _start(settings: LabSettings, calls_per_minute: float, answer_after_s: float) -> None:
    async with Asterisk.running(settings) as pbx:
        _lab_file().write_text(json.dumps(_address(pbx)))
        _lab_file().chmod(0o600)
        try:
            _show(pbx)
            voice = await asyncio.to_thread(speech.say, "Hello, how may I help you?")
            played = settings.phones if answer_after_s >= 0 else ()
            answers = behaviour.answers(max(answer_after_s, 0.0), says=voice)
            outside = behaviour.answers(2.0, talk_s=20.0, says=voice)
            async with (
                sip.Phones.playing(pbx, default=answers, only=played),
                sip.Trunk.playing(pbx, default=outside),
            ):
                if calls_per_minute:
                    day = Day(per_minute=calls_per_minute)
                    await keep_calling(pbx, PEOPLE, day, random.Random())  # noqa: S311 # dice
                await asyncio.Event().wait()
        finally:
            _lab_file().unlink(missing_ok=True)


@app.command()
def call(
    to: Annotated[str, typer.Option(help="One of the lab's numbers.")] = "+442079460100",
    number: Number = "+12125550101",
    name: Annotated[str, typer.Option(help="The name the caller shows.")] = "",
    talk: Annotated[float, typer.Option(min=0.1, max=3600.0, help="Seconds he talks.")] = 10.0,
    give_up: Annotated[
        float | None, typer.Option(min=0.1, max=3600.0, help="Seconds he waits for an answer.")
    ] = None,
) -> None:
    """One caller, now, into the lab that `trunkline-lab start` runs in another terminal."""
    caller = sip.Caller(to, number, name, talk_s=talk, cancel_s=give_up)
    outcome = _run(_call(caller))
    said = "was answered" if outcome.answered else "gave up" if outcome.cancelled else "was refused"
    console.print(f"The caller {said}" + (f" ({outcome.refusal})." if outcome.refusal else "."))


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """The lab of another process."""

    sip_port: int
    caller_ports: range


async def _call(caller: sip.Caller) -> sip.Outcome:
    lab = _running_lab()
    elsewhere = _Elsewhere(lab["sip_port"], range(*lab["caller_ports"]))
    return await sip.call(elsewhere, caller, deadline_s=7200.0)


@app.command()
def load(
    calls: Annotated[int, typer.Option(min=1, max=100_000)] = 100,
    rate: Annotated[float, typer.Option(min=0.1, max=200.0, help="Calls a second.")] = 10.0,
    talk: Annotated[float, typer.Option(min=0.1, max=600.0, help="Seconds each talks.")] = 2.0,
    phones: Annotated[int, typer.Option(min=1, max=500)] = 50,
) -> None:
    """A crowd of callers into a lab of its own; says what became of them."""
    _run(_load(calls, rate, talk, phones))


async def _load(calls: int, rate: float, talk: float, phones: int) -> None:
    callers = [sip.Caller("+442079460100", someone.number, someone.name) for someone in PEOPLE]
    async with Asterisk.running(big_lab(phones)) as pbx, sip.Phones.playing(pbx):
        with console.status(f"{calls} calls, {rate:g} a second …"):
            async with sip.crowding(pbx, sip.Load(calls, rate, callers, talk)) as crowd:
                report = await crowd.is_over()
        console.print(
            f"{report.placed} placed, {report.answered} answered, {report.refused} refused"
        )


@app.command(name="console")
def open_console(
    command: Annotated[list[str] | None, typer.Argument(help="A command; none: a prompt.")] = None,
) -> None:
    """Asterisk's own console, of the lab that `trunkline-lab start` runs in another terminal."""
    argv = [str(part) for part in _told(_running_lab)["console"]]
    if command:
        argv += ["-x", " ".join(command)]
    os.execvp(argv[0], argv)  # noqa: S606 # the lab's own binary


def _show(pbx: Asterisk) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_row("SIP", f"{pbx.host}:{pbx.sip_port} (UDP)")
    table.add_row("AMI", f"{pbx.host}:{pbx.ami_port}, user {pbx.ami_user}, secret {pbx.ami_secret}")
    table.add_row("Telephones", f"{', '.join(pbx.settings.phones)}, secret {pbx.phone_secret}")
    for did in pbx.settings.dids:
        table.add_row(did.number, did.about)
    table.add_row("Files", str(pbx.run_dir))
    console.print(table)
    console.print("Ctrl-C ends it. A caller: `trunkline-lab call`.")


def _address(pbx: Asterisk) -> dict[str, Any]:
    callers = pbx.caller_ports
    return {
        "sip_port": pbx.sip_port,
        "caller_ports": [callers.start, callers.stop],
        "console": pbx.console_argv(),
    }


def _lab_file() -> Path:
    """Where a running lab says how other commands reach it; only its owner may read it."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return Path(runtime or Path.home() / ".cache") / "trunkline-lab.json"


def _running_lab() -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(_lab_file().read_text())
    except (FileNotFoundError, ValueError):
        raise LabError("no lab is running: start one with `trunkline-lab start`") from None
    return found


def _told(work: Any) -> Any:
    try:
        return work()
    except LabError as error:
        typer.echo(f"trunkline-lab: {error}", err=True)
        raise typer.Exit(1) from None


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    try:
        return _told(lambda: asyncio.run(_until_signalled(work)))
    except asyncio.CancelledError:
        raise typer.Exit(0) from None


async def _until_signalled(work: Coroutine[Any, Any, Any]) -> Any:
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    return await task


def main() -> None:
    """The console script."""
    app()
