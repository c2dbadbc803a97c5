"""The brain of a command that asks no running gateway: over the articles that are there, with an
index in a temporary folder."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from brain.contract import Brain, KnowledgeUnavailable
from gateway.bootstrap.offline import Offline, read_sources, temporary_store
from gateway.cli.failures import Failed
from gateway.cli.progress import working
from gateway.cli.storing import is_missing, opened
from gateway.clock import SystemClock
from gateway.config.settings import Settings
from gateway.knowledge.shelves import StoredPassages
from gateway.store.store import MAIN, Store


@dataclass(frozen=True, slots=True)
class OwnBrain:
    """A brain, and the passages that its answers cite."""

    brain: Brain
    passages: StoredPassages


def own_brain(settings: Settings, stack: ExitStack, runner: asyncio.Runner) -> OwnBrain:
    """A brain over the store's articles, or the configured ones where the store has none; usable
    until the stack is closed.

    Raises:
        Failed: no index can be built here.
    """
    folder = Path(stack.enter_context(TemporaryDirectory()))
    passages = StoredPassages(library(settings, folder, stack, runner))
    offline = Offline(settings, passages, folder, SystemClock())
    try:
        with working("building an index of the articles"):
            count = runner.run(offline.prepare())
    except KnowledgeUnavailable as error:
        raise Failed(str(error)) from error
    except OSError as error:
        raise Failed(f"{settings.store.data} cannot be used: {error.strerror}") from error
    finally:
        stack.callback(lambda: runner.run(offline.close()))
    if count == 0:
        click.echo("there are no articles to answer from; see `frontdesk kb add`", err=True)
    return OwnBrain(offline.brain, passages)


def library(settings: Settings, folder: Path, stack: ExitStack, runner: asyncio.Runner) -> Store:
    if not is_missing(settings):
        store = stack.enter_context(opened(settings))
        if runner.run(StoredPassages(store).all(MAIN)):
            return store
    store = stack.enter_context(temporary_store(folder))
    try:
        runner.run(read_sources(settings, store))
    except OSError as error:
        raise Failed(f"a knowledge source cannot be read: {error}") from error
    return store
