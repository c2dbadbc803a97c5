"""What a model's answer is read into: sentences with their sources, and what it asks for besides.
Everything in it is data until it has been checked; it asks no model and judges nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, cast

from brain.answering.support import Claim
from brain.contract import Passage

Place: TypeAlias = Literal["same", "paragraph", "item"]

_MOST_SENTENCES = 30
_LINE_CHARS = 300
_MOST_ARGUMENTS = 4000


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a reply; ``place`` says how it stands to the one before it."""

    claim: Claim
    place: Place


@dataclass(frozen=True, slots=True)
class Asked:
    """An action that a model asks for by its name. ``arguments`` are None where it wrote none that
    can be read."""

    name: str
    arguments: Mapping[str, object] | None = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model wrote, as data. ``confidence`` is its own, 0 to 1; ``handoff`` and ``missing``
    are empty or its words on why a person is needed and what is not known."""

    sentences: tuple[Sentence, ...]
    confidence: float
    handoff: str = ""
    missing: str = ""
    action: Asked | None = None


def draft_of(data: Mapping[str, object], known: Mapping[str, Passage]) -> Draft:
    """``data`` is held against its schema already; ``known`` are the sources by the ids that the
    model was given."""
    ids = {id_: passage.id for id_, passage in known.items()}
    rows = cast("Sequence[Mapping[str, object]]", data["sentences"])
    sentences = tuple(
        _sentence(row, ids) for row in rows[:_MOST_SENTENCES] if str(row["text"]).strip()
    )
    told = cast("float", data["confidence"])
    return Draft(
        sentences,
        min(1.0, max(0.0, told)),
        _line(str(data["handoff"])),
        _line(str(data["missing"])),
        _action(data.get("action")),
    )


def text_of(sentences: Sequence[Sentence]) -> str:
    """Markdown of the sentences, in their order."""
    text, before = "", "paragraph"
    for sentence in sentences:
        said = " ".join(sentence.claim.text.split())
        if sentence.place == "item":
            text += ("\n" if before == "item" else "\n\n") + f"- {said.lstrip('-*• ')}"
        elif sentence.place == "same" and before != "item":
            text += f" {said}"
        else:
            text += f"\n\n{said}"
        before = sentence.place
    return text.strip()


def _sentence(row: Mapping[str, object], known: Mapping[str, str]) -> Sentence:
    sources = cast("Sequence[str]", row["sources"])
    named = tuple(dict.fromkeys(known[id_] for id_ in sources if id_ in known))
    claim = Claim(str(row["text"]), named, str(row.get("quote", "")))
    return Sentence(claim, cast("Place", row["place"]))


def _action(data: object) -> Asked | None:
    if not isinstance(data, dict):
        return None
    told = cast("Mapping[str, object]", data)
    name = _line(str(told["name"]))
    return Asked(name, _arguments(str(told["arguments"]))) if name else None


def _arguments(text: str) -> Mapping[str, object] | None:
    if len(text) > _MOST_ARGUMENTS:
        return None
    try:
        found: object = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        return None
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else None


def _line(text: str) -> str:
    return " ".join(text.split())[:_LINE_CHARS]
