"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _addresses()
    _attachments()
    _cases()
    _contacts()
    _conversations()
    _cursors()
    _deliveries()
    _documents()
    _early_updates()
    _external_ids()
    _identities()
    _library_versions()
    _messages()
    _nodes()
    _passages()
    _received()
    _receivers()
    _requests()
    _rests()
    _schema_state()
    _sessions()
    _sign_in_links()
    _staff()
    _staff_tokens()
    _timers()
    _turns()
    _unreadable()
    _visible()


def _addresses() -> None:
    op.create_table(
        "addresses",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=1024), nullable=False),
        sa.Column("last_order", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ready_at", sa.Double[float](), nullable=True),
        sa.Column("claim", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_by", sa.String(length=128), nullable=True),
        sa.Column("claimed_until", sa.Double[float](), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
        sa.UniqueConstraint(
            "tenant_id", "channel", "address", name=op.f("uq_addresses_tenant_id_channel_address")
        ),
    )
    op.create_index("ix_addresses_ready_at", "addresses", ["ready_at"], unique=False)


def _attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=True),
        sa.Column("message_id", sa.String(length=64), nullable=True),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=1024), server_default="", nullable=False),
        sa.Column("name", sa.String(length=512), nullable=False),
        sa.Column("content_type", sa.String(length=255), nullable=False),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.Double[float](), nullable=True),
        sa.Column("claim", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_by", sa.String(length=128), nullable=True),
        sa.Column("claimed_until", sa.Double[float](), nullable=True),
        sa.Column("created_at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index("ix_attachments_due_at", "attachments", ["due_at"], unique=False)
    op.create_index("ix_attachments_message_id", "attachments", ["message_id"], unique=False)


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), server_default="", nullable=False),
        sa.Column("opened_at", sa.Double[float](), nullable=False),
        sa.Column("resolved_at", sa.Double[float](), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("unsuccessful", sa.Integer(), server_default="0", nullable=False),
        sa.Column("human_stretch", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("waiting_notices", sa.Integer(), server_default="0", nullable=False),
        sa.Column("waited_at", sa.Double[float](), nullable=True),
        sa.Column("brief", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint(
            "conversation_id", "number", name=op.f("uq_cases_conversation_id_number")
        ),
    )


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double[float](), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=1024), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=True),
        sa.Column("owner", sa.String(length=16), server_default="assistant", nullable=False),
        sa.Column("staff_id", sa.String(length=64), nullable=True),
        sa.Column("epoch", sa.Integer(), server_default="0", nullable=False),
        sa.Column("covered", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("waiting_since", sa.Double[float](), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("claim", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_by", sa.String(length=128), nullable=True),
        sa.Column("claimed_until", sa.Double[float](), nullable=True),
        sa.Column("last_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("customer_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("answered_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("noticed_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_unanswered_at", sa.Double[float](), nullable=True),
        sa.Column("ready_at", sa.Double[float](), nullable=True),
        sa.Column("superseded", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("visible_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("disclosed", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("reply_context", sa.Text(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.Double[float](), nullable=False),
        sa.Column("updated_at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint(
            "tenant_id",
            "channel",
            "address",
            name=op.f("uq_conversations_tenant_id_channel_address"),
        ),
    )
    op.create_index(
        "ix_conversations_owner_waiting_since",
        "conversations",
        ["owner", "waiting_since"],
        unique=False,
    )
    op.create_index("ix_conversations_ready_at", "conversations", ["ready_at"], unique=False)
    op.create_index("ix_conversations_updated_at", "conversations", ["updated_at"], unique=False)


def _cursors() -> None:
    op.create_table(
        "cursors",
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("channel", "key", name=op.f("pk_cursors")),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("address_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=1024), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), server_default="0", nullable=False),
        sa.Column("author", sa.String(length=16), nullable=False),
        sa.Column("guarded", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("plain", sa.Text(), server_default="", nullable=False),
        sa.Column("choices", sa.Text(), server_default="[]", nullable=False),
        sa.Column("reply_context", sa.Text(), server_default="{}", nullable=False),
        sa.Column("reply_to", sa.String(length=512), nullable=True),
        sa.Column("repeatable", sa.Boolean(), server_default=sa.text("(true)"), nullable=False),
        sa.Column("discloses", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column(
            "possibly_duplicate", sa.Boolean(), server_default=sa.text("(false)"), nullable=False
        ),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retry_at", sa.Double[float](), nullable=True),
        sa.Column("external_ids", sa.Text(), server_default="[]", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double[float](), nullable=False),
        sa.Column("sending_at", sa.Double[float](), nullable=True),
        sa.Column("sent_at", sa.Double[float](), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "address_id", "position", name=op.f("uq_deliveries_address_id_position")
        ),
    )
    op.create_index(
        "ix_deliveries_conversation_id_state",
        "deliveries",
        ["conversation_id", "state"],
        unique=False,
    )
    op.create_index("ix_deliveries_message_id", "deliveries", ["message_id"], unique=False)
    op.create_index("ix_deliveries_state", "deliveries", ["state"], unique=False)


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("origin", sa.String(length=1024), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("draft", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_documents")),
    )


def _early_updates() -> None:
    op.create_table(
        "early_updates",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=512), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_early_updates")),
    )
    op.create_index(
        "ix_early_updates_channel_external_id",
        "early_updates",
        ["channel", "external_id"],
        unique=False,
    )


def _external_ids() -> None:
    op.create_table(
        "external_ids",
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=512), nullable=False),
        sa.Column("delivery_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("channel", "external_id", name=op.f("pk_external_ids")),
    )


def _identities() -> None:
    op.create_table(
        "identities",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=512), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("verified", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double[float](), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint(
            "tenant_id",
            "channel",
            "external_id",
            name=op.f("uq_identities_tenant_id_channel_external_id"),
        ),
    )
    op.create_index("ix_identities_contact_id", "identities", ["contact_id"], unique=False)


def _library_versions() -> None:
    op.create_table(
        "library_versions",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_library_versions")),
    )


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), server_default="message", nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.String(length=64), nullable=True),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("notice", sa.String(length=64), nullable=True),
        sa.Column("choice", sa.String(length=64), nullable=True),
        sa.Column("choices", sa.Text(), server_default="[]", nullable=False),
        sa.Column("citations", sa.Text(), server_default="[]", nullable=False),
        sa.Column("external_id", sa.String(length=512), nullable=True),
        sa.Column("reply_to", sa.String(length=512), nullable=True),
        sa.Column("turn_id", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("at", sa.Double[float](), nullable=False),
        sa.Column("edited_at", sa.Double[float](), nullable=True),
        sa.Column("deleted_at", sa.Double[float](), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_messages_conversation_id_seq")),
    )
    op.create_index("ix_messages_case_id", "messages", ["case_id"], unique=False)
    op.create_index("ix_messages_external_id", "messages", ["external_id"], unique=False)


def _nodes() -> None:
    op.create_table(
        "nodes",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("incarnation", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.Double[float](), nullable=False),
        sa.Column("heartbeat_at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_nodes")),
    )


def _passages() -> None:
    op.create_table(
        "passages",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("document_id", sa.String(length=255), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title_path", sa.Text(), server_default="[]", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passages")),
    )
    op.create_index(
        "ix_passages_tenant_id_document_id", "passages", ["tenant_id", "document_id"], unique=False
    )


def _received() -> None:
    op.create_table(
        "received",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=24), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_received")),
    )


def _receivers() -> None:
    op.create_table(
        "receivers",
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("claim", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_by", sa.String(length=128), nullable=True),
        sa.Column("claimed_until", sa.Double[float](), nullable=True),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_receivers")),
    )


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("verb", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.Text(), server_default="{}", nullable=False),
        sa.Column("at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )


def _rests() -> None:
    op.create_table(
        "rests",
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("until", sa.Double[float](), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_rests")),
    )


def _schema_state() -> None:
    op.create_table(
        "schema_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("oldest_program", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schema_state")),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.Double[float](), nullable=False),
        sa.Column("seen_at", sa.Double[float](), nullable=False),
        sa.Column("expires_at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_staff_id", "sessions", ["staff_id"], unique=False)


def _sign_in_links() -> None:
    op.create_table(
        "sign_in_links",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.Double[float](), nullable=False),
        sa.Column("expires_at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_links")),
    )


def _staff() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double[float](), nullable=False),
        sa.Column("disabled_at", sa.Double[float](), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_staff_tenant_id_name")),
    )


def _staff_tokens() -> None:
    op.create_table(
        "staff_tokens",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.Double[float](), nullable=False),
        sa.Column("expires_at", sa.Double[float](), nullable=False),
        sa.Column("revoked_at", sa.Double[float](), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_tokens")),
    )
    op.create_index("ix_staff_tokens_staff_id", "staff_tokens", ["staff_id"], unique=False)


def _timers() -> None:
    op.create_table(
        "timers",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.Double[float](), nullable=True),
        sa.Column("payload", sa.Text(), server_default="{}", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fired_at", sa.Double[float](), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timers")),
        sa.UniqueConstraint("conversation_id", "kind", name=op.f("uq_timers_conversation_id_kind")),
    )
    op.create_index("ix_timers_due_at", "timers", ["due_at"], unique=False)


def _turns() -> None:
    op.create_table(
        "turns",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=True),
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("from_seq", sa.Integer(), nullable=False),
        sa.Column("through_seq", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decision", sa.String(length=24), nullable=True),
        sa.Column("reasons", sa.Text(), server_default="[]", nullable=False),
        sa.Column("trace", sa.Text(), server_default="{}", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("configuration", sa.Integer(), server_default="0", nullable=False),
        sa.Column("node", sa.String(length=128), nullable=False),
        sa.Column("started_at", sa.Double[float](), nullable=False),
        sa.Column("finished_at", sa.Double[float](), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turns")),
    )
    op.create_index("ix_turns_conversation_id", "turns", ["conversation_id"], unique=False)
    op.create_index("ix_turns_state", "turns", ["state"], unique=False)


def _unreadable() -> None:
    op.create_table(
        "unreadable",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("raw_base64", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unreadable")),
    )


def _visible() -> None:
    op.create_table(
        "visible",
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("delivery_id", sa.String(length=64), nullable=True),
        sa.Column("at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "seq", name=op.f("pk_visible")),
    )
