"""Staff, their sign-ins and their tokens; secrets are stored as hashes only."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table, UniqueConstraint

from gateway.store.schema.tables import id_column, metadata, ref, tenant, text, time

staff = Table(
    "staff",
    metadata,
    id_column(),
    tenant(),
    Column("name", String(128), nullable=False),
    # agent or lead
    Column("role", String(16), nullable=False),
    text("password_hash", nullable=True),
    time("created_at", nullable=False),
    time("disabled_at"),
    # Since when this person is not there for customers.
    time("away_at"),
    UniqueConstraint("tenant_id", "name"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    ref("staff_id"),
    time("created_at", nullable=False),
    time("seen_at", nullable=False),
    time("expires_at", nullable=False),
    Index("ix_sessions_staff_id", "staff_id"),
)

staff_tokens = Table(
    "staff_tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    id_column(primary=False),
    ref("staff_id"),
    # desk (read and write conversations) or read
    Column("scope", String(32), nullable=False),
    time("created_at", nullable=False),
    time("expires_at", nullable=False),
    time("revoked_at"),
    Index("ix_staff_tokens_staff_id", "staff_id"),
)

# One-time links that make the first member of staff.
sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    time("created_at", nullable=False),
    time("expires_at", nullable=False),
)
