"""Threads of staff on their own platform, what they do there, and their accounts on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("desk_thread_id", sa.String(64), nullable=True))
    op.add_column("conversations", sa.Column("desk_alarm", sa.Text(), nullable=True))
    op.add_column("conversations", sa.Column("blocked_at", sa.Double[float](), nullable=True))
    _deliveries()
    _threads()
    _inputs()
    op.create_table(
        "staff_identities",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("staff_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("workspace", sa.String(length=128), nullable=False),
        sa.Column("account", sa.String(length=384), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_identities")),
        sa.UniqueConstraint(
            "tenant_id",
            "kind",
            "workspace",
            "account",
            name=op.f("uq_staff_identities_tenant_id_kind_workspace_account"),
        ),
    )
    op.create_index("ix_staff_identities_staff_id", "staff_identities", ["staff_id"])


def _deliveries() -> None:
    op.add_column("deliveries", sa.Column("desk_thread_id", sa.String(64), nullable=True))
    op.add_column("deliveries", sa.Column("post", sa.Text(), nullable=True))
    op.add_column("deliveries", sa.Column("about", sa.String(64), nullable=True))
    op.add_column("deliveries", sa.Column("changes", sa.String(64), nullable=True))
    op.add_column(
        "deliveries",
        sa.Column("takes_back", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("deliveries", sa.Column("told_in", sa.String(64), nullable=True))
    op.create_index(
        "ix_deliveries_desk_thread_id",
        "deliveries",
        ["desk_thread_id"],
        sqlite_where=sa.text("desk_thread_id IS NOT NULL"),
        postgresql_where=sa.text("desk_thread_id IS NOT NULL"),
    )


def _threads() -> None:
    op.create_table(
        "desk_threads",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=True),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=1024), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("on_duty", sa.String(length=128), nullable=True),
        sa.Column("marked_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("head_id", sa.String(length=64), nullable=True),
        sa.Column("owner_since", sa.Double[float](), nullable=False),
        sa.Column("called_at", sa.Double[float](), nullable=True),
        sa.Column("opened_at", sa.Double[float](), nullable=True),
        sa.Column("created_at", sa.Double[float](), nullable=False),
        sa.Column("last_input", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_threads")),
        sa.UniqueConstraint(
            "tenant_id",
            "channel",
            "address",
            name=op.f("uq_desk_threads_tenant_id_channel_address"),
        ),
    )
    op.create_index("ix_desk_threads_conversation_id", "desk_threads", ["conversation_id"])


def _inputs() -> None:
    op.create_table(
        "desk_inputs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("thread_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=512), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("external_id", sa.String(length=512), nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("files", sa.Integer(), server_default="0", nullable=False),
        sa.Column("at", sa.Double[float](), nullable=False),
        sa.Column("due_at", sa.Double[float](), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_inputs")),
        sa.UniqueConstraint("thread_id", "number", name=op.f("uq_desk_inputs_thread_id_number")),
    )
    op.create_index("ix_desk_inputs_due_at", "desk_inputs", ["due_at"])
