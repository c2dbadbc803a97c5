"""Pauses, budgets, and the watch list after an opening."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _pauses()
    _budgets()
    _watching()


def _tenant() -> sa.Column[str]:
    return sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False)


def _amount(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)


def _pauses() -> None:
    op.create_table(
        "pauses",
        _tenant(),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("paused_by", sa.Text(), server_default="", nullable=False),
        sa.Column("paused_at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "channel", name=op.f("pk_pauses")),
    )


def _budgets() -> None:
    op.create_table(
        "budget_sums",
        _tenant(),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        _amount("spent_micros"),
        _amount("spent_tokens"),
        _amount("reserved_micros"),
        _amount("reserved_tokens"),
        sa.Column("warned_at", sa.Double[float](), nullable=True),
        sa.Column("reached_at", sa.Double[float](), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "day", "scope", "name", name=op.f("pk_budget_sums")),
    )
    op.create_table(
        "reservations",
        sa.Column("id", sa.String(length=64), nullable=False),
        _tenant(),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Double[float](), nullable=False),
        sa.Column("settled_at", sa.Double[float](), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
    )
    op.create_index("ix_reservations_turn_id", "reservations", ["turn_id"])
    op.create_index("ix_reservations_day", "reservations", ["day"])


def _watching() -> None:
    op.create_table(
        "openings",
        _tenant(),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("intent", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "channel", "intent", name=op.f("pk_openings")),
    )
    op.create_table(
        "watches",
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        _tenant(),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("intent", sa.String(length=64), server_default="", nullable=False),
        sa.Column("at", sa.Double[float](), nullable=False),
        sa.Column("read_at", sa.Double[float](), nullable=True),
        sa.Column("read_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_watches")),
    )
    op.create_index("ix_watches_tenant_id_read_at", "watches", ["tenant_id", "read_at"])
