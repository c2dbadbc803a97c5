"""What waiting for people leaves behind: how long it took, who was called out, what was mailed."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table
from sqlalchemy import text as sql

from gateway.store.schema.tables import id_column, metadata, ref, tenant, text, time

# How long each customer waited who was answered by a person: what {wait} is measured by.
first_answers = Table(
    "first_answers",
    metadata,
    id_column(),
    tenant(),
    Column("channel", String(64), nullable=False),
    time("since", nullable=False),
    time("seconds", nullable=False),
    Index("ix_first_answers_since", "since"),
)

# Calls to whoever is on duty because a case is late, as signed requests.
pages = Table(
    "pages",
    metadata,
    id_column(),
    tenant(),
    ref("conversation_id"),
    Column("desk", String(64), nullable=False),
    text("body"),
    # queued, sent, failed or withdrawn
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    # When the next try is due; while a node tries, when another may.
    time("due_at", nullable=False),
    text("error", nullable=True),
    time("created_at", nullable=False),
    time("ended_at"),
)
_QUEUED = pages.c.state == sql("'queued'")
Index("ix_pages_queued", pages.c.due_at, sqlite_where=_QUEUED, postgresql_where=_QUEUED)

# Until when each desk has had its digests.
digests = Table(
    "digests",
    metadata,
    Column("tenant_id", String(64), primary_key=True, server_default="main"),
    Column("desk", String(64), primary_key=True),
    time("due_at", nullable=False),
)
