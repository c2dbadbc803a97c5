"""What turns begin with: made anew when the configuration changes, never changed in place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from brain.contract import Brain
from brain.settings import BrainSettings
from channels.contract import Capabilities
from gateway.config.live import LiveConfiguration, Versioned
from gateway.config.settings import Settings
from gateway.notices.catalogue import Notices, notices_for
from gateway.speech.gate import Gate
from gateway.speech.voice import voice_of
from gateway.turns.plan import ChannelRules, TurnSetup


class TurnSetups:
    """Holds the set-up of the configuration in force."""

    def __init__(
        self,
        live: LiveConfiguration,
        capabilities: Mapping[str, Capabilities],
        brain_for: Callable[[BrainSettings], Brain],
    ) -> None:
        self._live = live
        self._capabilities = capabilities
        self._brain_for = brain_for
        self._current = self._made(live.current())

    def current(self) -> TurnSetup:
        return self._current

    def notices(self) -> Notices:
        return self._current.notices

    async def refresh(self) -> None:
        """Take over the configuration in force; turns under way keep theirs."""
        self._current = await asyncio.to_thread(self._made, self._live.current())

    def _made(self, versioned: Versioned) -> TurnSetup:
        settings = versioned.settings
        stages = {
            name: settings.rollout.on(name, demo=entry.demo)
            for name, entry in settings.channels.items()
        }
        return TurnSetup(
            brain=self._brain_for(settings.brain),
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
        )


def gate_of(settings: Settings) -> Gate:
    return Gate(voice_of(settings.business.voice), frozenset(settings.privacy.link_hosts))
