"""What keeps the assistant within bounds: pauses, budgets, and whom a lead reads after a start."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from gateway.store.schema.tables import id_column, metadata, ref, tenant, text, time

# The big off switch: while a row is there, the assistant is silent on its channel; `*` is all.
pauses = Table(
    "pauses",
    metadata,
    Column("tenant_id", String(64), primary_key=True, server_default="main"),
    Column("channel", String(64), primary_key=True),
    text("paused_by"),
    time("paused_at", nullable=False),
)

# Every turn of that switch, by whom: how other processes hear of it, and what stays of it.
switch_events = Table(
    "switch_events",
    metadata,
    id_column(),
    tenant(),
    Column("channel", String(64), nullable=False),
    # paused or resumed
    Column("state", String(16), nullable=False),
    text("by"),
    time("at", nullable=False),
    Index("ix_switch_events_at", "at"),
)

# What one account has spent and set aside on one day of the business: the sums that caps guard.
budget_sums = Table(
    "budget_sums",
    metadata,
    Column("tenant_id", String(64), primary_key=True, server_default="main"),
    # An ISO date in the business's time zone.
    Column("day", String(10), primary_key=True),
    # tenant, department or conversation, and which.
    Column("scope", String(16), primary_key=True),
    Column("name", String(64), primary_key=True),
    # Millionths of a US dollar, and tokens in and out.
    Column("spent_micros", BigInteger, nullable=False, server_default="0"),
    Column("spent_tokens", BigInteger, nullable=False, server_default="0"),
    Column("reserved_micros", BigInteger, nullable=False, server_default="0"),
    Column("reserved_tokens", BigInteger, nullable=False, server_default="0"),
    time("warned_at"),
    time("reached_at"),
)

# What was set aside for one call of a model. One that is never settled stays counted.
reservations = Table(
    "reservations",
    metadata,
    id_column(),
    tenant(),
    Column("day", String(10), nullable=False),
    ref("turn_id"),
    Column("department", String(64), nullable=False),
    ref("conversation_id"),
    Column("micros", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    time("at", nullable=False),
    time("settled_at"),
    Index("ix_reservations_turn_id", "turn_id"),
    Index("ix_reservations_day", "day"),
)

# The record of a call, written as it is settled; its id is the reservation's.
model_calls = Table(
    "model_calls",
    metadata,
    id_column(),
    tenant(),
    ref("turn_id"),
    ref("conversation_id"),
    # As it is called in the configuration, by the provider, and in its answer.
    Column("model", String(64), nullable=False),
    Column("provider", String(32), nullable=False),
    Column("requested", String(128), nullable=False),
    Column("answered_by", String(128), nullable=False, server_default=""),
    Column("outcome", String(32), nullable=False),
    Column("finish", String(16)),
    text("error"),
    Column("instead_of", String(64)),
    time("began_at", nullable=False),
    time("seconds", nullable=False),
    Column("input_tokens", Integer, nullable=False, server_default="0"),
    Column("cached_tokens", Integer, nullable=False, server_default="0"),
    Column("written_tokens", Integer, nullable=False, server_default="0"),
    Column("output_tokens", Integer, nullable=False, server_default="0"),
    Column("micros", BigInteger, nullable=False, server_default="0"),
    Index("ix_model_calls_turn_id", "turn_id"),
    Index("ix_model_calls_began_at", "began_at"),
)

# What a call was asked, as JSON, and its answer, both masked; a row of its own, which goes sooner.
model_texts = Table(
    "model_texts",
    metadata,
    Column("call_id", String(64), primary_key=True),
    tenant(),
    ref("conversation_id"),
    text("prompt"),
    text("answer"),
    time("at", nullable=False),
    Index("ix_model_texts_at", "at"),
)

# When the assistant first answered by itself on a channel about an intent.
openings = Table(
    "openings",
    metadata,
    Column("tenant_id", String(64), primary_key=True, server_default="main"),
    Column("channel", String(64), primary_key=True),
    # Empty where the intent is not known.
    Column("intent", String(64), primary_key=True),
    time("opened_at", nullable=False),
)

# Conversations that a lead reads after an opening, and whether that was done.
watches = Table(
    "watches",
    metadata,
    Column("conversation_id", String(64), primary_key=True),
    tenant(),
    Column("channel", String(64), nullable=False),
    Column("intent", String(64), nullable=False, server_default=""),
    time("at", nullable=False),
    time("read_at"),
    text("read_by", nullable=True),
    Index("ix_watches_tenant_id_read_at", "tenant_id", "read_at"),
)
