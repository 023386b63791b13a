"""The command line: `trunkline serve | demo | smoke | doctor | user | db`.

Does not do the work; each command calls the module that does, and turns errors into a sentence.
"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from trunkline import logs
from trunkline.cli_store import Config, database, users
from trunkline.running import run
from trunkline.settings import load

console = Console()

app = typer.Typer(
    help="A telephony-first call centre beside an Asterisk PBX.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(users, name="user")
app.add_typer(database, name="db")


@app.callback()
def _begin(
    *,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log debug records.")] = False,
) -> None:
    logs.configure(verbose=verbose)


@app.command()
def serve(config: Config = None) -> None:
    """Run the service until it is told to stop."""
    from trunkline.serve import serve_until_stopped  # noqa: PLC0415 # fast --help

    run(serve_until_stopped(load(config)))


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the pages; 0 takes a free one.")] = 8080,
    calls_per_minute: Annotated[float, typer.Option(min=0.0, max=120.0)] = 10.0,
) -> None:
    """A real Asterisk, demo customers and calls that keep coming: look at the product alive."""
    from trunkline.demo import show  # noqa: PLC0415 # fast --help

    run(show(port=port, calls_per_minute=calls_per_minute))


@app.command()
def smoke(
    seconds: Annotated[float, typer.Option(min=5.0, max=600.0, help="How long calls come.")] = 30.0,
) -> None:
    """The demo for a while, unattended: were all calls logged and popped? The exit status tells."""
    from trunkline.smoke import smoke as test_it  # noqa: PLC0415 # fast --help

    report = run(test_it(seconds))
    for problem in report.problems:
        typer.echo(f"smoke: {problem}", err=True)
    typer.echo(report.last_line)
    raise typer.Exit(0 if report.passed else 1)


@app.command()
def doctor(config: Config = None) -> None:
    """Check Asterisk, its rights and records, the clock, the database and the ports; say what to change."""
    from trunkline.doctor import examine, show  # noqa: PLC0415 # fast --help

    findings = run(examine(load(config)))
    show(findings, console)
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


def main() -> None:
    """The console script."""
    app()
