"""Alembic's entry: runs the migrations on the connection that crm_store.migrate hands over.

Has no offline mode; no URL is read from a file.
"""

from __future__ import annotations

from alembic import context

from crm_store.migrate import compare_options
from crm_store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    **compare_options(),
)
with context.begin_transaction():
    context.run_migrations()
