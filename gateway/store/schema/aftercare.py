"""What follows a case: how it was closed, what the customer thought of it, and what other systems
are told."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, UniqueConstraint

from gateway.store.schema.tables import id_column, metadata, ref, tenant, text, time

# One row for each case that was resolved: the write-up, by which the next case begins.
closings = Table(
    "closings",
    metadata,
    Column("case_id", String(64), primary_key=True),
    tenant(),
    ref("conversation_id"),
    ref("contact_id"),
    Column("channel", String(64), nullable=False),
    # assistant, mixed or human: who answered; null where nobody did.
    Column("path", String(16)),
    Column("outcome", String(32)),
    # As in the case; a case that was opened again and resolved is closed anew.
    time("resolved_at", nullable=False),
    text("asked"),
    text("done"),
    text("promised"),
    # Who wrote it; null where it is as it was proposed.
    ref("written_by", nullable=True),
    Index("ix_closings_contact_id_resolved_at", "contact_id", "resolved_at"),
    Index("ix_closings_resolved_at", "resolved_at"),
)

# What customers think of how a case went.
ratings = Table(
    "ratings",
    metadata,
    id_column(),
    tenant(),
    ref("case_id"),
    ref("conversation_id"),
    ref("contact_id"),
    Column("channel", String(64), nullable=False),
    Column("path", String(16), nullable=False),
    # due, asked, rated, or skipped and why
    Column("state", String(16), nullable=False),
    text("reason", nullable=True),
    # What is said next (ask, low, thanks or person), and when; null where nothing is.
    Column("next", String(16)),
    time("due_at"),
    time("created_at", nullable=False),
    time("asked_at"),
    Column("score", Integer),
    time("rated_at"),
    # The customer's message that says why.
    ref("comment_message_id", nullable=True),
    UniqueConstraint("case_id"),
    Index("ix_ratings_conversation_id", "conversation_id"),
    Index("ix_ratings_due_at", "due_at"),
    Index("ix_ratings_rated_at", "rated_at"),
)

# What is posted to other systems, in order for each conversation and receiver.
outgoing_events = Table(
    "outgoing_events",
    metadata,
    # Also what the receiver knows a repetition by.
    id_column(),
    tenant(),
    Column("receiver", String(64), nullable=False),
    # case.opened, handoff, reply, resolved or rated
    Column("kind", String(24), nullable=False),
    ref("conversation_id"),
    ref("case_id", nullable=True),
    # The message that a reply is, or a rating's comment.
    ref("message_id", nullable=True),
    # JSON of what the fact said: a reason, an outcome, a score.
    text("detail", default="{}"),
    Column("number", Integer, nullable=False),
    # queued, sent, failed or discarded
    Column("state", String(16), nullable=False),
    # As it was first posted, so that a repetition is the same to the byte.
    text("body", nullable=True),
    Column("tries", Integer, nullable=False, server_default="0"),
    text("error", nullable=True),
    time("due_at"),
    Column("claim", Integer, nullable=False, server_default="0"),
    Column("claimed_by", String(128)),
    time("claimed_until"),
    time("created_at", nullable=False),
    time("sent_at"),
    UniqueConstraint("receiver", "conversation_id", "number"),
    # A row that has no due time any more is finished, and lies at the end of it.
    Index("ix_outgoing_events_receiver_due_at", "receiver", "due_at"),
    Index("ix_outgoing_events_state_created_at", "state", "created_at"),
)
