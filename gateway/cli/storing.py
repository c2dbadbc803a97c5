"""How commands come to the configuration and the store: beside a running gateway, without its
lock, and never changing a schema that is there."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from gateway.cli.failures import Failed
from gateway.config.load import load
from gateway.config.settings import Settings
from gateway.notices.check import texts_check
from gateway.store.opening import database_file, open_store
from gateway.store.store import Options, Store
from gateway.telemetry.logs import log_to_stderr


def configuration(path: Path) -> Settings:
    """
    Raises:
        ConfigurationError: with every problem at once.
    """
    loaded = load(path, os.environ, (texts_check,))
    log_to_stderr(level="warning")
    return loaded.settings


def is_missing(settings: Settings) -> bool:
    """Whether the store's file is not there yet; a server's database always counts as there."""
    file = database_file(settings.store.url)
    return file is not None and not file.exists()


@contextmanager
def opened(settings: Settings, *, make: bool = False) -> Generator[Store]:
    """The store; blocking. ``make`` creates it where there is none.

    Raises:
        Failed: there is none. StoreRefused: it cannot be used as it is.
    """
    missing = is_missing(settings)
    if missing and not make:
        raise Failed(
            f"there is no store at {shown(settings.store.url)} yet; `frontdesk run` makes it at its"
            " first start"
        )
    store = open_store(settings.store.url, Options(readers=1), upgrade=missing)
    try:
        yield store
    finally:
        store.close()


def shown(url: str) -> str:
    """The store's address without its password."""
    return make_url(url).render_as_string(hide_password=True)
