"""API tokens: what a program signs its requests with, for one user and limited to scopes.

The secret is shown once; the store keeps its hash.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from callcore.errors import BadValueError, ForbiddenError, NotFoundError
from crm_store.audit import add_entry
from crm_store.ids import TokenId, new_id
from crm_store.passwords import new_secret, secret_hash
from crm_store.records import NewToken, Token, TokenUse
from crm_store.rights import SCOPES, Actor, Kind, Operation, Reach, require
from crm_store.schema import tokens, users
from crm_store.text import line
from crm_store.users import actor_of, select_users, user_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from crm_store.context import Context
    from crm_store.ids import UserId
    from crm_store.schema import Row

PREFIX = "tl_"
"""So that a leaked one is recognised by people and by scanners."""
_NOTE_USE_EVERY = timedelta(minutes=1)


class Tokens:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def create(
        self,
        actor: Actor,
        name: str,
        scopes: frozenset[str],
        expires_at: datetime | None = None,
    ) -> NewToken:
        """A token of the actor's own; a token cannot make one."""
        require(actor, Kind.TOKEN, Operation.CREATE)
        if actor.user_id is None or actor.scopes is not None:
            raise ForbiddenError("Only a signed-in person makes tokens.")
        if unknown := scopes - SCOPES:
            raise BadValueError(f"There is no scope {', '.join(sorted(unknown))}.")
        if not scopes:
            raise BadValueError("A token without any scope opens nothing. Choose at least one.")
        if not (name := line(name, 80)):
            raise BadValueError("A token needs a name, to know later what it is for.")
        user_id, now, secret = actor.user_id, self._context.now(), PREFIX + new_secret()
        token_id = TokenId(new_id())

        async def work(conn: AsyncConnection) -> NewToken:
            await conn.execute(
                insert(tokens).values(
                    id=token_id,
                    secret_hash=secret_hash(secret),
                    user_id=user_id,
                    name=name,
                    scopes=sorted(scopes),
                    created_at=now,
                    expires_at=expires_at,
                )
            )
            details = {"name": name, "scopes": " ".join(sorted(scopes))}
            await add_entry(conn, now, actor, "create", Kind.TOKEN.value, token_id, details)
            user_name = await conn.scalar(select(users.c.name).where(users.c.id == user_id))
            token = Token(
                id=token_id,
                user_id=user_id,
                user_name=user_name or "",
                name=name,
                scopes=scopes,
                created_at=now,
                used_at=None,
                expires_at=expires_at,
            )
            return NewToken(token, secret)

        return await self._context.database.write(work)

    async def find(self, secret: str) -> TokenUse | None:
        """Whom a presented secret speaks for; None when it opens nothing (any more)."""
        if not secret.startswith(PREFIX):
            return None
        now = self._context.now()
        labelled = [column.label(f"token_{column.name}") for column in tokens.c]
        query = (
            select_users()
            .add_columns(*labelled)
            .join(tokens, tokens.c.user_id == users.c.id)
            .where(
                tokens.c.secret_hash == secret_hash(secret),
                tokens.c.expires_at.is_(None) | (tokens.c.expires_at > now),
                users.c.active,
            )
        )
        async with self._context.database.read() as conn:
            row = (await conn.execute(query)).one_or_none()
        if row is None:
            return None
        if row.token_used_at is None or now - row.token_used_at >= _NOTE_USE_EVERY:
            used = update(tokens).where(tokens.c.id == row.token_id).values(used_at=now)
            await self._context.database.write(lambda conn: conn.execute(used))
        user = user_of(row)
        token = Token(
            id=row.token_id,
            user_id=user.id,
            user_name=user.name,
            name=row.token_name,
            scopes=frozenset(row.token_scopes),
            created_at=row.token_created_at,
            used_at=row.token_used_at,
            expires_at=row.token_expires_at,
        )
        return TokenUse(token, user, actor_of(user, token.scopes))

    async def list(self, actor: Actor, user_id: UserId | None = None) -> tuple[Token, ...]:
        """The tokens the actor may see, or of these one user's, the newest first."""
        granted = require(actor, Kind.TOKEN, Operation.READ)
        query = select(tokens, users.c.name.label("user_name")).join(users)
        query = query.order_by(tokens.c.created_at.desc(), tokens.c.id.desc())
        if granted is not Reach.ALL:
            query = query.where(tokens.c.user_id == actor.user_id)
        if user_id is not None:
            query = query.where(tokens.c.user_id == user_id)
        async with self._context.database.read() as conn:
            return tuple(_token_of(row) for row in await conn.execute(query))

    async def revoke(self, actor: Actor, token_id: TokenId) -> None:
        """The token opens nothing from now on."""
        granted = require(actor, Kind.TOKEN, Operation.ARCHIVE)
        gone = delete(tokens).where(tokens.c.id == token_id)
        if granted is not Reach.ALL:
            gone = gone.where(tokens.c.user_id == actor.user_id)

        async def work(conn: AsyncConnection) -> None:
            if not (await conn.execute(gone)).rowcount:
                raise NotFoundError("There is no such token.", token_id=token_id)
            now = self._context.now()
            await add_entry(conn, now, actor, "revoke", Kind.TOKEN.value, token_id)

        await self._context.database.write(work)


def _token_of(row: Row) -> Token:
    return Token(
        id=row.id,
        user_id=row.user_id,
        user_name=row.user_name,
        name=row.name,
        scopes=frozenset(row.scopes),
        created_at=row.created_at,
        used_at=row.used_at,
        expires_at=row.expires_at,
    )
