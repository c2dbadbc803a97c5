"""What the business knows of a contact, what a case is about, and which mailbox was written to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    no = sa.text("false")
    op.add_column("contacts", sa.Column("vip", sa.Boolean(), server_default=no, nullable=False))
    op.add_column("contacts", sa.Column("tier", sa.String(length=40), nullable=True))
    op.add_column(
        "contacts", sa.Column("prefers_person", sa.Boolean(), server_default=no, nullable=False)
    )
    op.add_column("contacts", sa.Column("tags", sa.Text(), server_default="[]", nullable=False))
    op.add_column("cases", sa.Column("intent", sa.String(length=64), nullable=True))
    op.add_column("conversations", sa.Column("place", sa.String(length=320), nullable=True))
    op.create_index("ix_conversations_contact_id", "conversations", ["contact_id"])
