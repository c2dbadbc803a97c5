"""What only the desk needs: replies kept ready, tags, the words that conversations are found by,
who looks at what, and the first steps."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table, UniqueConstraint

from gateway.store.schema.tables import id_column, metadata, ref, tenant, text, time

canned_replies = Table(
    "canned_replies",
    metadata,
    id_column(),
    tenant(),
    # What is typed after the slash.
    Column("name", String(64), nullable=False),
    text("body"),
    ref("written_by"),
    time("changed_at", nullable=False),
    UniqueConstraint("tenant_id", "name"),
)

tags = Table(
    "tags",
    metadata,
    Column("conversation_id", String(64), primary_key=True),
    Column("tag", String(40), primary_key=True),
    tenant(),
    ref("given_by"),
    time("at", nullable=False),
    Index("ix_tags_tenant_id_tag", "tenant_id", "tag"),
)

# A range of words finds those that begin alike; on both engines they are in the order of their
# code points, whatever the database's language.
_WORD = String(40).with_variant(String(40, collation="C"), "postgresql")

search_words = Table(
    "search_words",
    metadata,
    Column("tenant_id", String(64), primary_key=True, server_default="main"),
    Column("word", _WORD, primary_key=True),
    Column("conversation_id", String(64), primary_key=True),
    Index("ix_search_words_conversation_id", "conversation_id"),
)

# As of when a conversation's words are in the index: its updated_at then.
search_marks = Table(
    "search_marks",
    metadata,
    Column("conversation_id", String(64), primary_key=True),
    tenant(),
    time("through", nullable=False),
)

# Who of the staff has a conversation open, and since when they have been typing; forgotten within
# a minute.
viewers = Table(
    "viewers",
    metadata,
    Column("conversation_id", String(64), primary_key=True),
    Column("staff_id", String(64), primary_key=True),
    tenant(),
    time("seen_at", nullable=False),
    time("writing_at"),
    Index("ix_viewers_tenant_id_seen_at", "tenant_id", "seen_at"),
)

# What a lead said about the first steps: each one done or skipped, `all` of them no longer shown.
first_steps = Table(
    "first_steps",
    metadata,
    Column("tenant_id", String(64), primary_key=True, server_default="main"),
    Column("step", String(16), primary_key=True),
    # done or skipped
    Column("state", String(16), nullable=False),
    ref("said_by"),
    time("at", nullable=False),
)
