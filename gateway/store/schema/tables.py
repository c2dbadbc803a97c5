"""The metadata that all tables hang on, and the shorthands of their columns.

Times are seconds since the epoch (double), ids are 32 hex digits, JSON is text that we write
ourselves, so that both engines hold exactly the same rows.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Double, MetaData, String, Text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


def id_column(name: str = "id", *, primary: bool = True) -> Column[str]:
    return Column(name, String(64), primary_key=primary, nullable=False)


def ref(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, String(64), nullable=nullable)


def tenant() -> Column[str]:
    return Column("tenant_id", String(64), nullable=False, server_default="main")


def time(name: str, *, nullable: bool = True) -> Column[Any]:
    return Column(name, Double, nullable=nullable)


def text(name: str, *, nullable: bool = False, default: str | None = "") -> Column[Any]:
    return Column(name, Text, nullable=nullable, server_default=None if nullable else default)
