"""What customers write to a business about: named intents with example utterances, shipped and an
operator's own. It learns nothing and judges no message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from brain.settings import Tier

_DATA = Path(__file__).with_name("data") / "intents"
_FIRST = "en"

Topic: TypeAlias = Literal[
    "closure",
    "billing_dispute",
    "legal",
    "security",
    "complaint",
    "safety",
    "regulated_data",
]
TOPICS: tuple[Topic, ...] = get_args(Topic)


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    tier: Tier = 1
    topic: Topic | None = None
    examples: dict[str, str]


_FILE = TypeAdapter(dict[str, _Entry])


@dataclass(frozen=True, slots=True)
class Intent:
    """``tier`` is the shipped one, which a configuration may change; ``topic`` is what makes it
    sensitive, None for everyday matters. ``sorts`` are examples of things that are said alike."""

    name: str
    sorts: Mapping[str, tuple[str, ...]]
    tier: Tier = 1
    topic: Topic | None = None


@cache
def shipped() -> Mapping[str, Intent]:
    """The shipped intents with the examples of every language; reads data files once."""
    intents = {
        name: Intent(name, dict(_sorts(entry)), entry.tier, entry.topic)
        for name, entry in _read(_DATA / f"{_FIRST}.yaml").items()
    }
    for file in sorted(_DATA.glob("*.yaml")):
        if file.stem != _FIRST:
            for name, entry in _read(file).items():
                for sort, examples in _sorts(entry):
                    intents[name] = _more(intents[name], sort, examples)
    return intents


def with_own(own: Mapping[str, Sequence[str]]) -> Mapping[str, Intent]:
    """The shipped intents and an operator's: examples for a shipped name are added to it."""
    intents = dict(shipped())
    for name, examples in own.items():
        intents[name] = _more(intents.get(name, Intent(name, {})), "own", examples)
    return intents


def _more(intent: Intent, sort: str, examples: Sequence[str]) -> Intent:
    every = dict.fromkeys((*intent.sorts.get(sort, ()), *examples))
    return replace(intent, sorts={**intent.sorts, sort: tuple(every)})


def _read(file: Path) -> Mapping[str, _Entry]:
    return _FILE.validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))


def _sorts(entry: _Entry) -> Iterator[tuple[str, tuple[str, ...]]]:
    for sort, lines in entry.examples.items():
        yield sort, tuple(line.strip() for line in lines.splitlines() if line.strip())
