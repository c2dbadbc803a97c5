"""Contacts, conversations, cases and what was said in them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, UniqueConstraint
from sqlalchemy import text as sql

from gateway.store.schema.tables import id_column, metadata, ref, tenant, text, time

contacts = Table(
    "contacts",
    metadata,
    id_column(),
    tenant(),
    text("name", nullable=True),
    # What the business knows of them, by a signed identity or by staff.
    Column("vip", Boolean, nullable=False, server_default=sql("false")),
    Column("tier", String(40)),
    Column("prefers_person", Boolean, nullable=False, server_default=sql("false")),
    text("tags", default="[]"),
    time("created_at"),
    # When they were last asked how a case went: nobody is asked often.
    time("rating_asked_at"),
)

identities = Table(
    "identities",
    metadata,
    id_column(),
    tenant(),
    ref("contact_id"),
    Column("channel", String(64), nullable=False),
    Column("external_id", String(512), nullable=False),
    text("name", nullable=True),
    text("verified", nullable=True),
    time("created_at"),
    UniqueConstraint("tenant_id", "channel", "external_id"),
    Index("ix_identities_contact_id", "contact_id"),
)

conversations = Table(
    "conversations",
    metadata,
    id_column(),
    tenant(),
    Column("channel", String(64), nullable=False),
    Column("address", String(1024), nullable=False),
    ref("contact_id"),
    ref("case_id", nullable=True),
    # Who may speak: assistant, queue or staff; the staff member's id when it is staff.
    Column("owner", String(16), nullable=False, server_default="assistant"),
    ref("staff_id", nullable=True),
    Column("epoch", Integer, nullable=False, server_default="0"),
    # Cover: the assistant goes on while the case keeps its place in the queue.
    Column("covered", Boolean, nullable=False, server_default=sql("false")),
    time("waiting_since"),
    text("reason", nullable=True),
    # The lease of the turn loop; never the same column as the epoch.
    Column("claim", Integer, nullable=False, server_default="0"),
    Column("claimed_by", String(128)),
    time("claimed_until"),
    Column("last_seq", Integer, nullable=False, server_default="0"),
    Column("customer_seq", Integer, nullable=False, server_default="0"),
    Column("answered_seq", Integer, nullable=False, server_default="0"),
    # Through which message the queue has looked; that answers nothing.
    Column("noticed_seq", Integer, nullable=False, server_default="0"),
    time("first_unanswered_at"),
    time("ready_at"),
    Column("superseded", Integer, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("visible_seq", Integer, nullable=False, server_default="0"),
    Column("disclosed", Boolean, nullable=False, server_default=sql("false")),
    Column("language", String(8)),
    text("reply_context", default="{}"),
    # Which mailbox or alias was written to, where the channel has several.
    Column("place", String(320)),
    # Others read along here; where a matter from such a place goes on alone with its customer.
    Column("public", Boolean, nullable=False, server_default=sql("false")),
    ref("private_of", nullable=True),
    # Until when free text may be sent where the platform limits it, and when a template last
    # asked the customer to write again.
    time("window_until"),
    time("template_at"),
    time("opted_out_at"),
    # The thread in which staff follow it on a platform of theirs, None for the web desk alone; and
    # why such a desk does not see it, where it should.
    ref("desk_thread_id", nullable=True),
    text("desk_alarm", nullable=True),
    # Staff want nothing more from here: what comes is recorded and reaches nobody.
    time("blocked_at"),
    # While people own: the assistant prepares drafts for what the customer writes.
    Column("drafting", Boolean, nullable=False, server_default=sql("false")),
    # Since when a person's answer is awaited, until one is given; waiting_since ends with a take.
    time("awaited_since"),
    # Of the owner: when they last wrote or took it, and when they were reminded.
    time("staff_spoke_at"),
    time("reminded_at"),
    # Until when we said that people answer, when a promise was broken, and whose case it is since.
    time("promised_until"),
    time("late_at"),
    Column("escalated_to", String(64)),
    time("created_at", nullable=False),
    time("updated_at", nullable=False),
    UniqueConstraint("tenant_id", "channel", "address"),
    Index("ix_conversations_ready_at", "ready_at"),
    Index("ix_conversations_owner_waiting_since", "owner", "waiting_since"),
    Index("ix_conversations_updated_at", "updated_at"),
    Index("ix_conversations_contact_id", "contact_id"),
)
# Those who are awaited are few among all there ever were. A query is written in the same words.
awaited = conversations.c.awaited_since.is_not(None)
Index(
    "ix_conversations_awaited_since",
    conversations.c.awaited_since,
    sqlite_where=awaited,
    postgresql_where=awaited,
)

cases = Table(
    "cases",
    metadata,
    id_column(),
    tenant(),
    ref("conversation_id"),
    Column("number", Integer, nullable=False),
    text("question"),
    time("opened_at", nullable=False),
    time("resolved_at"),
    Column("outcome", String(32)),
    # What the matter is about, as far as it was understood, and how often an answer to it failed.
    Column("intent", String(64)),
    Column("unsuccessful", Integer, nullable=False, server_default="0"),
    Column("human_stretch", Boolean, nullable=False, server_default=sql("false")),
    Column("waiting_notices", Integer, nullable=False, server_default="0"),
    time("waited_at"),
    text("brief", nullable=True),
    # JSON: where the customer stands in a guide.
    text("guide", nullable=True),
    # What was said up to that message, in a model's words.
    text("summary"),
    Column("summed_seq", Integer, nullable=False, server_default="0"),
    UniqueConstraint("conversation_id", "number"),
)
# Open cases are few among all there ever were. A query is written in the same words.
open_cases = cases.c.resolved_at.is_(None)
Index("ix_cases_open", cases.c.opened_at, sqlite_where=open_cases, postgresql_where=open_cases)

# Open cases are not in it, so that opening one costs nothing.
resolved = cases.c.resolved_at.is_not(None)
Index("ix_cases_resolved_at", cases.c.resolved_at, sqlite_where=resolved, postgresql_where=resolved)

messages = Table(
    "messages",
    metadata,
    id_column(),
    tenant(),
    ref("conversation_id"),
    ref("case_id", nullable=True),
    Column("seq", Integer, nullable=False),
    # customer, assistant, staff or system; a note is staff's and never leaves the desk.
    Column("author", String(16), nullable=False),
    Column("kind", String(16), nullable=False, server_default="message"),
    text("name", nullable=True),
    ref("staff_id", nullable=True),
    text("body"),
    Column("notice", String(64)),
    # What a customer meant by a button, a word or a command.
    Column("choice", String(64)),
    text("choices", default="[]"),
    text("citations", default="[]"),
    Column("external_id", String(512)),
    Column("reply_to", String(512)),
    # Of a customer's message in public: the account that wrote it.
    Column("sender_id", String(512)),
    # Who the customer is in the business's systems, where the message itself proves it.
    Column("vouched", String(512)),
    # Where the platform's own bytes of it lie in the file store (mail).
    Column("raw_sha256", String(64)),
    ref("turn_id", nullable=True),
    Column("language", String(8)),
    time("at", nullable=False),
    time("edited_at"),
    time("deleted_at"),
    UniqueConstraint("conversation_id", "seq"),
    Index("ix_messages_external_id", "external_id"),
    Index("ix_messages_case_id", "case_id"),
)

# What customers think of a message in one sign. ``unhelpful`` says that it did not help them.
reactions = Table(
    "reactions",
    metadata,
    id_column(),
    tenant(),
    ref("conversation_id"),
    ref("message_id"),
    Column("sender_id", String(512), nullable=False),
    Column("emoji", String(64), nullable=False),
    Column("unhelpful", Boolean, nullable=False, server_default=sql("false")),
    time("at", nullable=False),
    time("removed_at"),
    UniqueConstraint("message_id", "sender_id", "emoji"),
)

# What a visitor of a pulled channel sees, in the order in which it became visible: a message's own
# seq is given at writing, so a later one may become visible first and a resume would skip it.
visible = Table(
    "visible",
    metadata,
    Column("conversation_id", String(64), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    ref("message_id"),
    ref("delivery_id", nullable=True),
    time("at", nullable=False),
)

attachments = Table(
    "attachments",
    metadata,
    id_column(),
    tenant(),
    ref("conversation_id", nullable=True),
    ref("message_id", nullable=True),
    Column("channel", String(64), nullable=False),
    Column("address", String(1024), nullable=False, server_default=""),
    Column("name", String(512), nullable=False),
    Column("content_type", String(255), nullable=False),
    Column("size", Integer),
    Column("sha256", String(64)),
    Column("state", String(16), nullable=False),
    text("reason", nullable=True),
    text("ref", nullable=True),
    Column("tries", Integer, nullable=False, server_default="0"),
    time("due_at"),
    Column("claim", Integer, nullable=False, server_default="0"),
    Column("claimed_by", String(128)),
    time("claimed_until"),
    time("created_at", nullable=False),
    Index("ix_attachments_message_id", "message_id"),
    Index("ix_attachments_due_at", "due_at"),
)
