"""Trying the assistant without customers: questions whose right answer somebody said, and links by
which colleagues without an account try it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, UniqueConstraint

from gateway.store.schema.tables import id_column, metadata, ref, tenant, text, time

labelled_questions = Table(
    "labelled_questions",
    metadata,
    id_column(),
    tenant(),
    # Without what leads to one person.
    text("question"),
    Column("channel", String(64)),
    Column("language", String(8)),
    # The article that answers it; None where a person should.
    Column("document_id", String(255)),
    # Whether it was answered so when it was last asked, and the time before.
    Column("right_now", Boolean),
    Column("right_before", Boolean),
    time("ran_at"),
    text("added_by"),
    # The request that added it, so that a repetition adds nothing more.
    ref("request_id"),
    time("added_at", nullable=False),
    UniqueConstraint("tenant_id", "request_id"),
    Index("ix_labelled_questions_tenant_id_added_at", "tenant_id", "added_at"),
)

trial_links = Table(
    "trial_links",
    metadata,
    id_column(),
    tenant(),
    # Whom it is for, in the words of who made it.
    text("name"),
    # The hash of the secret in the link; the secret itself is shown once.
    Column("secret_hash", String(64), nullable=False),
    text("made_by"),
    time("made_at", nullable=False),
    time("expires_at", nullable=False),
    time("revoked_at"),
    # How many questions it was used for, and how many it is good for.
    Column("asked", Integer, nullable=False, server_default="0"),
    Column("most", Integer, nullable=False),
    UniqueConstraint("secret_hash"),
)
