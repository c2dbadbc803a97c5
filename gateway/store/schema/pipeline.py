"""The rows in which the loops meet: what came in, turns, deliveries, timers, leases, nodes."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy import text as sql

from gateway.records import BLOCKING
from gateway.store.schema.tables import id_column, metadata, ref, tenant, text, time

# The dedupe keys: a hash of (channel, server-assigned id), kept as long as the data.
received = Table(
    "received",
    metadata,
    Column("key_hash", String(64), primary_key=True),
    tenant(),
    Column("channel", String(64), nullable=False),
    Column("event", String(24), nullable=False),
    ref("message_id", nullable=True),
    text("outcome", nullable=True),
    time("at", nullable=False),
)

# Raw events that could not be read, kept for a person.
unreadable = Table(
    "unreadable",
    metadata,
    id_column(),
    tenant(),
    Column("channel", String(64), nullable=False),
    text("reason"),
    text("raw_base64"),
    time("at", nullable=False),
    Column("address", String(1024)),
    # When a person has seen to it, and who.
    time("handled_at"),
    text("handled_by", nullable=True),
)

cursors = Table(
    "cursors",
    metadata,
    Column("channel", String(64), primary_key=True),
    Column("key", String(128), primary_key=True),
    text("value"),
    time("at", nullable=False),
)

turns = Table(
    "turns",
    metadata,
    id_column(),
    tenant(),
    ref("conversation_id"),
    ref("case_id", nullable=True),
    Column("claim", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("from_seq", Integer, nullable=False),
    Column("through_seq", Integer, nullable=False),
    # open, done, superseded, fenced or failed
    Column("state", String(16), nullable=False),
    Column("decision", String(24)),
    # How sure the assistant was, 0 to 1; null where it was not asked.
    time("confidence"),
    text("reasons", default="[]"),
    text("trace", default="{}"),
    text("error", nullable=True),
    Column("configuration", Integer, nullable=False, server_default="0"),
    Column("node", String(128), nullable=False),
    time("started_at", nullable=False),
    time("finished_at"),
    Index("ix_turns_conversation_id_state", "conversation_id", "state"),
    Index("ix_turns_state", "state"),
)

# A leasable line of deliveries: one address (thread included) of one channel.
addresses = Table(
    "addresses",
    metadata,
    id_column(),
    tenant(),
    Column("channel", String(64), nullable=False),
    Column("address", String(1024), nullable=False),
    Column("last_order", Integer, nullable=False, server_default="0"),
    time("ready_at"),
    Column("claim", Integer, nullable=False, server_default="0"),
    Column("claimed_by", String(128)),
    time("claimed_until"),
    UniqueConstraint("tenant_id", "channel", "address"),
    Index("ix_addresses_ready_at", "ready_at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    id_column(),
    tenant(),
    ref("conversation_id"),
    ref("message_id"),
    ref("address_id"),
    Column("channel", String(64), nullable=False),
    Column("address", String(1024), nullable=False),
    Column("position", Integer, nullable=False),
    Column("part", Integer, nullable=False, server_default="0"),
    Column("author", String(16), nullable=False),
    # Guarded deliveries go out only while the assistant owns the conversation in this epoch.
    Column("guarded", Boolean, nullable=False),
    Column("epoch", Integer, nullable=False),
    # queued, sending, sent, delivered, read / failed, uncertain, withdrawn, discarded; held until
    # the customer writes again
    Column("state", String(16), nullable=False),
    text("body"),
    text("plain"),
    text("choices", default="[]"),
    text("reply_context", default="{}"),
    Column("reply_to", String(512)),
    # Whom alone it is for, where others read along at the address.
    Column("private_to", String(512)),
    # JSON: the approved message that is sent instead of free text.
    text("template", nullable=True),
    # JSON: the stored files that go with it, [{"id", "name", "content_type", "size", "sha256"}].
    text("files", nullable=True),
    # Whether a repetition is harmless enough to send once more after an unknown outcome.
    Column("repeatable", Boolean, nullable=False, server_default=sql("true")),
    # Whether it tells the customer that an assistant answers.
    Column("discloses", Boolean, nullable=False, server_default=sql("false")),
    # To staff: the thread it belongs to, and JSON of what is said, put into words when it is sent.
    ref("desk_thread_id", nullable=True),
    text("post", nullable=True),
    # The message that it is about; the thread that hears what becomes of it.
    ref("about", nullable=True),
    ref("told_in", nullable=True),
    # The delivery whose message it changes, or takes back.
    ref("changes", nullable=True),
    Column("takes_back", Boolean, nullable=False, server_default=sql("false")),
    Column("possibly_duplicate", Boolean, nullable=False, server_default=sql("false")),
    Column("tries", Integer, nullable=False, server_default="0"),
    time("retry_at"),
    text("external_ids", default="[]"),
    text("error", nullable=True),
    time("created_at", nullable=False),
    time("sending_at"),
    time("sent_at"),
    UniqueConstraint("address_id", "position"),
    Index("ix_deliveries_message_id", "message_id"),
    Index("ix_deliveries_conversation_id_state", "conversation_id", "state"),
    Index("ix_deliveries_state", "state"),
)
Index(
    "ix_deliveries_desk_thread_id",
    deliveries.c.desk_thread_id,
    sqlite_where=deliveries.c.desk_thread_id.is_not(None),
    postgresql_where=deliveries.c.desk_thread_id.is_not(None),
)

# What is next at an address lies behind all that it was ever sent; the index has only what is
# still to be sent. A query is written in the same words, or it is not used.
unfinished = deliveries.c.state.in_([literal_column(f"'{state}'") for state in sorted(BLOCKING)])
Index(
    "ix_deliveries_unfinished",
    deliveries.c.address_id,
    deliveries.c.position,
    sqlite_where=unfinished,
    postgresql_where=unfinished,
)

# The platform's ids of what we sent, for receipts and replies.
external_ids = Table(
    "external_ids",
    metadata,
    Column("channel", String(64), primary_key=True),
    Column("external_id", String(512), primary_key=True),
    # Null while only a receipt has named it.
    ref("delivery_id", nullable=True),
)

# Receipts for ids that are not known yet; they wait 24 h.
early_updates = Table(
    "early_updates",
    metadata,
    id_column(),
    Column("channel", String(64), nullable=False),
    Column("external_id", String(512), nullable=False),
    Column("state", String(16), nullable=False),
    text("reason", nullable=True),
    time("at", nullable=False),
    Index("ix_early_updates_channel_external_id", "channel", "external_id"),
)

# How long a channel rests: what the platform asked for, or an operator's pause (until is null).
rests = Table(
    "rests",
    metadata,
    Column("channel", String(64), primary_key=True),
    time("until"),
    text("reason"),
)

timers = Table(
    "timers",
    metadata,
    id_column(),
    tenant(),
    ref("conversation_id", nullable=True),
    Column("kind", String(32), nullable=False),
    time("due_at"),
    text("payload", default="{}"),
    Column("tries", Integer, nullable=False, server_default="0"),
    time("fired_at"),
    text("error", nullable=True),
    UniqueConstraint("conversation_id", "kind"),
    Index("ix_timers_due_at", "due_at"),
)

receivers = Table(
    "receivers",
    metadata,
    Column("channel", String(64), primary_key=True),
    Column("claim", Integer, nullable=False, server_default="0"),
    Column("claimed_by", String(128)),
    time("claimed_until"),
)

nodes = Table(
    "nodes",
    metadata,
    Column("name", String(128), primary_key=True),
    ref("incarnation"),
    time("started_at", nullable=False),
    time("heartbeat_at", nullable=False),
)

# What a client asked for by its own id, so that a repetition answers the same.
requests = Table(
    "requests",
    metadata,
    Column("id", String(128), primary_key=True),
    ref("conversation_id"),
    Column("verb", String(16), nullable=False),
    text("answer", default="{}"),
    time("at", nullable=False),
)

schema_state = Table(
    "schema_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("oldest_program", Integer, nullable=False),
)
