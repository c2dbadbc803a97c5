"""Articles that are written and edited here, with what their sources say meanwhile."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "documents", sa.Column("version", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "documents",
        sa.Column("ours", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_table(
        "article_versions",
        *_article(),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        _text("content"),
        sa.Column("written_by", sa.Text(), nullable=True),
        _text("why"),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id", "document_id", "number", name=op.f("pk_article_versions")
        ),
    )
    op.create_table(
        "source_texts",
        *_article(),
        _text("content"),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "document_id", name=op.f("pk_source_texts")),
    )


def _article() -> tuple[sa.Column[str], sa.Column[str]]:
    return (
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("document_id", sa.String(length=255), nullable=False),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)
