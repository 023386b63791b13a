"""Users and teams, for administrators; the directory, for everybody.

Does not deal with one's own account: `account` does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from crm_store.ids import UserId
from crm_store.records import UserData
from crm_store.rights import Kind, Operation
from web.api.conflict import or_conflict
from web.api.endpoint import Api
from web.api.shapes.base import Id
from web.api.shapes.people import (
    Colleague,
    Directory,
    PasswordInput,
    Team,
    TeamInput,
    TeamList,
    User,
    UserChange,
    UserInput,
    UserList,
    UserQuery,
)
from web.context import Context
from web.policy import Right

api = Api("users")

READ = Right(Kind.USER, Operation.READ)
CREATE = Right(Kind.USER, Operation.CREATE)
# What only those have who may change other users: everybody may change himself.
ADMINISTER = Right(Kind.USER, Operation.ASSIGN)
READ_TEAMS = Right(Kind.TEAM, Operation.READ)
CREATE_TEAM = Right(Kind.TEAM, Operation.CREATE)


@api.get("/users", needs=ADMINISTER)
async def list_users(context: Context, query: UserQuery) -> UserList:
    """List all users; `active=false` those who may not sign in any more."""
    users = await context.store.users.list(context.actor, active=query.active)
    return UserList(items=[User.of(user) for user in users])


@api.post("/users", needs=CREATE, status=201, once=True)
async def create_user(context: Context, body: UserInput) -> User:
    """Create a user."""
    data = UserData(**body.model_dump(exclude={"password"}))
    user = await context.store.users.create(context.actor, data, body.password)
    await context.deps.hooks.on_user_changed(user.id)
    return User.of(user)


@api.get("/users/{user_id}", needs=ADMINISTER)
async def get_user(context: Context, user_id: Id) -> User:
    """Read a user."""
    return User.of(await context.store.users.get(context.actor, UserId(user_id)))


@api.patch("/users/{user_id}", needs=ADMINISTER)
async def change_user(context: Context, user_id: Id, body: UserChange) -> User:
    """Change the fields that are sent; whoever becomes inactive is signed out everywhere."""
    id_ = UserId(user_id)
    before = await context.store.users.get(context.actor, id_)
    changes: dict[str, Any] = body.model_dump(exclude_unset=True, exclude={"version"})
    nullable = {"team_id", "extension"}
    changes = {k: v for k, v in changes.items() if v is not None or k in nullable}
    after = await or_conflict(
        context.store.users.update(
            context.actor, id_, body.version, replace(before.data, **changes)
        ),
        lambda: get_user(context, user_id),
    )
    await context.deps.hooks.on_user_changed(id_)
    if not after.active:
        await _sign_out(context, id_)
    return User.of(after)


@api.post("/users/{user_id}/password", needs=ADMINISTER)
async def set_password(context: Context, user_id: Id, body: PasswordInput) -> None:
    """Give a user a new password and sign him out everywhere."""
    await context.store.users.set_password(context.actor, UserId(user_id), body.password)
    await _sign_out(context, UserId(user_id))


@api.post("/users/{user_id}/sign-out", needs=ADMINISTER)
async def sign_user_out(context: Context, user_id: Id) -> None:
    """Sign a user out everywhere."""
    await context.store.users.get(context.actor, UserId(user_id))
    await _sign_out(context, UserId(user_id))


async def _sign_out(context: Context, user_id: UserId) -> None:
    await context.store.sessions.end_all(context.actor, user_id)
    await context.deps.hooks.on_sign_out(user_id)


@api.get("/directory", needs=READ)
async def list_directory(context: Context) -> Directory:
    """List whom one may call or hand a call to."""
    users = await context.store.users.list(context.actor, active=True)
    return Directory(items=[Colleague.of(user) for user in users])


@api.get("/teams", needs=READ_TEAMS)
async def list_teams(context: Context) -> TeamList:
    """List all teams."""
    teams = await context.store.teams.list(context.actor)
    return TeamList(items=[Team.of(team) for team in teams])


@api.post("/teams", needs=CREATE_TEAM, status=201, once=True)
async def create_team(context: Context, body: TeamInput) -> Team:
    """Create a team."""
    return Team.of(await context.store.teams.create(context.actor, body.name))
