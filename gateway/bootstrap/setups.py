"""What turns begin with: made anew when the configuration changes, never changed in place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

from brain.actions.catalogue import Catalogue
from brain.contract import Brain
from brain.settings import BrainSettings
from channels.contract import Capabilities
from gateway.bootstrap.acting import catalogue_for
from gateway.config.live import LiveConfiguration, Versioned
from gateway.config.promising import promises_of
from gateway.notices.catalogue import Notices, notices_for
from gateway.speech.gate import gate_of
from gateway.turns.plan import ChannelRules, TurnSetup
from gateway.turns.waiting import Measured, unmeasured
from gateway.turns.who import needs_of


@runtime_checkable
class Retires(Protocol):
    """A brain that holds connections."""

    async def retire(self) -> None: ...


def without_hands(brain: Brain, _catalogue: Catalogue) -> Brain:
    """For a gateway that only answers."""
    return brain


class TurnSetups:
    """Holds the set-up of the configuration in force."""

    def __init__(
        self,
        live: LiveConfiguration,
        capabilities: Mapping[str, Capabilities],
        brain_for: Callable[[BrainSettings], Brain],
        acts: Callable[[Brain, Catalogue], Brain] = without_hands,
        measured: Measured = unmeasured,
    ) -> None:
        self._live = live
        self._capabilities = capabilities
        self._brain_for = brain_for
        self._acts = acts
        self._measured = measured
        self._current = self._made(live.current())

    def current(self) -> TurnSetup:
        return self._current

    def answering(self) -> Brain:
        """The brain that answers and does nothing: for whoever asks it without a customer."""
        return self._answering

    def notices(self) -> Notices:
        return self._current.notices

    async def refresh(self) -> None:
        """Take over the configuration in force; turns under way keep theirs."""
        before = self._answering
        self._current = await asyncio.to_thread(self._made, self._live.current())
        if isinstance(before, Retires):
            await before.retire()

    async def close(self) -> None:
        """Let go of what the brain holds; nobody asks it any more."""
        if isinstance(self._answering, Retires):
            await self._answering.retire()

    def _made(self, versioned: Versioned) -> TurnSetup:
        settings = versioned.settings
        stages = {
            name: settings.rollout.on(name, demo=entry.demo)
            for name, entry in settings.channels.items()
        }
        catalogue = catalogue_for(settings.brain.actions)
        self._answering = self._brain_for(settings.brain)
        return TurnSetup(
            brain=self._acts(self._answering, catalogue),
            notices=notices_for(settings),
            hours=settings.business.hours,
            languages=tuple(settings.business.languages),
            rules={
                name: ChannelRules(
                    demo=entry.demo,
                    answers=stages[name].ever_answers,
                    mail=self._capabilities[name].dialect == "email",
                    stages=stages[name],
                )
                for name, entry in settings.channels.items()
                if name in self._capabilities
            },
            version=versioned.version,
            masking=settings.privacy.masking,
            gate=gate_of(settings),
            catalogue=catalogue,
            needs=needs_of(settings.brain.escalation),
            promises=promises_of(settings),
            measured=self._measured,
        )
