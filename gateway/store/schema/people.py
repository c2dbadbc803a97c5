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
    # When they last did something on the web desk.
    time("seen_at"),
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

# Links that leads hand out: somebody joins the staff, or chooses a new password.
invitations = Table(
    "invitations",
    metadata,
    id_column(),
    tenant(),
    Column("token_hash", String(64), nullable=False, unique=True),
    # join or password
    Column("kind", String(16), nullable=False),
    # Of who joins: the name where the lead chose one, and the role.
    Column("name", String(128)),
    Column("role", String(16), nullable=False),
    # Whose password it is; with a spent link, who joined.
    ref("staff_id", nullable=True),
    ref("made_by"),
    time("created_at", nullable=False),
    time("expires_at", nullable=False),
    time("used_at"),
    time("revoked_at"),
    Index("ix_invitations_tenant_id_created_at", "tenant_id", "created_at"),
)

# Codes with which a member of staff shows that an account on a platform is theirs; one each.
link_codes = Table(
    "link_codes",
    metadata,
    Column("staff_id", String(64), primary_key=True),
    tenant(),
    Column("code_hash", String(64), nullable=False, unique=True),
    time("created_at", nullable=False),
    time("expires_at", nullable=False),
)
