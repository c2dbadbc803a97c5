"""What a model would be sent for a question, put together and not sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from brain.answering.manner import Manner
from brain.answering.prompting import Brief, request_of
from brain.contract import Filter, Knowledge
from gateway.config.settings import Settings
from gateway.store.store import MAIN

PASSAGES = 6


class Prompting:
    """``manner_of`` gives how a channel's answers are written."""

    def __init__(
        self, knowledge: Knowledge, manner_of: Callable[[Settings], Callable[[str], Manner]]
    ) -> None:
        self._knowledge = knowledge
        self._manner_of = manner_of

    async def assembled(
        self, settings: Settings, question: str, channel: str, language: str
    ) -> dict[str, Any]:
        """The parts in their order, masked as the conversation's words are.

        Raises:
            KnowledgeUnavailable.
        """
        masked = settings.privacy.masking.text(question)
        demo = settings.channels[channel].demo
        hits = await self._knowledge.search(masked, Filter(MAIN, demo), PASSAGES)
        manner = self._manner_of(settings)(channel)
        brief = Brief((masked,), tuple(hits), (), language, manner=manner)
        request = request_of(brief, 1)
        return {
            "system": [{"text": one.text, "cached": one.cached} for one in request.system],
            "messages": [
                {"speaker": line.speaker, "text": "\n".join(filter(None, (line.before, line.text)))}
                for line in request.messages
            ],
            "models": list(settings.brain.models),
        }
