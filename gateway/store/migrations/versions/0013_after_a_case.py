"""Write-ups, ratings and outgoing events; replies kept ready, tags and the search of the desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("rating_asked_at", sa.Double[float](), nullable=True))
    op.add_column("turns", sa.Column("confidence", sa.Double[float](), nullable=True))
    resolved = sa.text("resolved_at IS NOT NULL")
    op.create_index(
        "ix_cases_resolved_at",
        "cases",
        ["resolved_at"],
        sqlite_where=resolved,
        postgresql_where=resolved,
    )
    _closings()
    _ratings()
    _outgoing_events()
    _desk()


def _id(name: str = "id", *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=64), nullable=nullable)


def _tenant() -> sa.Column[str]:
    return sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False)


def _time(name: str, *, nullable: bool = True) -> sa.Column[float]:
    return sa.Column(name, sa.Double[float](), nullable=nullable)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _closings() -> None:
    op.create_table(
        "closings",
        _id("case_id"),
        _tenant(),
        _id("conversation_id"),
        _id("contact_id"),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=16), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        _time("resolved_at", nullable=False),
        _text("asked"),
        _text("done"),
        _text("promised"),
        _id("written_by", nullable=True),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_closings")),
    )
    op.create_index("ix_closings_contact_id_resolved_at", "closings", ["contact_id", "resolved_at"])
    op.create_index("ix_closings_resolved_at", "closings", ["resolved_at"])


def _ratings() -> None:
    op.create_table(
        "ratings",
        _id(),
        _tenant(),
        _id("case_id"),
        _id("conversation_id"),
        _id("contact_id"),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("next", sa.String(length=16), nullable=True),
        _time("due_at"),
        _time("created_at", nullable=False),
        _time("asked_at"),
        sa.Column("score", sa.Integer(), nullable=True),
        _time("rated_at"),
        _id("comment_message_id", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratings")),
        sa.UniqueConstraint("case_id", name=op.f("uq_ratings_case_id")),
    )
    op.create_index("ix_ratings_conversation_id", "ratings", ["conversation_id"])
    op.create_index("ix_ratings_due_at", "ratings", ["due_at"])
    op.create_index("ix_ratings_rated_at", "ratings", ["rated_at"])


def _outgoing_events() -> None:
    op.create_table(
        "outgoing_events",
        _id(),
        _tenant(),
        sa.Column("receiver", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        _id("conversation_id"),
        _id("case_id", nullable=True),
        _id("message_id", nullable=True),
        _text("detail", "{}"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        _count("tries"),
        sa.Column("error", sa.Text(), nullable=True),
        _time("due_at"),
        _count("claim"),
        sa.Column("claimed_by", sa.String(length=128), nullable=True),
        _time("claimed_until"),
        _time("created_at", nullable=False),
        _time("sent_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_events")),
        sa.UniqueConstraint(
            "receiver",
            "conversation_id",
            "number",
            name=op.f("uq_outgoing_events_receiver_conversation_id_number"),
        ),
    )
    op.create_index("ix_outgoing_events_receiver_due_at", "outgoing_events", ["receiver", "due_at"])
    op.create_index(
        "ix_outgoing_events_state_created_at", "outgoing_events", ["state", "created_at"]
    )


def _desk() -> None:
    op.create_table(
        "canned_replies",
        _id(),
        _tenant(),
        sa.Column("name", sa.String(length=64), nullable=False),
        _text("body"),
        _id("written_by"),
        _time("changed_at", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_replies")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_canned_replies_tenant_id_name")),
    )
    op.create_table(
        "tags",
        _id("conversation_id"),
        sa.Column("tag", sa.String(length=40), nullable=False),
        _tenant(),
        _id("given_by"),
        _time("at", nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "tag", name=op.f("pk_tags")),
    )
    op.create_index("ix_tags_tenant_id_tag", "tags", ["tenant_id", "tag"])
    word = sa.String(length=40).with_variant(sa.String(length=40, collation="C"), "postgresql")
    op.create_table(
        "search_words",
        _tenant(),
        sa.Column("word", word, nullable=False),
        _id("conversation_id"),
        sa.PrimaryKeyConstraint(
            "tenant_id", "word", "conversation_id", name=op.f("pk_search_words")
        ),
    )
    op.create_index("ix_search_words_conversation_id", "search_words", ["conversation_id"])
    op.create_table(
        "search_marks",
        _id("conversation_id"),
        _tenant(),
        _time("through", nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_search_marks")),
    )
