"""Articles that are written and edited here, and trying the assistant without customers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _articles()
    _questions()
    _trial_links()


def _articles() -> None:
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


def _questions() -> None:
    op.create_table(
        "labelled_questions",
        *_row(),
        _text("question"),
        sa.Column("channel", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("document_id", sa.String(length=255), nullable=True),
        sa.Column("right_now", sa.Boolean(), nullable=True),
        sa.Column("right_before", sa.Boolean(), nullable=True),
        _time("ran_at", nullable=True),
        _text("added_by"),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        _time("added_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labelled_questions")),
        sa.UniqueConstraint(
            "tenant_id", "request_id", name=op.f("uq_labelled_questions_tenant_id_request_id")
        ),
    )
    op.create_index(
        "ix_labelled_questions_tenant_id_added_at", "labelled_questions", ["tenant_id", "added_at"]
    )


def _trial_links() -> None:
    op.create_table(
        "trial_links",
        *_row(),
        _text("name"),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        _text("made_by"),
        _time("made_at"),
        _time("expires_at"),
        _time("revoked_at", nullable=True),
        sa.Column("asked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_links")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_trial_links_secret_hash")),
    )


def _row() -> tuple[sa.Column[str], sa.Column[str]]:
    return (
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
    )


def _time(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Double[float](), nullable=nullable)


def _article() -> tuple[sa.Column[str], sa.Column[str]]:
    return (
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("document_id", sa.String(length=255), nullable=False),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)
