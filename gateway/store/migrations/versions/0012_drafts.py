"""Drafts that people decide about, and accounts that are one person's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "conversations",
        sa.Column("drafting", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    _drafts()
    _joins()
    op.create_table(
        "contact_proofs",
        _id(),
        _tenant(),
        sa.Column("customer", sa.String(length=512), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        _time("at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_proofs")),
        sa.UniqueConstraint(
            "tenant_id", "customer", name=op.f("uq_contact_proofs_tenant_id_customer")
        ),
    )
    op.create_index("ix_contact_proofs_contact_id", "contact_proofs", ["contact_id"])
    op.create_table(
        "join_codes",
        _id(),
        _tenant(),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        _time("created_at"),
        _time("expires_at"),
        _time("used_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_codes")),
        sa.UniqueConstraint("tenant_id", "digest", name=op.f("uq_join_codes_tenant_id_digest")),
    )
    op.create_index("ix_join_codes_conversation_id", "join_codes", ["conversation_id"])


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(length=64), nullable=False)


def _tenant() -> sa.Column[str]:
    return sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Double[float](), nullable=nullable)


def _drafts() -> None:
    op.create_table(
        "drafts",
        _id(),
        _tenant(),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=True),
        sa.Column("turn_id", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("after_seq", sa.Integer(), nullable=False),
        sa.Column("through_seq", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("citations", sa.Text(), server_default="[]", nullable=False),
        sa.Column("choices", sa.Text(), server_default="[]", nullable=False),
        sa.Column("confidence", sa.Double[float](), server_default="0", nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_name", sa.Text(), nullable=True),
        _time("decided_at", nullable=True),
        sa.Column("decided_seq", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("sent_message_id", sa.String(length=64), nullable=True),
        _time("expires_at"),
        _time("created_at"),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_index(
        "ix_drafts_tenant_id_state_created_at", "drafts", ["tenant_id", "state", "created_at"]
    )
    op.create_index(
        "ix_drafts_conversation_id_created_at", "drafts", ["conversation_id", "created_at"]
    )
    op.create_index(
        "ix_drafts_open",
        "drafts",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def _joins() -> None:
    op.create_table(
        "contact_joins",
        _id(),
        _tenant(),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("joined_id", sa.String(length=64), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("joined_by", sa.String(length=64), nullable=True),
        sa.Column("joined_name", sa.Text(), nullable=True),
        sa.Column("identities", sa.Text(), server_default="[]", nullable=False),
        sa.Column("conversations", sa.Text(), server_default="[]", nullable=False),
        sa.Column("proofs", sa.Text(), server_default="[]", nullable=False),
        _time("at"),
        _time("undone_at", nullable=True),
        sa.Column("undone_name", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_joins")),
    )
    op.create_index("ix_contact_joins_contact_id", "contact_joins", ["contact_id"])
    op.create_index("ix_contact_joins_joined_id", "contact_joins", ["joined_id"])
