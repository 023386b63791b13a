"""Teams: who works together, and so sees the same customers.

Who belongs to one is said of the user.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from callcore.errors import BadValueError, ConflictError, NotFoundError
from crm_store.audit import add_entry
from crm_store.ids import TeamId, new_id
from crm_store.records import Team
from crm_store.rights import Kind, Operation, require
from crm_store.schema import teams
from crm_store.text import line

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from crm_store.context import Context
    from crm_store.rights import Actor


class Teams:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def create(self, actor: Actor, name: str) -> Team:
        require(actor, Kind.TEAM, Operation.CREATE)
        team = Team(TeamId(new_id()), _checked(name))

        async def work(conn: AsyncConnection) -> Team:
            await _require_free(conn, team)
            await conn.execute(insert(teams).values(id=team.id, name=team.name))
            await add_entry(
                conn,
                self._context.now(),
                actor,
                "create",
                Kind.TEAM.value,
                team.id,
                {"name": team.name},
            )
            return team

        return await self._context.database.write(work)

    async def rename(self, actor: Actor, team_id: TeamId, name: str) -> Team:
        require(actor, Kind.TEAM, Operation.UPDATE)
        team = Team(team_id, _checked(name))

        async def work(conn: AsyncConnection) -> Team:
            await _require_free(conn, team)
            done = await conn.execute(
                update(teams).where(teams.c.id == team_id).values(name=team.name)
            )
            if not done.rowcount:
                raise NotFoundError("There is no such team.", team_id=team_id)
            await add_entry(
                conn,
                self._context.now(),
                actor,
                "rename",
                Kind.TEAM.value,
                team_id,
                {"name": team.name},
            )
            return team

        return await self._context.database.write(work)

    async def list(self, actor: Actor) -> tuple[Team, ...]:
        """All teams, by name."""
        require(actor, Kind.TEAM, Operation.READ)
        async with self._context.database.read() as conn:
            rows = await conn.execute(select(teams).order_by(teams.c.name))
            return tuple(Team(row.id, row.name) for row in rows)


def _checked(name: str) -> str:
    if not (name := line(name, 80)):
        raise BadValueError("A team needs a name.")
    return name


async def _require_free(conn: AsyncConnection, team: Team) -> None:
    same = select(teams.c.id).where(teams.c.name == team.name, teams.c.id != team.id)
    if await conn.scalar(same) is not None:
        raise ConflictError("Another team has this name.", name=team.name)
