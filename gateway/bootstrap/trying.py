"""Trying the configured models, each with one short question whose price is bounded: whether the
provider lets us in, knows the model and answers in the form that answers are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from brain.chat import (
    BrokenOff,
    ChatError,
    ChatRequest,
    Completion,
    Line,
    Malformed,
    Misconfigured,
    Refused,
    SystemPart,
    TryAgain,
    Wanted,
)
from brain.contract import Clock
from brain.knowledge.embedding import choose
from brain.knowledge.unavailable import EmbedderUnavailable
from brain.models.building import PriceUnknown, links_of
from brain.models.chain import Link
from brain.models.pricing import listed
from brain.models.streams import Patience
from gateway.config.settings import Settings

SECONDS = 20.0
# What one question may cost at most, in millionths of a US dollar; dearer models are not asked.
MOST_MICROS = 50_000
_FORM = Wanted(
    "ready",
    {
        "type": "object",
        "properties": {"ready": {"type": "boolean"}},
        "required": ["ready"],
        "additionalProperties": False,
    },
)
_QUESTION = ChatRequest(
    (SystemPart("You are being checked. Answer with ready set to true and nothing else."),),
    (Line("user", "Are you ready?"),),
    _FORM,
    most_tokens=300,
)
_MENDS: Mapping[type[ChatError], str] = {
    Misconfigured: "check api_key, model and api_base of brain.models.{name}, and its account",
    TryAgain: "check api_base of brain.models.{name} and the network, or try again later",
    BrokenOff: "try again later; if it stays so, customers would wait for nothing",
    Malformed: "set parameters.structured of brain.models.{name} to object or text",
    Refused: "try another model: this one declines even to say that it is ready",
}


@dataclass(frozen=True, slots=True)
class ModelReport:
    """``works`` says what came of it, ``problem`` what does not work, with its ``mend``; of a model
    that answers both may be there. ``micros`` is what asking cost."""

    name: str
    works: str = ""
    problem: str = ""
    mend: str = ""
    micros: int = 0


async def check_models(settings: Settings, clock: Clock) -> list[ModelReport]:
    """Every model, one after the other, and the embeddings where an API gives them."""
    found: list[ModelReport] = []
    models = settings.brain.models
    patience = Patience(idle=SECONDS, total=SECONDS)
    try:
        prices = await asyncio.to_thread(listed)
        links = await asyncio.to_thread(links_of, models, prices, clock, patience)
    except PriceUnknown as error:
        return [ModelReport("prices", problem=str(error))]
    try:
        for name, link in links.items():
            found.append(await _tried(name, link, clock))
    finally:
        for link in links.values():
            await link.close()
    if settings.brain.knowledge.embedding.api_base is not None:
        found.append(await _embeddings(settings))
    return found


async def _tried(name: str, link: Link, clock: Clock) -> ModelReport:
    worst = link.tariff.worst(_QUESTION).micros
    if worst > MOST_MICROS:
        told = f"was not asked: one question could cost {worst / 1e6:.2f} US dollars"
        return ModelReport(name, problem=told, mend=f"check the price of brain.models.{name}")
    began = clock.monotonic()
    try:
        async with asyncio.timeout(SECONDS):
            completion = await link.model.complete(_QUESTION)
    except TimeoutError:
        mend = _MENDS[BrokenOff].format(name=name)
        return ModelReport(name, problem=f"no answer within {SECONDS:g} seconds", mend=mend)
    except ChatError as error:
        return ModelReport(name, problem=str(error), mend=_mend(name, error))
    return _answered(name, link, completion, clock.monotonic() - began)


def _answered(name: str, link: Link, completion: Completion, seconds: float) -> ModelReport:
    usage = completion.usage
    micros = link.tariff.cost(usage).micros if usage is not None else 0
    model = completion.model or link.requested
    told = f"answers as {model} in {seconds:.1f} s, in the form that was asked for"
    if usage is None:
        mend = "its provider tells no tokens, so that every call counts as the dearest it could be"
        return ModelReport(name, f"{told}; what it cost is not known", mend=mend)
    return ModelReport(name, f"{told}; that cost {micros / 1e6:.6f} US dollars", micros=micros)


def _mend(name: str, error: ChatError) -> str:
    found = next((told for kind, told in _MENDS.items() if isinstance(error, kind)), "")
    return found.format(name=name)


async def _embeddings(settings: Settings) -> ModelReport:
    name, chosen = "embeddings", settings.brain.knowledge.embedding
    cache = settings.store.data / "models"
    try:
        dimensions = await asyncio.to_thread(lambda: choose(cache, chosen).embedder.dimensions)
    except EmbedderUnavailable as error:
        mend = "check brain.knowledge.embedding; meanwhile articles are found by words alone"
        return ModelReport(name, problem=str(error), mend=mend)
    return ModelReport(name, f"{chosen.model} gives vectors of {dimensions} numbers")
