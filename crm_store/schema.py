"""The tables, the same on SQLite and PostgreSQL.

The migrations make them (crm_store/migrations); a test holds the two against each other.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    table,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(TypeDecorator[datetime]):
    """Aware UTC, also on SQLite, which keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or dialect.name != "sqlite":
            return value
        return value.replace(tzinfo=UTC)


Id = String(36)
Json = JSON().with_variant(JSONB(), "postgresql")
Sorted = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared by code points on both databases, so that ranges and orders are the same."""
Serial = BigInteger().with_variant(Integer(), "sqlite")
"""A number given by the database; SQLite gives one only to an INTEGER key."""


def _ref(target: str, *, ondelete: str | None = None) -> ForeignKey:
    return ForeignKey(target, ondelete=ondelete)


teams = Table(
    "teams",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("team_id", Id, _ref("teams.id"), index=True),
    Column("extension", Text, unique=True),
    Column("language", String(8), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("version", Integer, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("secret_hash", LargeBinary(32), nullable=False, unique=True),
    Column("user_id", Id, _ref("users.id"), nullable=False, index=True),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False, index=True),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("subject", Text, primary_key=True),  # login:bob, address:192.0.2.7
    Column("failures", Integer, nullable=False),
    Column("failed_at", Utc, nullable=False, index=True),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("secret_hash", LargeBinary(32), nullable=False, unique=True),
    Column("user_id", Id, _ref("users.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("scopes", Json, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("used_at", Utc),
    Column("expires_at", Utc),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("user_id", Id, _ref("users.id")),
    Column("action", Text, nullable=False),
    Column("target", String(32), nullable=False),
    Column("target_id", Text, nullable=False),
    Column("details", Json, nullable=False),
    Index("ix_audit_at_id", "at", "id"),
    Index("ix_audit_target_target_id_at", "target", "target_id", "at"),
    Index("ix_audit_user_id_at", "user_id", "at"),
)

customers = Table(
    "customers",
    metadata,
    # The full-text index of SQLite points at rows by a number that never changes.
    Column("row", Serial, Identity(), primary_key=True),
    Column("id", Id, nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("sort_name", Sorted, nullable=False),
    Column("search_text", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("owner_id", Id, _ref("users.id"), index=True),
    Column("team_id", Id, _ref("teams.id"), index=True),
    Column("email", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("tags", Json, nullable=False),
    Column("properties", Json, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Column("archived_at", Utc),
    Column("version", Integer, nullable=False),
    Index("ix_customers_sort_name_id", "sort_name", "id"),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer_id", Id, _ref("customers.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("position", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("version", Integer, nullable=False),
)

phones = Table(
    "phones",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer_id", Id, _ref("customers.id"), nullable=False, index=True),
    Column("contact_id", Id, _ref("contacts.id", ondelete="CASCADE"), index=True),
    Column("e164", Sorted),
    Column("raw", Text, nullable=False),
    Column("label", Text, nullable=False),
    # All that the pop asks of a number, so that the index alone answers.
    Index("ix_phones_e164", "e164", "customer_id", "contact_id", "label"),
)

interactions = Table(
    "interactions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("pbx", Text, nullable=False),
    Column("direction", String(16)),
    Column("result", String(16)),
    Column("started_at", Utc, nullable=False),
    Column("answered_at", Utc),
    Column("ended_at", Utc),
    Column("wait_s", Float, nullable=False),
    Column("talk_s", Float, nullable=False),
    Column("hold_s", Float, nullable=False),
    Column("number", Text, nullable=False),
    Column("number_e164", Sorted),
    Column("number_tail", Sorted, nullable=False),  # digits from the last to the first
    Column("name", Text, nullable=False),
    Column("name_fold", Sorted, nullable=False),
    Column("dialled", Text, nullable=False),
    Column("queue", Text),
    Column("agents", Json, nullable=False),
    Column("linkedids", Json, nullable=False),
    Column("facts", Text, nullable=False),  # of a call, see crm_store.facts; the rest projects it
    Column("recovered", Boolean, nullable=False),
    Column("user_id", Id, _ref("users.id")),
    Column("team_id", Id, _ref("teams.id")),
    Column("customer_id", Id, _ref("customers.id")),
    Column("contact_id", Id, _ref("contacts.id", ondelete="SET NULL"), index=True),
    Column("link_fixed", Boolean, nullable=False),  # a person linked or unlinked it
    Column("notes", Text, nullable=False),
    Column("notes_version", Integer, nullable=False),
    Index("ix_interactions_started_at_id", "started_at", "id"),
    Index("ix_interactions_customer_id_started_at_id", "customer_id", "started_at", "id"),
    Index("ix_interactions_user_id_started_at_id", "user_id", "started_at", "id"),
    Index("ix_interactions_team_id_started_at_id", "team_id", "started_at", "id"),
    Index("ix_interactions_queue_started_at_id", "queue", "started_at", "id"),
    Index("ix_interactions_number_e164_started_at", "number_e164", "started_at"),
    Index("ix_interactions_number_tail", "number_tail"),
    Index("ix_interactions_name_fold", "name_fold"),
)
Index(
    "ix_interactions_open",
    interactions.c.pbx,
    sqlite_where=interactions.c.ended_at.is_(None),
    postgresql_where=interactions.c.ended_at.is_(None),
)

legs = Table(
    "legs",
    metadata,
    Column("interaction_id", Id, _ref("interactions.id", ondelete="CASCADE"), primary_key=True),
    Column("uniqueid", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("ringing_at", Utc),
    Column("answered_at", Utc),
    Column("ended_at", Utc),
    Column("cause", Integer, nullable=False),
    Column("hold_s", Float, nullable=False),
    Column("talk_s", Float, nullable=False),
    Column("stamp", Text, nullable=False),
)

participants = Table(
    "participants",
    metadata,
    Column("interaction_id", Id, _ref("interactions.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", Id, _ref("users.id"), primary_key=True, index=True),
    Column("spoke", Boolean, nullable=False),  # else his phone only rang
)

ladders = Table(
    "ladders",
    metadata,
    Column("interaction_id", Id, _ref("interactions.id", ondelete="CASCADE"), primary_key=True),
    Column("events", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

call_merges = Table(
    "call_merges",
    metadata,
    Column("gone_id", Id, primary_key=True),
    Column("kept_id", Id, nullable=False, index=True),
)

pbx_watermarks = Table(
    "pbx_watermarks",
    metadata,
    Column("pbx", Text, primary_key=True),
    Column("seen_at", Utc, nullable=False),
)

customer_words = table("customer_words")
"""SQLite's full-text table over customers.search_text, kept by triggers; PostgreSQL has an index for it."""

Row = Any
"""A result row; the record modules turn it into a value at once."""
