"""Users, teams, sessions, tokens and the audit trail as the API shows them.

Does not hold passwords or secrets, save a new token's, once.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from crm_store.rights import SCOPES, Role
from web.api.shapes.base import Id, Input, Listing, Paging, Ref, Shape
from web.api.texts import Line, Login, Name, NewPassword, Password
from web.policy import rights_of

if TYPE_CHECKING:
    from crm_store import records
    from web.context import Context

LanguageCode = Literal["en", "fr", "ru"]
Extension = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]


def _known_scope(scope: str) -> str:
    if scope not in SCOPES:
        raise ValueError(f"must be one of {', '.join(sorted(SCOPES))}")
    return scope


TokenScope = Annotated[str, AfterValidator(_known_scope)]


class Credentials(Input):
    login: Login
    password: Password


class PasswordChange(Input):
    current: Password
    new: NewPassword


class MeChange(Input):
    language: LanguageCode


class Me(Shape):
    """Who is signed in, and what he may do."""

    id: str
    login: str
    name: str
    role: Role
    team: Ref | None
    extension: str | None
    language: str
    region: str = Field(description="ISO 3166: numbers without a country code are read as of here")
    rights: list[str]

    @classmethod
    def of(cls, context: Context) -> Me:
        user = context.user
        return cls(
            id=user.id,
            login=user.login,
            name=user.name,
            role=user.role,
            team=Ref.of(user.team_id, user.team_name),
            extension=user.extension,
            language=context.language.code,
            region=context.region,
            rights=rights_of(context.actor),
        )


class Session(Shape):
    id: str
    created_at: datetime
    last_seen_at: datetime
    address: str
    agent: str
    current: bool

    @classmethod
    def of(cls, session: records.Session, current_id: str | None) -> Session:
        return cls(
            id=session.id,
            created_at=session.created_at,
            last_seen_at=session.seen_at,
            address=session.address,
            agent=session.agent,
            current=session.id == current_id,
        )


class SessionList(Listing[Session]):
    pass


class TokenInput(Input):
    name: Name
    scopes: Annotated[list[TokenScope], Field(min_length=1, max_length=20)]
    days: Annotated[int, Field(ge=1, le=3660)] | None = None


class Token(Shape):
    id: str
    name: str
    user: Ref | None
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None

    @classmethod
    def of(cls, token: records.Token) -> Token:
        return cls(**_token_fields(token))


class NewToken(Token):
    """`secret` is shown this once."""

    secret: str

    @classmethod
    def made(cls, new: records.NewToken) -> NewToken:
        return cls(**_token_fields(new.token), secret=new.secret)


class TokenList(Listing[Token]):
    pass


def _token_fields(token: records.Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "user": Ref.of(token.user_id, token.user_name),
        "scopes": sorted(token.scopes),
        "created_at": token.created_at,
        "last_used_at": token.used_at,
        "expires_at": token.expires_at,
    }


class UserInput(Input):
    login: Login
    name: Name
    role: Role
    team_id: Id | None = None
    extension: Extension | None = None
    language: LanguageCode = "en"
    password: NewPassword


class UserChange(Input):
    version: int
    login: Login | None = None
    name: Name | None = None
    role: Role | None = None
    team_id: Id | None = None
    extension: Extension | None = None
    language: LanguageCode | None = None
    active: bool | None = None


class PasswordInput(Input):
    password: NewPassword


class User(Shape):
    id: str
    login: str
    name: str
    role: Role
    team: Ref | None
    extension: str | None
    language: str
    active: bool
    created_at: datetime
    version: int

    @classmethod
    def of(cls, user: records.User) -> User:
        return cls(
            id=user.id,
            login=user.login,
            name=user.name,
            role=user.role,
            team=Ref.of(user.team_id, user.team_name),
            extension=user.extension,
            language=user.language,
            active=user.active,
            created_at=user.created_at,
            version=user.version,
        )


class UserQuery(Input):
    active: bool | None = None


class UserList(Listing[User]):
    pass


class Colleague(Shape):
    """Whom one may call or hand a call to."""

    id: str
    name: str
    extension: str | None
    team: Ref | None

    @classmethod
    def of(cls, user: records.User) -> Colleague:
        return cls(
            id=user.id,
            name=user.name,
            extension=user.extension,
            team=Ref.of(user.team_id, user.team_name),
        )


class Directory(Listing[Colleague]):
    pass


class TeamInput(Input):
    name: Name


class Team(Shape):
    id: str
    name: str

    @classmethod
    def of(cls, team: records.Team) -> Team:
        return cls(id=team.id, name=team.name)


class TeamList(Listing[Team]):
    pass


class AuditQuery(Paging):
    user: Id | None = None
    target: Line | None = None
    target_id: Line | None = None


class AuditEntry(Shape):
    id: str
    at: datetime
    user: Ref | None
    action: str
    target: str
    target_id: str
    details: dict[str, str]

    @classmethod
    def of(cls, entry: records.AuditEntry) -> AuditEntry:
        return cls(
            id=entry.id,
            at=entry.at,
            user=Ref.of(entry.user_id, entry.user_name),
            action=entry.action,
            target=entry.target,
            target_id=entry.target_id,
            details=dict(entry.details),
        )


class AuditPage(Listing[AuditEntry]):
    pass
