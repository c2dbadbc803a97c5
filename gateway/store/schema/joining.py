"""Which accounts are one person's: what has been joined, by whose word, and codes for it."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table, UniqueConstraint

from gateway.store.schema.tables import id_column, metadata, ref, tenant, text, time

# One joining of two contacts: what moved, so that it can be taken back exactly.
contact_joins = Table(
    "contact_joins",
    metadata,
    id_column(),
    tenant(),
    # The one that goes on, and the one whose accounts and conversations moved to it.
    ref("contact_id"),
    ref("joined_id"),
    # code, site, mail or staff
    Column("how", String(16), nullable=False),
    ref("joined_by", nullable=True),
    text("joined_name", nullable=True),
    # JSON: the ids of what moved.
    text("identities", default="[]"),
    text("conversations", default="[]"),
    text("proofs", default="[]"),
    time("at", nullable=False),
    time("undone_at"),
    text("undone_name", nullable=True),
    Index("ix_contact_joins_contact_id", "contact_id"),
    Index("ix_contact_joins_joined_id", "joined_id"),
)

# Who a contact was proved to be in the business's systems; one customer is one contact.
contact_proofs = Table(
    "contact_proofs",
    metadata,
    id_column(),
    tenant(),
    Column("customer", String(512), nullable=False),
    ref("contact_id"),
    Column("how", String(16), nullable=False),
    time("at", nullable=False),
    UniqueConstraint("tenant_id", "customer"),
    Index("ix_contact_proofs_contact_id", "contact_id"),
)

# One-time codes that a customer shows on one channel and types on another, by hash.
join_codes = Table(
    "join_codes",
    metadata,
    id_column(),
    tenant(),
    ref("contact_id"),
    ref("conversation_id"),
    Column("digest", String(64), nullable=False),
    time("created_at", nullable=False),
    time("expires_at", nullable=False),
    time("used_at"),
    UniqueConstraint("tenant_id", "digest"),
    Index("ix_join_codes_conversation_id", "conversation_id"),
)
