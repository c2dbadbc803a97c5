"""From the configured models to those that can be asked. Loads the SDKs of the providers that are
configured and no other; blocking, so callers run it in a thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from brain.chat import ChatModel
from brain.contract import Clock
from brain.models.breaker import Breaker
from brain.models.chain import Link
from brain.models.pricing import PriceList, Tariff
from brain.models.streams import Patience
from brain.settings import ModelSettings


class _Made(ChatModel, Protocol):
    async def close(self) -> None: ...


class PriceUnknown(ValueError):
    """Nobody knows what a model costs, so no budget could cap it."""


def tariff_of(name: str, settings: ModelSettings, prices: PriceList) -> Tariff:
    """
    Raises:
        PriceUnknown: neither the configuration nor the list has its price.
    """
    found = prices.of(settings)
    if found is None:
        raise PriceUnknown(
            f"the price of {settings.model} ({name}) is not in the list of {prices.as_of}; give it "
            f"as brain.models.{name}.price: {{input: …, output: …}}, zeros where it costs nothing"
        )
    return found


def links_of(
    models: Mapping[str, ModelSettings], prices: PriceList, clock: Clock, patience: Patience
) -> dict[str, Link]:
    """
    Raises:
        PriceUnknown: as above.
    """
    tariffs = {name: tariff_of(name, settings, prices) for name, settings in models.items()}
    made = {name: _model(name, settings, patience) for name, settings in models.items()}
    return {
        name: Link(
            model,
            tariffs[name],
            Breaker(clock),
            models[name].context,
            model.close,
            models[name].provider,
            models[name].model,
        )
        for name, model in made.items()
    }


def _model(name: str, settings: ModelSettings, patience: Patience) -> _Made:
    if settings.provider == "anthropic":
        from brain.models.anthropic import AnthropicModel  # noqa: PLC0415  loads its SDK

        return AnthropicModel(name, settings, patience)
    from brain.models.openai import OpenAIModel  # noqa: PLC0415  loads its SDK

    return OpenAIModel(name, settings, patience)
