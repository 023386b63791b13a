"""The people who sign in: agents, supervisors, managers, administrators.

A user is never removed, since the log speaks of him; he is made inactive, which ends all he is signed in with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, delete, func, insert, select, update

from callcore.errors import BadValueError, ConflictError, ForbiddenError, NotFoundError
from crm_store.audit import add_entry
from crm_store.ids import UserId, new_id
from crm_store.passwords import hash_password
from crm_store.records import User
from crm_store.rights import Actor, Kind, Operation, Reach, Role, require
from crm_store.schema import sessions, teams, users
from crm_store.text import line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from callcore.ids import Extension
    from crm_store.context import Context
    from crm_store.records import UserData
    from crm_store.schema import Row

LANGUAGES = ("en", "fr", "ru")


class Users:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def create(self, actor: Actor, data: UserData, password: str) -> User:
        """Add somebody who may sign in from now on."""
        require(actor, Kind.USER, Operation.CREATE)
        values = _values(data)
        password_hash = await hash_password(password)
        user_id, now = UserId(new_id()), self._context.now()

        async def work(conn: AsyncConnection) -> User:
            await _require_free(conn, user_id, values)
            row = {"id": user_id, "password_hash": password_hash, "created_at": now, "version": 1}
            await conn.execute(insert(users).values(**row, **values))
            details = {"login": values["login"], "role": values["role"]}
            await add_entry(conn, now, actor, "create", Kind.USER.value, user_id, details)
            return await _load(conn, user_id)

        return await self._context.database.write(work)

    async def update(self, actor: Actor, user_id: UserId, version: int, data: UserData) -> User:
        """Change what an administrator says of a user; without `active` he is signed out everywhere.

        Raises:
            ConflictError: another changed him since `version`, login or extension are taken, or no
                administrator would be left.
        """
        _require_all(actor, Operation.UPDATE)
        values, now = _values(data), self._context.now()

        async def work(conn: AsyncConnection) -> User:
            before = await _load(conn, user_id)
            if before.version != version:
                raise ConflictError(
                    "Somebody else changed this user meanwhile. Load him again.",
                    version=before.version,
                )
            await _require_free(conn, user_id, values)
            await conn.execute(
                update(users).where(users.c.id == user_id).values(**values, version=version + 1)
            )
            await _require_an_admin(conn)
            if not values["active"]:
                await conn.execute(delete(sessions).where(sessions.c.user_id == user_id))
            after = await _load(conn, user_id)
            details = _differences(before, after)
            await add_entry(conn, now, actor, "update", Kind.USER.value, user_id, details)
            return after

        return await self._context.database.write(work)

    async def set_password(self, actor: Actor, user_id: UserId, password: str) -> None:
        """One's own, or as an administrator anybody's. Every session of the user ends."""
        self._require_self_or_all(actor, user_id)
        password_hash = await hash_password(password)

        async def work(conn: AsyncConnection) -> None:
            done = await conn.execute(
                update(users).where(users.c.id == user_id).values(password_hash=password_hash)
            )
            if not done.rowcount:
                raise _no_such(user_id)
            await conn.execute(delete(sessions).where(sessions.c.user_id == user_id))
            now = self._context.now()
            await add_entry(conn, now, actor, "set-password", Kind.USER.value, user_id)

        await self._context.database.write(work)

    async def set_language(self, actor: Actor, language: str) -> None:
        """One's own language of the pages."""
        require(actor, Kind.USER, Operation.UPDATE)
        if language not in LANGUAGES:
            raise BadValueError(f"The pages speak {', '.join(LANGUAGES)}.", language=language)
        change = update(users).where(users.c.id == actor.user_id).values(language=language)
        await self._context.database.write(lambda conn: conn.execute(change))

    async def get(self, actor: Actor, user_id: UserId) -> User:
        require(actor, Kind.USER, Operation.READ)
        async with self._context.database.read() as conn:
            return await _load(conn, user_id)

    async def by_extension(self, actor: Actor, extension: Extension) -> User | None:
        """Whose phone this is."""
        return await self._find(actor, select_users().where(users.c.extension == extension))

    async def by_login(self, actor: Actor, login: str) -> User | None:
        return await self._find(actor, select_users().where(users.c.login == login_key(login)))

    async def list(self, actor: Actor, *, active: bool | None = True) -> tuple[User, ...]:
        """All users by name; `active` None: those who left too."""
        require(actor, Kind.USER, Operation.READ)
        query = select_users().order_by(users.c.name, users.c.id)
        if active is not None:
            query = query.where(users.c.active.is_(active))
        async with self._context.database.read() as conn:
            return tuple(user_of(row) for row in await conn.execute(query))

    async def _find(self, actor: Actor, query: Select[Any]) -> User | None:
        require(actor, Kind.USER, Operation.READ)
        async with self._context.database.read() as conn:
            row = (await conn.execute(query)).one_or_none()
        return None if row is None else user_of(row)

    @staticmethod
    def _require_self_or_all(actor: Actor, user_id: UserId) -> None:
        granted = require(actor, Kind.USER, Operation.UPDATE)
        if granted is not Reach.ALL and actor.user_id != user_id:
            raise ForbiddenError("Only an administrator changes another's password.")


def _require_all(actor: Actor, operation: Operation) -> None:
    if require(actor, Kind.USER, operation) is not Reach.ALL:
        raise ForbiddenError("Only an administrator changes users.")


def login_key(login: str) -> str:
    """Logins differ by more than case and blanks around."""
    return line(login, 64).casefold()


def select_users() -> Select[Any]:
    """Users as `user_of` reads them."""
    return select(users, teams.c.name.label("team_name")).outerjoin(
        teams, teams.c.id == users.c.team_id
    )


def user_of(row: Row) -> User:
    return User(
        id=row.id,
        login=row.login,
        name=row.name,
        role=Role(row.role),
        team_id=row.team_id,
        team_name=row.team_name or "",
        extension=row.extension,
        language=row.language,
        active=row.active,
        created_at=row.created_at,
        version=row.version,
    )


def actor_of(user: User, scopes: frozenset[str] | None = None) -> Actor:
    return Actor(user.id, user.role, user.team_id, scopes)


async def _load(conn: AsyncConnection, user_id: UserId) -> User:
    row = (await conn.execute(select_users().where(users.c.id == user_id))).one_or_none()
    if row is None:
        raise _no_such(user_id)
    return user_of(row)


def _no_such(user_id: UserId) -> NotFoundError:
    return NotFoundError("There is no such user.", user_id=user_id)


def _values(data: UserData) -> dict[str, Any]:
    login, name = login_key(data.login), line(data.name, 120)
    if not login or " " in login:
        raise BadValueError("A login is one word.", login=data.login)
    if not name:
        raise BadValueError("A user needs a name.")
    if data.language not in LANGUAGES:
        raise BadValueError(f"The pages speak {', '.join(LANGUAGES)}.", language=data.language)
    return {
        "login": login,
        "name": name,
        "role": data.role.value,
        "team_id": data.team_id,
        "extension": (line(data.extension or "", 40) or None) if data.active else None,
        "language": data.language,
        "active": data.active,
    }


async def _require_free(conn: AsyncConnection, user_id: UserId, values: Mapping[str, Any]) -> None:
    others = select(users.c.id).where(users.c.id != user_id)
    if await conn.scalar(others.where(users.c.login == values["login"])) is not None:
        raise ConflictError("Another user has this login.", login=values["login"])
    if values["extension"] is not None:
        taken = await conn.scalar(others.where(users.c.extension == values["extension"]))
        if taken is not None:
            raise ConflictError(
                "Another user has this extension. Take it from him first.",
                extension=values["extension"],
            )
    if values["team_id"] is not None:
        team = await conn.scalar(select(teams.c.id).where(teams.c.id == values["team_id"]))
        if team is None:
            raise NotFoundError("There is no such team.", team_id=values["team_id"])


async def _require_an_admin(conn: AsyncConnection) -> None:
    left = select(func.count()).where(users.c.role == Role.ADMIN.value, users.c.active)
    if not await conn.scalar(left):
        raise ConflictError("This is the last administrator. Name another one first.")


def _differences(before: User, after: User) -> dict[str, str]:
    """What changed, as the audit tells it."""
    pairs = (
        (name, getattr(before, name), getattr(after, name))
        for name in ("login", "name", "role", "team_name", "extension", "language", "active")
    )
    return {name: f"{_said(old)} → {_said(new)}" for name, old, new in pairs if old != new}


def _said(value: Any) -> str:
    return value.value if isinstance(value, Role) else str(value if value is not None else "")
