"""Documents and passages: the truth behind every node's derived index."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table
from sqlalchemy import text as sql

from gateway.store.schema.tables import id_column, metadata, tenant, text, time

documents = Table(
    "documents",
    metadata,
    Column("tenant_id", String(64), primary_key=True, server_default="main"),
    Column("id", String(255), primary_key=True),
    text("title"),
    text("source"),
    # The configured source or command that brought it; a sync removes only what it brought.
    Column("origin", String(1024), nullable=False),
    text("url", nullable=True),
    Column("audience", String(16), nullable=False),
    Column("language", String(8)),
    Column("demo", Boolean, nullable=False, server_default=sql("false")),
    Column("draft", Boolean, nullable=False, server_default=sql("false")),
    Column("hash", String(64), nullable=False),
    time("added_at", nullable=False),
)

passages = Table(
    "passages",
    metadata,
    id_column(),
    tenant(),
    Column("document_id", String(255), nullable=False),
    Column("position", Integer, nullable=False),
    text("title_path", default="[]"),
    text("body"),
    Index("ix_passages_tenant_id_document_id", "tenant_id", "document_id"),
)

library_versions = Table(
    "library_versions",
    metadata,
    Column("tenant_id", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
)
