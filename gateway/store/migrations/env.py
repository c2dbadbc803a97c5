"""What alembic runs; the connection is handed in, and there is no other way to run it."""

from __future__ import annotations

from alembic import context

from gateway.store.schema.every import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    transaction_per_migration=False,
)
context.run_migrations()
