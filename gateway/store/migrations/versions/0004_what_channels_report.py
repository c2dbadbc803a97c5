"""Public places, the 24-hour window, opting out, reactions, and files that go out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _conversations()
    _deliveries()
    op.add_column("messages", sa.Column("sender_id", sa.String(length=512), nullable=True))
    op.add_column("messages", sa.Column("raw_sha256", sa.String(length=64), nullable=True))
    op.add_column("unreadable", sa.Column("address", sa.String(length=1024), nullable=True))
    op.add_column("unreadable", sa.Column("handled_at", sa.Double[float](), nullable=True))
    op.add_column("unreadable", sa.Column("handled_by", sa.Text(), nullable=True))
    _reactions()


def _conversations() -> None:
    for column in (
        sa.Column("public", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("private_of", sa.String(length=64), nullable=True),
        sa.Column("window_until", sa.Double[float](), nullable=True),
        sa.Column("template_at", sa.Double[float](), nullable=True),
        sa.Column("opted_out_at", sa.Double[float](), nullable=True),
    ):
        op.add_column("conversations", column)


def _deliveries() -> None:
    for column in (
        sa.Column("private_to", sa.String(length=512), nullable=True),
        sa.Column("template", sa.Text(), nullable=True),
        sa.Column("files", sa.Text(), nullable=True),
    ):
        op.add_column("deliveries", column)


def _reactions() -> None:
    op.create_table(
        "reactions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("sender_id", sa.String(length=512), nullable=False),
        sa.Column("emoji", sa.String(length=64), nullable=False),
        sa.Column("unhelpful", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("at", sa.Double[float](), nullable=False),
        sa.Column("removed_at", sa.Double[float](), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reactions")),
        sa.UniqueConstraint(
            "message_id",
            "sender_id",
            "emoji",
            name=op.f("uq_reactions_message_id_sender_id_emoji"),
        ),
    )
