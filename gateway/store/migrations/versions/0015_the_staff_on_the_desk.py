"""Invitations, codes that link accounts, who looks at what, the first steps, who was seen when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff", sa.Column("seen_at", sa.Double[float](), nullable=True))
    _invitations()
    op.create_table(
        "link_codes",
        _id("staff_id"),
        _tenant(),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        _time("created_at", nullable=False),
        _time("expires_at", nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_link_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_link_codes_code_hash")),
    )
    op.create_table(
        "viewers",
        _id("conversation_id"),
        _id("staff_id"),
        _tenant(),
        _time("seen_at", nullable=False),
        _time("writing_at"),
        sa.PrimaryKeyConstraint("conversation_id", "staff_id", name=op.f("pk_viewers")),
    )
    op.create_index("ix_viewers_tenant_id_seen_at", "viewers", ["tenant_id", "seen_at"])
    op.create_table(
        "first_steps",
        _tenant(),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        _id("said_by"),
        _time("at", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "step", name=op.f("pk_first_steps")),
    )


def _id(name: str = "id", *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=64), nullable=nullable)


def _tenant() -> sa.Column[str]:
    return sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False)


def _time(name: str, *, nullable: bool = True) -> sa.Column[float]:
    return sa.Column(name, sa.Double[float](), nullable=nullable)


def _invitations() -> None:
    op.create_table(
        "invitations",
        _id(),
        _tenant(),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        _id("staff_id", nullable=True),
        _id("made_by"),
        _time("created_at", nullable=False),
        _time("expires_at", nullable=False),
        _time("used_at"),
        _time("revoked_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index(
        "ix_invitations_tenant_id_created_at", "invitations", ["tenant_id", "created_at"]
    )
