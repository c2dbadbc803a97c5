"""Searching as the running gateway does, or over an index of our own where none runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from brain.contract import Filter, Hit, KnowledgeUnavailable
from gateway.bootstrap.offline import Offline
from gateway.cli.asking import RunningGateway
from gateway.cli.failures import Failed
from gateway.cli.progress import working
from gateway.cli.storing import is_missing, opened
from gateway.clock import SystemClock
from gateway.config.settings import Settings
from gateway.knowledge.shelves import StoredPassages
from gateway.store.store import MAIN
from gateway.web.control import SearchBody, answers, control_path

EMPTY = (
    "the store holds no articles; add some with `frontdesk kb add PATH`, or start `frontdesk run`,"
    " which reads the configured ones"
)


def hits_for(settings: Settings, body: SearchBody) -> list[Hit]:
    """
    Raises:
        Failed: there is nothing to search in, or it cannot be searched.
    """
    if answers(settings.store.data):
        return asyncio.run(RunningGateway(control_path(settings.store.data)).search(body))
    if is_missing(settings):
        raise Failed(EMPTY)
    with opened(settings) as store, TemporaryDirectory() as folder:
        offline = Offline(settings, StoredPassages(store), Path(folder), SystemClock())
        return asyncio.run(_searched(offline, body))


async def _searched(offline: Offline, body: SearchBody) -> list[Hit]:
    allowed = Filter(MAIN, body.demo, body.audiences)
    try:
        with working("no gateway runs here; building an index"):
            if await offline.prepare() == 0:
                raise Failed(EMPTY)
        return list(await offline.knowledge.search(body.query, allowed, body.limit))
    except KnowledgeUnavailable as error:
        raise Failed(str(error)) from error
    except OSError as error:
        raise Failed(f"the data folder cannot be used: {error.strerror}") from error
    finally:
        await offline.close()
