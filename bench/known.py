"""The assistant without a model, over the demo's articles, for figures with knowledge on. It reads
them as ``frontdesk eval`` does, into a store and an index of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from brain.contract import Brain
from gateway.bootstrap.offline import Offline, read_folder, temporary_store
from gateway.clock import SystemClock
from gateway.config.settings import Settings, StoreSettings
from gateway.knowledge.shelves import StoredPassages

ROOT = Path(__file__).parents[1]
ARTICLES = ROOT / "gateway/demo/kb"
# The demo's articles answer them; put in turn, so that nothing is answered from a cache.
QUESTIONS = (
    "How long may I return boots?",
    "What does delivery cost?",
    "How do I wash a down jacket?",
    "Which payment methods do you take?",
    "How do I reset my password?",
    "Is my tent under warranty?",
)


@asynccontextmanager
async def keyless(folder: Path) -> AsyncGenerator[Brain]:
    """``folder`` is empty; the model's weights are kept under ``var``, as by ``make run``."""
    settings = Settings(store=StoreSettings(data=ROOT / "var"))
    opened = temporary_store(folder)
    store = await asyncio.to_thread(opened.__enter__)
    passages = StoredPassages(store)
    offline = Offline(settings, passages, folder, SystemClock())
    try:
        await read_folder(settings, store, ARTICLES)
        await offline.prepare()
        yield offline.brain
    finally:
        await offline.close()
        await asyncio.to_thread(opened.__exit__, None, None, None)
