"""Replies that the assistant prepared and a person decides about."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, Integer, String, Table
from sqlalchemy import text as sql

from gateway.store.schema.tables import id_column, metadata, ref, tenant, text, time

drafts = Table(
    "drafts",
    metadata,
    id_column(),
    tenant(),
    ref("conversation_id"),
    ref("case_id", nullable=True),
    # The turn that wrote this version.
    ref("turn_id", nullable=True),
    # +1 with every new text of it.
    Column("version", Integer, nullable=False, server_default="1"),
    # The conversation's, while it is open; every change of owner stamps it anew.
    Column("epoch", Integer, nullable=False),
    # What it answers: the customer's messages after the one, through the other.
    Column("after_seq", Integer, nullable=False),
    Column("through_seq", Integer, nullable=False),
    text("question"),
    text("body"),
    text("citations", default="[]"),
    text("choices", default="[]"),
    Column("confidence", Double, nullable=False, server_default="0"),
    Column("language", String(8)),
    # open, sent, edited_sent, rejected, expired or withdrawn
    Column("state", String(16), nullable=False),
    # Who decided, their name as it was then, when, and after which message.
    ref("decided_by", nullable=True),
    text("decided_name", nullable=True),
    time("decided_at"),
    Column("decided_seq", Integer),
    text("reason", nullable=True),
    # What was sent of it.
    ref("sent_message_id", nullable=True),
    time("expires_at", nullable=False),
    time("created_at", nullable=False),
    time("updated_at", nullable=False),
    Index("ix_drafts_tenant_id_state_created_at", "tenant_id", "state", "created_at"),
    Index("ix_drafts_conversation_id_created_at", "conversation_id", "created_at"),
)

# A conversation has one draft that waits; a newer text is its next version.
Index(
    "ix_drafts_open",
    drafts.c.conversation_id,
    unique=True,
    sqlite_where=sql("state = 'open'"),
    postgresql_where=sql("state = 'open'"),
)
