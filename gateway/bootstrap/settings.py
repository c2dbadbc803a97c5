"""Joining the settings that leads change on the desk: config.yaml, the versions over it, and what
is in force."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from brain.answering.manner import Manner
from brain.contract import Brain, Knowledge
from brain.settings import BrainSettings
from channels.contract import Clock
from gateway.bootstrap.briefing import manner_of
from gateway.config.checks import Check
from gateway.config.live import LiveConfiguration
from gateway.config.load import Loaded, Source, made, read
from gateway.config.overlay import Given, Overlay
from gateway.config.overlay import Path as Key
from gateway.config.settings import Settings
from gateway.grading.previewing import Previewing
from gateway.grading.prompting import Prompting
from gateway.settings.desk import SettingsDesk, nothing
from gateway.store.store import Store
from gateway.web.leading import Leading


@dataclass(frozen=True, slots=True)
class Configured:
    """config.yaml as it was read, without what stands on the desk yet."""

    loaded: Loaded
    overlay: Overlay
    live: LiveConfiguration

    def desk(
        self, store: Store, clock: Clock, refresh: Callable[[], Awaitable[None]] = nothing
    ) -> SettingsDesk:
        return SettingsDesk(store, clock, self.overlay, self.live, refresh)


def configured(path: Path, environ: Mapping[str, str], checks: Sequence[Check]) -> Configured:
    """
    Raises:
        ConfigurationError: with every problem at once.
    """

    def making(source: Source, over: Mapping[Key, Given]) -> Loaded:
        return made(source, checks, over={key: given.value for key, given in over.items()})

    overlay = Overlay(lambda: read(path, environ), making)
    loaded = overlay.made()
    return Configured(loaded, overlay, LiveConfiguration(loaded.settings, overlay.reread, checks))


@dataclass(frozen=True, slots=True)
class Looking:
    """What is looked at before settings are changed."""

    store: Store
    clock: Clock
    knowledge: Knowledge
    brain_of: Callable[[BrainSettings], Brain]


def leading_of(desk: SettingsDesk | None, looking: Looking) -> Leading | None:
    """What the pages for leads are made of; None where nothing is changed on the desk."""
    if desk is None:
        return None
    preview = Previewing(looking.store, looking.clock, looking.brain_of)
    return Leading(desk, preview, Prompting(looking.knowledge, _manner))


def _manner(settings: Settings) -> Callable[[str], Manner]:
    return manner_of(settings.business.voice)
