"""Where knowledge comes from, whole articles, conflicts between them, and guides under way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("guide", sa.Text(), nullable=True))
    _documents()
    _knowledge_sources()
    _knowledge_conflicts()


def _documents() -> None:
    for column in (
        sa.Column("changed_at", sa.Double[float](), nullable=True),
        sa.Column("format", sa.String(length=16), server_default="markdown", nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("review_by", sa.String(length=10), nullable=True),
        sa.Column("guide", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
    ):
        op.add_column("documents", column)


def _knowledge_sources() -> None:
    op.create_table(
        "knowledge_sources",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("origin", sa.String(length=1024), nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("audience", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("configured", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("refresh_hours", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=16), server_default="waiting", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("problems", sa.Text(), server_default="[]", nullable=False),
        sa.Column("due_at", sa.Double[float](), nullable=True),
        sa.Column("synced_at", sa.Double[float](), nullable=True),
        sa.Column("created_at", sa.Double[float](), nullable=False),
        sa.Column("claim", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_by", sa.String(length=128), nullable=True),
        sa.Column("claimed_until", sa.Double[float](), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_sources")),
        sa.UniqueConstraint(
            "tenant_id", "origin", name=op.f("uq_knowledge_sources_tenant_id_origin")
        ),
    )
    op.create_index("ix_knowledge_sources_due_at", "knowledge_sources", ["due_at"], unique=False)


def _knowledge_conflicts() -> None:
    op.create_table(
        "knowledge_conflicts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("left_passage", sa.String(length=64), nullable=False),
        sa.Column("right_passage", sa.String(length=64), nullable=False),
        sa.Column("left_document", sa.String(length=255), nullable=False),
        sa.Column("right_document", sa.String(length=255), nullable=False),
        sa.Column("left_quote", sa.Text(), server_default="", nullable=False),
        sa.Column("right_quote", sa.Text(), server_default="", nullable=False),
        sa.Column("about", sa.Text(), server_default="", nullable=False),
        sa.Column("found_at", sa.Double[float](), nullable=False),
        sa.Column("dismissed_at", sa.Double[float](), nullable=True),
        sa.Column("dismissed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_conflicts")),
        sa.UniqueConstraint(
            "tenant_id",
            "left_passage",
            "right_passage",
            name=op.f("uq_knowledge_conflicts_tenant_id_left_passage_right_passage"),
        ),
    )
