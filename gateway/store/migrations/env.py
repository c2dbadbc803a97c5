"""What alembic runs; the connection is handed in, and there is no other way to run it."""

from __future__ import annotations

from alembic import context

from gateway.store.schema import (
    actions,
    aftercare,
    conversation,
    desk,
    drafts,
    inbox,
    joining,
    library,
    people,
    pipeline,
    safety,
    waiting,
)
from gateway.store.schema.tables import metadata

SUBJECTS = (
    actions,
    aftercare,
    conversation,
    desk,
    drafts,
    inbox,
    joining,
    library,
    people,
    pipeline,
    safety,
    waiting,
)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    transaction_per_migration=False,
)
context.run_migrations()
