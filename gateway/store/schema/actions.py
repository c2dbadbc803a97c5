"""Actions in business systems: what was proposed and what became of it, who proved who they are,
and the record of every step, to which rows are only ever added."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, UniqueConstraint
from sqlalchemy import text as sql

from gateway.store.schema.tables import id_column, metadata, ref, tenant, text, time

actions = Table(
    "actions",
    metadata,
    # Also the key that the business system is given.
    id_column(),
    tenant(),
    ref("conversation_id"),
    ref("case_id", nullable=True),
    ref("turn_id", nullable=True),
    ref("contact_id"),
    Column("channel", String(64), nullable=False),
    Column("address", String(1024), nullable=False),
    Column("name", String(64), nullable=False),
    # As the customer was shown them: the title and every parameter with its exact value.
    text("title"),
    text("details"),
    # JSON, and a hash of it: a yes is to these parameters and no others.
    text("arguments", default="{}"),
    Column("digest", String(64), nullable=False),
    # Whom it is for, and what proved it; never from what anybody wrote.
    Column("customer", String(512)),
    Column("proof", String(16)),
    # proposed, confirmed, approved, calling, done, refused, failed, unknown / declined, expired,
    # withdrawn
    Column("state", String(16), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("language", String(8)),
    # The message that showed it, and the customer's message that said yes.
    ref("shown_message_id", nullable=True),
    ref("yes_message_id", nullable=True),
    Column("needs_approval", Boolean, nullable=False, server_default=sql("false")),
    text("approval_reason", nullable=True),
    ref("approved_by", nullable=True),
    time("expires_at"),
    Column("claim", Integer, nullable=False, server_default="0"),
    Column("claimed_by", String(128)),
    time("claimed_until"),
    time("due_at"),
    Column("tries", Integer, nullable=False, server_default="0"),
    # What the system answered, as it is said, and what a person should know.
    text("outcome", nullable=True),
    Column("reference", String(128)),
    text("reason", nullable=True),
    time("created_at", nullable=False),
    time("confirmed_at"),
    time("called_at"),
    time("finished_at"),
    # How many rows of the audit it has.
    Column("events", Integer, nullable=False, server_default="0"),
    Index("ix_actions_conversation_id_state", "conversation_id", "state"),
    Index("ix_actions_due_at", "due_at"),
    Index("ix_actions_state", "state"),
)

# The audit: rows are added and never changed.
action_events = Table(
    "action_events",
    metadata,
    id_column(),
    tenant(),
    ref("action_id"),
    ref("conversation_id"),
    Column("number", Integer, nullable=False),
    Column("event", String(24), nullable=False),
    # customer, assistant, gateway or the id of a member of staff
    Column("actor", String(64), nullable=False),
    text("detail"),
    time("at", nullable=False),
    UniqueConstraint("action_id", "number"),
    Index("ix_action_events_conversation_id", "conversation_id"),
)

# How often an action was done on a day, by one customer and by all (an empty subject).
action_uses = Table(
    "action_uses",
    metadata,
    Column("tenant_id", String(64), primary_key=True, server_default="main"),
    Column("action", String(64), primary_key=True),
    Column("subject", String(512), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("uses", Integer, nullable=False, server_default="0"),
)

# One-time codes, by hash. ``until`` is how long a proof holds.
challenges = Table(
    "challenges",
    metadata,
    id_column(),
    tenant(),
    ref("conversation_id"),
    Column("customer", String(512), nullable=False),
    text("masked"),
    Column("digest", String(64), nullable=False),
    # JSON of what goes on once the code is proved.
    text("request", default="{}"),
    # sent, proved, failed or replaced
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    # The message that was last compared, so that a repeated turn does not count it again.
    Column("answered_seq", Integer, nullable=False, server_default="0"),
    time("expires_at", nullable=False),
    time("until"),
    time("created_at", nullable=False),
    Index("ix_challenges_conversation_id_state", "conversation_id", "state"),
)
