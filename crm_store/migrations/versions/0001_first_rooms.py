"""The first rooms: people, customers, interactions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.String(36)
UTC = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

SQLITE_WORD_SEARCH = (
    """CREATE VIRTUAL TABLE customer_words USING fts5(
        search_text, content='customers', content_rowid='row', prefix='1 2 3',
        tokenize='unicode61 remove_diacritics 0')""",
    """CREATE TRIGGER customers_words_insert AFTER INSERT ON customers BEGIN
        INSERT INTO customer_words(rowid, search_text) VALUES (new.row, new.search_text);
    END""",
    """CREATE TRIGGER customers_words_delete AFTER DELETE ON customers BEGIN
        INSERT INTO customer_words(customer_words, rowid, search_text)
            VALUES ('delete', old.row, old.search_text);
    END""",
    """CREATE TRIGGER customers_words_update AFTER UPDATE OF search_text ON customers BEGIN
        INSERT INTO customer_words(customer_words, rowid, search_text)
            VALUES ('delete', old.row, old.search_text);
        INSERT INTO customer_words(rowid, search_text) VALUES (new.row, new.search_text);
    END""",
)
POSTGRESQL_WORD_SEARCH = (
    """CREATE INDEX ix_customer_words ON customers
        USING gin (array_to_tsvector(string_to_array(search_text, ' ')))""",
)


def upgrade() -> None:
    people()
    customers()
    interactions()
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE_WORD_SEARCH if sqlite else POSTGRESQL_WORD_SEARCH:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE customer_words")
    for table in (
        "call_merges",
        "pbx_watermarks",
        "ladders",
        "participants",
        "legs",
        "interactions",
        "phones",
        "contacts",
        "customers",
        "audit",
        "tokens",
        "sessions",
        "sign_in_failures",
        "users",
        "teams",
    ):
        op.drop_table(table)


def people() -> None:
    op.create_table(
        "teams",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_teams"),
        sa.UniqueConstraint("name", name="uq_teams_name"),
    )
    op.create_table(
        "users",
        sa.Column("id", ID, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("team_id", ID, nullable=True),
        sa.Column("extension", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_users_team_id"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("extension", name="uq_users_extension"),
        sa.UniqueConstraint("login", name="uq_users_login"),
    )
    op.create_index("ix_users_team_id", "users", ["team_id"])
    op.create_table(
        "sessions",
        sa.Column("id", ID, nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("seen_at", UTC, nullable=False),
        sa.Column("expires_at", UTC, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("secret_hash", name="uq_sessions_secret_hash"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_table(
        "sign_in_failures",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_sign_in_failures"),
    )
    op.create_index("ix_sign_in_failures_failed_at", "sign_in_failures", ["failed_at"])
    op.create_table(
        "tokens",
        sa.Column("id", ID, nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("used_at", UTC, nullable=True),
        sa.Column("expires_at", UTC, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_tokens_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("secret_hash", name="uq_tokens_secret_hash"),
    )
    op.create_index("ix_tokens_user_id", "tokens", ["user_id"])
    op.create_table(
        "audit",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.String(length=32), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_audit_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_at_id", "audit", ["at", "id"])
    op.create_index("ix_audit_target_target_id_at", "audit", ["target", "target_id", "at"])
    op.create_index("ix_audit_user_id_at", "audit", ["user_id", "at"])


def customers() -> None:
    op.create_table(
        "customers",
        sa.Column("row", SERIAL, sa.Identity(always=False), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_name", SORTED, nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("owner_id", ID, nullable=True),
        sa.Column("team_id", ID, nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("properties", JSON, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("updated_at", UTC, nullable=False),
        sa.Column("archived_at", UTC, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_customers_owner_id"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_customers_team_id"),
        sa.PrimaryKeyConstraint("row", name="pk_customers"),
        sa.UniqueConstraint("id", name="uq_customers_id"),
    )
    op.create_index("ix_customers_owner_id", "customers", ["owner_id"])
    op.create_index("ix_customers_sort_name_id", "customers", ["sort_name", "id"])
    op.create_index("ix_customers_team_id", "customers", ["team_id"])
    op.create_table(
        "contacts",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_contacts_customer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_customer_id", "contacts", ["customer_id"])
    op.create_table(
        "phones",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=True),
        sa.Column("e164", SORTED, nullable=True),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name="fk_phones_contact_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_phones_customer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_phones"),
    )
    op.create_index("ix_phones_contact_id", "phones", ["contact_id"])
    op.create_index("ix_phones_customer_id", "phones", ["customer_id"])
    op.create_index("ix_phones_e164", "phones", ["e164", "customer_id", "contact_id", "label"])


def interactions() -> None:
    op.create_table(
        "interactions",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=True),
        sa.Column("result", sa.String(length=16), nullable=True),
        sa.Column("started_at", UTC, nullable=False),
        sa.Column("answered_at", UTC, nullable=True),
        sa.Column("ended_at", UTC, nullable=True),
        sa.Column("wait_s", sa.Float(), nullable=False),
        sa.Column("talk_s", sa.Float(), nullable=False),
        sa.Column("hold_s", sa.Float(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_e164", SORTED, nullable=True),
        sa.Column("number_tail", SORTED, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_fold", SORTED, nullable=False),
        sa.Column("dialled", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=True),
        sa.Column("agents", JSON, nullable=False),
        sa.Column("linkedids", JSON, nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("recovered", sa.Boolean(), nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("team_id", ID, nullable=True),
        sa.Column("customer_id", ID, nullable=True),
        sa.Column("contact_id", ID, nullable=True),
        sa.Column("link_fixed", sa.Boolean(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("notes_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name="fk_interactions_contact_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name="fk_interactions_customer_id"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_interactions_team_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_interactions_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_interactions"),
    )
    op.create_index("ix_interactions_contact_id", "interactions", ["contact_id"])
    op.create_index(
        "ix_interactions_customer_id_started_at_id",
        "interactions",
        ["customer_id", "started_at", "id"],
    )
    op.create_index("ix_interactions_name_fold", "interactions", ["name_fold"])
    op.create_index(
        "ix_interactions_number_e164_started_at", "interactions", ["number_e164", "started_at"]
    )
    op.create_index("ix_interactions_number_tail", "interactions", ["number_tail"])
    op.create_index(
        "ix_interactions_open",
        "interactions",
        ["pbx"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_interactions_queue_started_at_id", "interactions", ["queue", "started_at", "id"]
    )
    op.create_index("ix_interactions_started_at_id", "interactions", ["started_at", "id"])
    op.create_index(
        "ix_interactions_team_id_started_at_id", "interactions", ["team_id", "started_at", "id"]
    )
    op.create_index(
        "ix_interactions_user_id_started_at_id", "interactions", ["user_id", "started_at", "id"]
    )
    op.create_table(
        "legs",
        sa.Column("interaction_id", ID, nullable=False),
        sa.Column("uniqueid", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("ringing_at", UTC, nullable=True),
        sa.Column("answered_at", UTC, nullable=True),
        sa.Column("ended_at", UTC, nullable=True),
        sa.Column("cause", sa.Integer(), nullable=False),
        sa.Column("hold_s", sa.Float(), nullable=False),
        sa.Column("talk_s", sa.Float(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name="fk_legs_interaction_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("interaction_id", "uniqueid", name="pk_legs"),
    )
    op.create_table(
        "participants",
        sa.Column("interaction_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("spoke", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name="fk_participants_interaction_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_participants_user_id"),
        sa.PrimaryKeyConstraint("interaction_id", "user_id", name="pk_participants"),
    )
    op.create_index("ix_participants_user_id", "participants", ["user_id"])
    op.create_table(
        "ladders",
        sa.Column("interaction_id", ID, nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name="fk_ladders_interaction_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("interaction_id", name="pk_ladders"),
    )
    op.create_table(
        "call_merges",
        sa.Column("gone_id", ID, nullable=False),
        sa.Column("kept_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("gone_id", name="pk_call_merges"),
    )
    op.create_index("ix_call_merges_kept_id", "call_merges", ["kept_id"])
    op.create_table(
        "pbx_watermarks",
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column("seen_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("pbx", name="pk_pbx_watermarks"),
    )
