"""Documents and passages: the truth behind every node's derived index."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, UniqueConstraint
from sqlalchemy import text as sql

from gateway.store.schema.tables import id_column, metadata, ref, tenant, text, time

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
    # When its content last changed; None before the first change.
    time("changed_at"),
    Column("format", String(16), nullable=False, server_default="markdown"),
    text("owner", nullable=True),
    # An ISO date: until then somebody vouches for it.
    Column("review_by", String(10)),
    Column("guide", Boolean, nullable=False, server_default=sql("false")),
    # JSON: what its author says of it.
    text("marks", default="[]"),
    # The whole article as Markdown: what a person reads before it is published, and what a guide
    # is walked by.
    text("body"),
    # The number of its version, 0 while nobody has edited it here; and whether its text is ours:
    # then its source does not change it.
    Column("version", Integer, nullable=False, server_default="0"),
    Column("ours", Boolean, nullable=False, server_default=sql("false")),
)

# What an article said at each version, from 0, which is what was read before anybody edited it.
article_versions = Table(
    "article_versions",
    metadata,
    Column("tenant_id", String(64), primary_key=True, server_default="main"),
    Column("document_id", String(255), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    # JSON: title, body and what is said of it.
    text("content"),
    # Who wrote it; None for its source.
    text("written_by", nullable=True),
    text("why"),
    # The request that wrote it, so that a repetition writes nothing more.
    ref("request_id", nullable=True),
    time("at", nullable=False),
)

# Of an article whose text is ours: what its source says, until somebody decides between the two.
source_texts = Table(
    "source_texts",
    metadata,
    Column("tenant_id", String(64), primary_key=True, server_default="main"),
    Column("document_id", String(255), primary_key=True),
    text("content"),
    # The fingerprint of that text.
    Column("hash", String(64), nullable=False),
    # known (decided about), changed or gone.
    Column("state", String(16), nullable=False),
    time("at", nullable=False),
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

# Where articles come from: configured, or added on the desk or the command line. Due ones are
# read by whichever node claims them.
sources = Table(
    "knowledge_sources",
    metadata,
    id_column(),
    tenant(),
    # path, upload, url, sitemap or conversations.
    Column("kind", String(16), nullable=False),
    # What documents.origin holds for its articles.
    Column("origin", String(1024), nullable=False),
    # As it was written: a path, an address, an upload's name.
    text("place"),
    # Of an upload: where its bytes lie in the file store.
    Column("sha256", String(64)),
    Column("audience", String(16), nullable=False, server_default="public"),
    Column("language", String(8)),
    Column("demo", Boolean, nullable=False, server_default=sql("false")),
    text("owner", nullable=True),
    Column("configured", Boolean, nullable=False, server_default=sql("false")),
    Column("refresh_hours", Integer, nullable=False, server_default="0"),
    # waiting, reading, ready or failed.
    Column("state", String(16), nullable=False, server_default="waiting"),
    Column("done", Integer, nullable=False, server_default="0"),
    # None while it is not known how much there is to read.
    Column("total", Integer),
    text("error", nullable=True),
    # JSON: what was left out, [{"place", "message"}].
    text("problems", default="[]"),
    time("due_at"),
    time("synced_at"),
    time("created_at", nullable=False),
    Column("claim", Integer, nullable=False, server_default="0"),
    Column("claimed_by", String(128)),
    time("claimed_until"),
    UniqueConstraint("tenant_id", "origin"),
    Index("ix_knowledge_sources_due_at", "due_at"),
)

# Two passages that answer the same question differently.
conflicts = Table(
    "knowledge_conflicts",
    metadata,
    id_column(),
    tenant(),
    ref("left_passage"),
    ref("right_passage"),
    Column("left_document", String(255), nullable=False),
    Column("right_document", String(255), nullable=False),
    text("left_quote"),
    text("right_quote"),
    # What differs, in words for the person who decides.
    text("about"),
    time("found_at", nullable=False),
    time("dismissed_at"),
    text("dismissed_by", nullable=True),
    UniqueConstraint("tenant_id", "left_passage", "right_passage"),
)

library_versions = Table(
    "library_versions",
    metadata,
    Column("tenant_id", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
)
