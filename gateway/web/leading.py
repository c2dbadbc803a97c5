"""What the pages for leads are built from; it constructs none of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.config.settings import Settings
from gateway.settings.desk import SettingsDesk


class Compares(Protocol):
    async def compared(
        self, now: Settings, after: Settings, tenant: str = ...
    ) -> Mapping[str, Any]:
        """What differs between two configurations for what customers wrote last."""
        ...


class Assembles(Protocol):
    async def assembled(
        self, settings: Settings, question: str, channel: str, language: str
    ) -> Mapping[str, Any]:
        """What a model would be sent.

        Raises:
            KnowledgeUnavailable.
        """
        ...


@dataclass(frozen=True, slots=True)
class Leading:
    desk: SettingsDesk
    preview: Compares
    prompt: Assembles
