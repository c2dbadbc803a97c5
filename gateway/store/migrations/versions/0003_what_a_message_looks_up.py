"""Indexes for what every message looks up, so that its cost does not grow with what is stored."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    unfinished = sa.text("state IN ('queued', 'sending')")
    op.create_index(
        "ix_deliveries_unfinished",
        "deliveries",
        ["address_id", "position"],
        unique=False,
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )
    op.create_index(
        "ix_turns_conversation_id_state", "turns", ["conversation_id", "state"], unique=False
    )
    op.drop_index("ix_turns_conversation_id", table_name="turns")
