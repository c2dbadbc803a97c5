"""Reads the texts that come with the program, one file a language. It fills in nothing and knows
no overrides."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from channels.contract import Choice

LANGUAGES: tuple[str, ...] = ("en", "de", "fr", "es", "it", "pt", "nl")
# Those of which two forms of address are shipped; the others have the one that fits strangers.
INFORMAL: tuple[str, ...] = ("de", "fr")


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Entry(_Data):
    """One text with the buttons that it offers."""

    text: str
    choices: tuple[Choice, ...] = ()


_ENTRIES: TypeAdapter[dict[str, Entry]] = TypeAdapter(dict[str, Entry])


class Wait(_Data):
    """How a length of time is said."""

    minute: str
    minutes: str
    hour: str
    hours: str


class Opening(_Data):
    """How a moment to come is said; ``first`` is the first day of a month."""

    today: str
    tomorrow: str
    weekday: str
    later: str
    first: str
    days: Annotated[tuple[str, ...], Field(min_length=7, max_length=7)]
    months: Annotated[tuple[str, ...], Field(min_length=12, max_length=12)]


class Language(_Data):
    """Everything of one language. ``words`` are what the texts tell a customer to type."""

    texts: Mapping[str, Entry]
    staff: Mapping[str, str] = Field(default_factory=dict[str, str])
    words: Mapping[str, str]
    wait: Wait
    opens: Opening


def load() -> Mapping[str, Language]:
    """Every shipped language by its tag, parsed anew."""
    folder = files("gateway.notices").joinpath("texts")
    return {
        tag: _parse(folder.joinpath(f"{tag}.yaml").read_text(encoding="utf-8")) for tag in LANGUAGES
    }


def informal() -> Mapping[str, Mapping[str, Entry]]:
    """By language, the texts that differ where people are addressed as one of us, parsed anew."""
    folder = files("gateway.notices").joinpath("texts")
    return {
        tag: _ENTRIES.validate_python(
            _read(folder.joinpath(f"{tag}.informal.yaml").read_text(encoding="utf-8"))
        )
        for tag in INFORMAL
    }


def _parse(content: str) -> Language:
    return Language.model_validate(_read(content))


def _read(content: str) -> object:
    # Ten times as fast where PyYAML was built with its C parser; the outcome is the same.
    loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(content, Loader=loader)  # noqa: S506 - both are safe


def reduce(tag: str) -> str:
    """The language of a tag: ``pt-BR`` is ``pt``."""
    return tag.strip().replace("_", "-").partition("-")[0].lower()
