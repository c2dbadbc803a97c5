"""Waiting for people: how long it takes, what was promised, who is away and who was called out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("awaited_since", "staff_spoke_at", "reminded_at", "promised_until", "late_at"):
        op.add_column("conversations", sa.Column(name, sa.Double[float](), nullable=True))
    op.add_column("conversations", sa.Column("escalated_to", sa.String(length=64), nullable=True))
    op.add_column("staff", sa.Column("away_at", sa.Double[float](), nullable=True))
    _indexes()
    _tables()
    # Who waits in the queue now is awaited; who owns something spoke at the latest just now.
    op.execute(
        "UPDATE conversations SET awaited_since = waiting_since WHERE waiting_since IS NOT NULL"
    )
    op.execute("UPDATE conversations SET staff_spoke_at = updated_at WHERE owner = 'staff'")


def _indexes() -> None:
    awaited = sa.text("awaited_since IS NOT NULL")
    op.create_index(
        "ix_conversations_awaited_since",
        "conversations",
        ["awaited_since"],
        sqlite_where=awaited,
        postgresql_where=awaited,
    )
    opened = sa.text("resolved_at IS NULL")
    op.create_index(
        "ix_cases_open", "cases", ["opened_at"], sqlite_where=opened, postgresql_where=opened
    )


def _tables() -> None:
    op.create_table(
        "first_answers",
        _id(),
        _tenant(),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("since", sa.Double[float](), nullable=False),
        sa.Column("seconds", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_first_answers")),
    )
    op.create_index("ix_first_answers_since", "first_answers", ["since"])
    op.create_table(
        "pages",
        _id(),
        _tenant(),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.Double[float](), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double[float](), nullable=False),
        sa.Column("ended_at", sa.Double[float](), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pages")),
    )
    queued = sa.text("state = 'queued'")
    op.create_index(
        "ix_pages_queued", "pages", ["due_at"], sqlite_where=queued, postgresql_where=queued
    )
    op.create_table(
        "digests",
        _tenant(),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("due_at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "desk", name=op.f("pk_digests")),
    )


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(length=64), nullable=False)


def _tenant() -> sa.Column[str]:
    return sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False)
