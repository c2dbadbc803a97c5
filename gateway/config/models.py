"""What must hold between the models of a configuration and its routes, and that each can be paid
for within a budget. It loads no SDK."""

from __future__ import annotations

from collections.abc import Iterator

from brain.models.pricing import listed
from brain.models.routing import resolved
from brain.router import DEFAULT
from brain.settings import ModelSettings
from gateway.config import keys
from gateway.config.settings import Settings
from gateway.errors import Problem


def problems(settings: Settings) -> Iterator[Problem]:
    for name, model in settings.brain.models.items():
        yield from _model(name, model)
    yield from _routes(settings)
    for name in settings.brain.judge.models:
        if name not in settings.brain.models:
            path = ("brain", "judge", "models")
            mend = keys.did_you_mean(name, list(settings.brain.models), "model")
            yield Problem(f"no model is named {name}", path, mend)
    yield from _refining(settings)


def _model(name: str, model: ModelSettings) -> Iterator[Problem]:
    path = ("brain", "models", name)
    prices = listed()
    if prices.of(model) is None:
        yield Problem(
            f"what {model.model} costs is not in the list of {prices.as_of}, so no budget could "
            "hold it",
            (*path, "price"),
            "say it in US dollars for a million tokens: price: {input: 0.5, output: 1.5}, zeros "
            "where it costs nothing",
        )
    if model.api_key is None and model.api_base is None:
        yield Problem(
            "there is no key for this provider",
            (*path, "api_key"),
            "put it in .env and write api_key: ${NAME} here, or name your own server as api_base",
        )


def _routes(settings: Settings) -> Iterator[Problem]:
    known = list(settings.brain.models)
    for name, route in settings.brain.routes.items():
        path = ("brain", "routes", name)
        if name != DEFAULT and name not in settings.channels:
            mend = keys.did_you_mean(name, [DEFAULT, *settings.channels], "route or channel")
            yield Problem(f"is neither {DEFAULT} nor a channel's name", path, mend)
        if not known:
            yield Problem("there are no models to route to", path, "add brain.models")
            continue
        wanted = (model for rule in resolved(route).rules for model in rule.models)
        for model in dict.fromkeys(wanted):
            if model not in known:
                told = keys.did_you_mean(model, known, "model")
                mend = f"add brain.models.{model}" if route.use else told
                yield Problem(f"no model is named {model}", path, mend)


def _refining(settings: Settings) -> Iterator[Problem]:
    refine = settings.brain.triage.refine
    known = list(settings.brain.models)
    for model in refine.models if refine is not None else ():
        if model not in known:
            mend = keys.did_you_mean(model, known, "model") if known else "add brain.models"
            path = ("brain", "triage", "refine", "models")
            yield Problem(f"no model is named {model}", path, mend)
