"""What customers write to a business about: named intents with example utterances, shipped and an
operator's own. It learns nothing and judges no message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

_DATA = Path(__file__).with_name("data") / "intents"
SHIPPED = "en"

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
Tier: TypeAlias = Literal[1, 2, 3]


def _lines(value: str) -> str:
    if not any(line.strip() for line in value.splitlines()):
        raise ValueError("has no example")
    return value


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    tier: Tier | None = None
    topic: Topic | None = None
    examples: Annotated[str, AfterValidator(_lines)] = Field(min_length=1)


_FILE = TypeAdapter(dict[str, _Entry])


@dataclass(frozen=True, slots=True)
class Intent:
    """``tier`` is the shipped one, which a configuration may change; ``topic`` is what makes it
    sensitive, None for everyday matters."""

    name: str
    examples: tuple[str, ...]
    tier: Tier = 1
    topic: Topic | None = None


@cache
def shipped() -> Mapping[str, Intent]:
    """The shipped intents with the examples of every language; reads data files once."""
    intents = {
        name: Intent(name, _examples(entry), entry.tier or 1, entry.topic)
        for name, entry in _read(_DATA / f"{SHIPPED}.yaml").items()
    }
    for file in sorted(_DATA.glob("*.yaml")):
        if file.stem != SHIPPED:
            for name, entry in _read(file).items():
                intents[name] = _more(intents[name], _examples(entry))
    return intents


def with_own(own: Mapping[str, Sequence[str]]) -> Mapping[str, Intent]:
    """The shipped intents and an operator's: examples for a shipped name are added to it."""
    intents = dict(shipped())
    for name, examples in own.items():
        known = intents.get(name, Intent(name, ()))
        intents[name] = _more(known, examples)
    return intents


def _more(intent: Intent, examples: Iterable[str]) -> Intent:
    return replace(intent, examples=tuple(dict.fromkeys((*intent.examples, *examples))))


def _read(file: Path) -> Mapping[str, _Entry]:
    return _FILE.validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))


def _examples(entry: _Entry) -> tuple[str, ...]:
    return tuple(line.strip() for line in entry.examples.splitlines() if line.strip())
