"""What a call costs, and the most that it can cost. Pure arithmetic over a dated list; it knows no
model but by the list."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from math import ceil
from typing import Any, cast

import yaml

from brain.chat import ChatRequest, Usage
from brain.settings import ModelPrice, ModelSettings
from brain.spending import Cost

# What a provider wraps around each message and the form of the answer, in tokens, generously.
_AROUND = 800
_DATED = re.compile(r"-\d{8}$|-\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Tier:
    """US dollars for a million tokens; for prompts of at most ``up_to`` tokens, None for any."""

    input: float
    cached: float
    cache_write: float
    output: float
    up_to: int | None = None


@dataclass(frozen=True, slots=True)
class Tariff:
    """The tiers of one model, the shortest prompts first."""

    tiers: tuple[Tier, ...]

    def cost(self, usage: Usage) -> Cost:
        """Millionths of a dollar are what a million tokens cost in dollars, for one token."""
        tier = self._tier(usage.read)
        micros = (
            usage.input * tier.input
            + usage.cached_input * tier.cached
            + usage.cache_write * tier.cache_write
            + usage.output * tier.output
        )
        return Cost(_up(micros), usage.tokens)

    def worst(self, request: ChatRequest) -> Cost:
        """Nothing read from the cache, everything written to it, the longest answer."""
        read = most_tokens_of(request)
        dearest = max(
            max(tier.input, tier.cache_write) * read + tier.output * request.most_tokens
            for tier in self._reachable(read)
        )
        return Cost(_up(dearest), read + request.most_tokens)

    def _tier(self, read: int) -> Tier:
        fits = (tier for tier in self.tiers if tier.up_to is None or read <= tier.up_to)
        return next(fits, self.tiers[-1])

    def _reachable(self, read: int) -> tuple[Tier, ...]:
        return self.tiers[: self.tiers.index(self._tier(read)) + 1]


@dataclass(frozen=True, slots=True)
class PriceList:
    as_of: date
    tariffs: Mapping[str, Tariff]

    def of(self, settings: ModelSettings) -> Tariff | None:
        """The configured price, else the listed one; None where neither is known. A model's dated
        name costs what its plain name does."""
        if settings.price is not None:
            return Tariff((_given(settings.price),))
        plain = _DATED.sub("", settings.model)
        return self.tariffs.get(settings.model) or self.tariffs.get(plain)


def most_tokens_of(request: ChatRequest) -> int:
    """No tokenizer makes more tokens of a text than it has bytes."""
    texts = [part.text for part in request.system] + [
        f"{line.before}{line.text}" for line in request.messages
    ]
    if request.wanted is not None:
        texts.append(json.dumps(request.wanted.schema))
    texts += [f"{t.name}{t.description}{json.dumps(t.schema)}" for t in request.tools]
    return sum(len(text.encode("utf-8", "replace")) for text in texts) + _AROUND


@cache
def listed() -> PriceList:
    """The list that is shipped; reads its file."""
    text = files("brain.models").joinpath("prices.yaml").read_text("utf-8")
    data = cast("dict[str, Any]", yaml.safe_load(text))
    tariffs = {name: Tariff(tuple(map(_tier, tiers))) for name, tiers in data["models"].items()}
    return PriceList(data["as_of"], tariffs)


def _tier(row: Mapping[str, float]) -> Tier:
    most = row.get("up_to")
    return Tier(
        input=row["input"],
        cached=row.get("cached", row["input"]),
        cache_write=row.get("cache_write", row["input"]),
        output=row["output"],
        up_to=None if most is None else int(most),
    )


def _given(price: ModelPrice) -> Tier:
    return Tier(
        input=price.input,
        cached=price.input if price.cached is None else price.cached,
        cache_write=price.input if price.cache_write is None else price.cache_write,
        output=price.output,
    )


def _up(micros: float) -> int:
    # Sums of decimal fractions are a little off; that must not make a cent of it.
    return ceil(round(micros, 6))
