"""What people changed of the configuration on the desk."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, UniqueConstraint

from gateway.store.schema.tables import metadata, ref, text, time

# One row for each change, never altered: what is in force is all of them over config.yaml.
settings_versions = Table(
    "settings_versions",
    metadata,
    Column("tenant_id", String(64), primary_key=True, server_default="main"),
    # From 1 on, without a gap.
    Column("number", Integer, primary_key=True, autoincrement=False),
    # The request's own id: a repetition is the same version.
    Column("request", String(64), nullable=False),
    # JSON: by key {"value": …}, with null where it is not set, or {} where config.yaml's holds.
    text("changes", default="{}"),
    text("why"),
    # The version that this one takes back.
    Column("undoes", Integer),
    ref("made_by"),
    text("made_name"),
    time("at", nullable=False),
    UniqueConstraint("tenant_id", "request"),
)
