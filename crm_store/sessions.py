"""Who is signed in where: an opaque secret in the browser, its hash here, an end that slides with use.

Does not know cookies. A sign-in is throttled by login and by address (crm_store.throttle).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, update

from callcore.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from crm_store import throttle
from crm_store.audit import add_entry
from crm_store.ids import SessionId, new_id
from crm_store.passwords import new_secret, secret_hash, verify
from crm_store.records import NewSession, Session
from crm_store.rights import SYSTEM, Actor, Kind, Operation, Reach, require
from crm_store.schema import sessions, users
from crm_store.text import line
from crm_store.users import actor_of, login_key, select_users, user_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from crm_store.context import Context
    from crm_store.ids import UserId
    from crm_store.records import User
    from crm_store.schema import Row

LIFETIME = timedelta(hours=12)
"""Without a request for so long, a session ends."""
LONGEST = timedelta(days=7)
_SLIDE_EVERY = timedelta(minutes=1)


class Sessions:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def sign_in(
        self, login: str, password: str, *, address: str = "", agent: str = ""
    ) -> NewSession:
        """A session for whoever knows the password.

        Raises:
            UnauthenticatedError: login or password are wrong, it isn't said which.
            ThrottledError: too many failures before; `retry_after_s` tells when again.
        """
        login, address = login_key(login), line(address, 64)
        now = self._context.now()
        await self._context.database.write(lambda conn: throttle.count(conn, now, login, address))
        async with self._context.database.read() as conn:
            query = select_users().where(users.c.login == login, users.c.active)
            row = (await conn.execute(query)).one_or_none()
        if not await verify(password, row.password_hash if row else None) or row is None:
            details = {"login": login, "address": address}
            await self._context.database.write(
                lambda conn: add_entry(
                    conn, now, SYSTEM, "sign-in-failed", Kind.SESSION.value, "", details
                )
            )
            raise UnauthenticatedError("Login or password are wrong.")
        user = user_of(row)

        async def work(conn: AsyncConnection) -> NewSession:
            await throttle.forgive(conn, login, address)
            return await self._start(conn, user, address, agent)

        return await self._context.database.write(work)

    async def start(
        self, actor: Actor, user_id: UserId, *, address: str = "", agent: str = ""
    ) -> NewSession:
        """A session without a password, for Trunkline itself alone: rehearsals and tests."""
        if actor is not SYSTEM:
            raise ForbiddenError("Sign in with login and password.")

        async def work(conn: AsyncConnection) -> NewSession:
            query = select_users().where(users.c.id == user_id, users.c.active)
            row = (await conn.execute(query)).one_or_none()
            if row is None:
                raise NotFoundError("There is no such user.", user_id=user_id)
            return await self._start(conn, user_of(row), address, agent)

        return await self._context.database.write(work)

    async def _start(
        self, conn: AsyncConnection, user: User, address: str, agent: str
    ) -> NewSession:
        now, secret = self._context.now(), new_secret()
        session = Session(
            id=SessionId(new_id()),
            user=user,
            actor=actor_of(user),
            address=address,
            agent=line(agent, 200),
            created_at=now,
            seen_at=now,
            expires_at=now + LIFETIME,
        )
        await conn.execute(delete(sessions).where(sessions.c.expires_at < now))
        await conn.execute(
            insert(sessions).values(
                id=session.id,
                secret_hash=secret_hash(secret),
                user_id=user.id,
                address=session.address,
                agent=session.agent,
                created_at=now,
                seen_at=now,
                expires_at=session.expires_at,
            )
        )
        details = {"address": address}
        kind = Kind.SESSION.value
        await add_entry(conn, now, session.actor, "sign-in", kind, session.id, details)
        return NewSession(session, secret)

    async def find(self, secret: str) -> Session | None:
        """The live session of this secret; being found keeps it alive."""
        now = self._context.now()
        query = (
            select_users()
            .add_columns(*_columns())
            .join(sessions, sessions.c.user_id == users.c.id)
            .where(
                sessions.c.secret_hash == secret_hash(secret),
                sessions.c.expires_at > now,
                users.c.active,
            )
        )
        async with self._context.database.read() as conn:
            row = (await conn.execute(query)).one_or_none()
        if row is None:
            return None
        if now - row.session_seen_at >= _SLIDE_EVERY:
            await self._slide(row, now)
        return _session_of(row, user_of(row))

    async def _slide(self, row: Row, now: datetime) -> None:
        expires_at = min(now + LIFETIME, row.session_created_at + LONGEST)
        change = update(sessions).values(seen_at=now, expires_at=expires_at)
        change = change.where(sessions.c.id == row.session_id)
        await self._context.database.write(lambda conn: conn.execute(change))

    async def end(self, secret: str) -> None:
        """Sign out; nothing happens when it has ended already."""
        gone = delete(sessions).where(sessions.c.secret_hash == secret_hash(secret))
        await self._context.database.write(lambda conn: conn.execute(gone))

    async def end_all(self, actor: Actor, user_id: UserId) -> None:
        """Sign a user out everywhere: oneself, or as an administrator anybody."""
        self._require_self_or_all(actor, Operation.ARCHIVE, user_id)

        async def work(conn: AsyncConnection) -> None:
            await conn.execute(delete(sessions).where(sessions.c.user_id == user_id))
            now = self._context.now()
            await add_entry(conn, now, actor, "sign-out-everywhere", Kind.USER.value, user_id)

        await self._context.database.write(work)

    async def list(self, actor: Actor, user_id: UserId) -> tuple[Session, ...]:
        """Where a user is signed in, the latest used first."""
        self._require_self_or_all(actor, Operation.READ, user_id)
        query = (
            select_users()
            .add_columns(*_columns())
            .join(sessions, sessions.c.user_id == users.c.id)
            .where(users.c.id == user_id, sessions.c.expires_at > self._context.now())
            .order_by(sessions.c.seen_at.desc())
        )
        async with self._context.database.read() as conn:
            rows = (await conn.execute(query)).all()
        return tuple(_session_of(row, user_of(row)) for row in rows)

    @staticmethod
    def _require_self_or_all(actor: Actor, operation: Operation, user_id: UserId) -> None:
        granted = require(actor, Kind.SESSION, operation)
        if granted is not Reach.ALL and actor.user_id != user_id:
            raise ForbiddenError("Only an administrator sees to another's sessions.")


def _columns() -> list[ColumnElement[Any]]:
    names = ("id", "address", "agent", "created_at", "seen_at", "expires_at")
    return [sessions.c[name].label(f"session_{name}") for name in names]


def _session_of(row: Row, user: User) -> Session:
    return Session(
        id=row.session_id,
        user=user,
        actor=actor_of(user),
        address=row.session_address,
        agent=row.session_agent,
        created_at=row.session_created_at,
        seen_at=row.session_seen_at,
        expires_at=row.session_expires_at,
    )
