"""The routes that are shipped, as data, and which route holds on a channel."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from brain.router import DEFAULT, implied
from brain.settings import BrainSettings, RouteSettings

SHIPPED = ("frugal", "anthropic", "warm")


@cache
def shipped(name: str) -> RouteSettings:
    """Reads its file."""
    text = files("brain.models").joinpath("routes", f"{name}.yaml").read_text("utf-8")
    data: Mapping[str, Any] = yaml.safe_load(text)
    return RouteSettings.model_validate(data)


def resolved(route: RouteSettings) -> RouteSettings:
    """A route with its rules, whoever wrote them."""
    if route.use is None:
        return route
    return shipped(route.use).model_copy(update={"tags": route.tags})


def route_on(channel: str, settings: BrainSettings) -> RouteSettings:
    """The route named after the channel, else the default one, else all models in order."""
    found = settings.routes.get(channel) or settings.routes.get(DEFAULT)
    return implied(settings.models) if found is None else resolved(found)
