"""The threads in which staff work on a platform of their own, what they do there, and their
accounts on it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, UniqueConstraint
from sqlalchemy import text as sql

from gateway.store.schema.tables import id_column, metadata, ref, tenant, text, time

# One thread for each case that is handed to a desk on a platform.
desk_threads = Table(
    "desk_threads",
    metadata,
    id_column(),
    tenant(),
    ref("conversation_id"),
    ref("case_id", nullable=True),
    Column("desk", String(64), nullable=False),
    Column("channel", String(64), nullable=False),
    # Where it is; before the platform has opened it, a name of our own for the place.
    Column("address", String(1024), nullable=False),
    # opening, open, lost (it cannot be written to), closed (its case is resolved) or notified (a
    # desk that is only told, with a link).
    Column("state", String(16), nullable=False),
    # The group that is called when nobody answers.
    Column("on_duty", String(128)),
    # Whether only what begins with >> goes to the customer.
    Column("marked_only", Boolean, nullable=False, server_default=sql("false")),
    # The delivery that is the line in the channel.
    ref("head_id", nullable=True),
    # Since when the conversation has had the owner that the line names.
    time("owner_since", nullable=False),
    time("called_at"),
    time("opened_at"),
    time("created_at", nullable=False),
    # The number of the last thing that staff did in it.
    Column("last_input", Integer, nullable=False, server_default="0"),
    UniqueConstraint("tenant_id", "channel", "address"),
    Index("ix_desk_threads_conversation_id", "conversation_id"),
)

# What staff wrote, pressed, changed and took back in a thread, each worked off once and in order.
desk_inputs = Table(
    "desk_inputs",
    metadata,
    id_column(),
    tenant(),
    ref("thread_id"),
    Column("number", Integer, nullable=False),
    ref("staff_id"),
    # The account that did it, for what is shown to it alone.
    Column("account", String(512), nullable=False),
    # said, pressed, filled (a form), edited or deleted
    Column("kind", String(16), nullable=False),
    # The platform's id of what was said.
    Column("external_id", String(512), nullable=False),
    text("body"),
    Column("files", Integer, nullable=False, server_default="0"),
    # In which epoch the conversation was theirs as they did it; none where it was not.
    Column("owned_epoch", Integer),
    time("at", nullable=False),
    time("due_at"),
    Column("tries", Integer, nullable=False, server_default="0"),
    text("outcome", nullable=True),
    UniqueConstraint("thread_id", "number"),
    Index("ix_desk_inputs_due_at", "due_at"),
)

# Accounts of staff: who acts from one of them acts as that member of the staff.
staff_identities = Table(
    "staff_identities",
    metadata,
    id_column(),
    tenant(),
    ref("staff_id"),
    Column("kind", String(32), nullable=False),
    Column("workspace", String(128), nullable=False),
    Column("account", String(384), nullable=False),
    # configuration or desk: what the configuration named goes when it no longer does.
    Column("source", String(16), nullable=False),
    time("created_at", nullable=False),
    UniqueConstraint("tenant_id", "kind", "workspace", "account"),
    Index("ix_staff_identities_staff_id", "staff_id"),
)
