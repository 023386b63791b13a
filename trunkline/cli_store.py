"""`trunkline user …` and `trunkline db …`: what an administrator does to the store by hand.

Does not go round the store's rules: it acts as the system, through the same services as the pages.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from callcore.errors import BadValueError
from callcore.ids import Extension
from crm_store import migrate
from crm_store.records import UserData
from crm_store.rights import SYSTEM, Role
from crm_store.store import Store
from trunkline.running import run
from trunkline.service import store_settings
from trunkline.settings import Settings, load

users = typer.Typer(help="People who sign in.", no_args_is_help=True)
database = typer.Typer(help="The database.", no_args_is_help=True)
console = Console()

Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="Settings file; default ./trunkline.toml.")
]


@users.command("add")
def add_user(
    login: str,
    *,
    name: Annotated[str, typer.Option(help="Shown to others; the login where it is missing.")] = "",
    role: Annotated[Role, typer.Option(help="What he may do.")] = Role.AGENT,
    extension: Annotated[str, typer.Option(help="The endpoint of his phone, such as 1001.")] = "",
    team: Annotated[str, typer.Option(help="A team's name; made where it is missing.")] = "",
    language: Annotated[str, typer.Option(help="en, fr or ru.")] = "en",
    password: Annotated[
        str,
        typer.Option(prompt="Password (empty: make one)", hide_input=True, prompt_required=False),
    ] = "",
    config: Config = None,
) -> None:
    """Add a user; prints the password where it was made."""
    made = password or secrets.token_urlsafe(9)
    data = UserData(
        login=login,
        name=name or login,
        role=role,
        extension=Extension(extension) if extension else None,
        language=language,
    )
    run(_add_user(load(config), data, team, made))
    typer.echo(f"{login} was added as {role.value}.")
    if not password:
        typer.echo(f"password: {made}")


async def _add_user(settings: Settings, data: UserData, team: str, password: str) -> None:
    async with Store.opened(store_settings(settings)) as store:
        if team:
            teams = {known.name: known.id for known in await store.teams.list(SYSTEM)}
            team_id = teams.get(team) or (await store.teams.create(SYSTEM, team)).id
            data = replace(data, team_id=team_id)
        await store.users.create(SYSTEM, data, password)


@users.command("password")
def set_password(
    login: str,
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    config: Config = None,
) -> None:
    """Set a user's password; ends his sessions."""

    async def change() -> None:
        async with Store.opened(store_settings(load(config))) as store:
            user = await store.users.by_login(SYSTEM, login)
            if user is None:
                raise BadValueError(f"There is no user {login}. `trunkline user list` shows all.")
            await store.users.set_password(SYSTEM, user.id, password)

    run(change())
    typer.echo(f"The password of {login} was changed.")


@users.command("list")
def list_users(config: Config = None) -> None:
    """All users, with their roles and phones."""

    async def read() -> Table:
        async with Store.opened(store_settings(load(config))) as store:
            table = Table("login", "name", "role", "team", "phone")
            for user in await store.users.list(SYSTEM):
                table.add_row(
                    user.login, user.name, user.role.value, user.team_name, user.extension or ""
                )
            return table

    console.print(run(read()))


@database.command()
def upgrade(config: Config = None) -> None:
    """Bring the database to the newest migration; creates it where there is none."""
    url = load(config).store.url
    run(migrate.upgrade(url))
    typer.echo(f"The database is at {migrate.head()}.")


@database.command()
def current(config: Config = None) -> None:
    """Which migration the database is at, and which is the newest."""
    at = run(migrate.current(load(config).store.url))
    typer.echo(f"at {at or 'nothing yet'}, newest {migrate.head()}")
