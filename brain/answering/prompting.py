"""What a model is asked when it is to write an answer. Everything that others wrote goes in as data
of JSON documents; it calls no model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from brain.answering import rules
from brain.answering.manner import PLAIN, Manner
from brain.answering.quoting import is_foreign
from brain.chat import ChatRequest, Line, SystemPart
from brain.contract import Hit, Passage, Said

# What of a conversation is told: its newest lines, each not longer than this.
LINES = 12
MOST_LINES = 20
_LINE_CHARS = 600
_PASSAGE_CHARS = 4000
_QUESTION_CHARS = 4000

_LANGUAGES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian",
    "pt": "Portuguese", "nl": "Dutch",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Brief:
    """What an answer is written of. ``policies`` are passages that always apply, told before all
    else and the same from call to call; ``systems`` are what the business's systems say about the
    customer, ``offered`` the lines that name what these can do, ``notes`` what came of asking them.
    ``earlier`` sums up what came before ``history``."""

    questions: tuple[str, ...]
    hits: Sequence[Hit]
    history: Sequence[Said]
    language: str | None
    policies: tuple[Passage, ...] = ()
    systems: tuple[Passage, ...] = ()
    notes: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    earlier: str = ""
    manner: Manner = PLAIN
    sources: Mapping[str, Passage] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sources", self._numbered())

    @property
    def quotes(self) -> bool:
        """Whether a source is in another language than the answer."""
        return any(is_foreign(passage, self.language) for passage in self.sources.values())

    def _numbered(self) -> dict[str, Passage]:
        """Short ids of this request only: a model mistypes long ones, and none is known
        beforehand."""
        told = {passage.id for passage in self.policies}
        found = [hit.passage for hit in self.hits if hit.passage.id not in told]
        return {
            **{f"k{number}": one for number, one in enumerate(self.policies, start=1)},
            **{f"p{number}": one for number, one in enumerate(found, start=1)},
            **{f"s{number}": one for number, one in enumerate(self.systems, start=1)},
        }


def request_of(brief: Brief, most_tokens: int) -> ChatRequest:
    said = _json(_document(brief))
    policies = _json({"policies": _told(brief, "k")}) if brief.policies else ""
    wanted = rules.reply(quotes=brief.quotes, actions=bool(brief.offered))
    return ChatRequest(_system(brief), (Line("user", said, policies),), wanted, most_tokens)


def _system(brief: Brief) -> tuple[SystemPart, ...]:
    """What is the same from call to call first."""
    language = _LANGUAGES.get(brief.language or "", "the language of the customer's questions")
    standing = [part for part in (brief.manner.told(brief.language), _offered(brief)) if part]
    varying = [
        part
        for part, there in (
            (rules.POLICIES, brief.policies),
            (rules.SYSTEMS, brief.systems),
            (rules.EARLIER, brief.earlier),
            (rules.QUOTES, brief.quotes),
        )
        if there
    ]
    return (
        SystemPart(rules.RULES, cached=True),
        *((SystemPart("\n\n".join(standing), cached=True),) if standing else ()),
        SystemPart("\n\n".join((*varying, f"Write the sentences in {language}."))),
    )


def _offered(brief: Brief) -> str:
    return "\n".join((rules.ACTIONS, *brief.offered)) if brief.offered else ""


def _document(brief: Brief) -> dict[str, object]:
    whole: dict[str, object] = {"passages": _told(brief, "p")}
    if brief.systems:
        whole["systems"] = _told(brief, "s")
    if brief.notes:
        whole["notes"] = list(brief.notes)
    if brief.earlier:
        whole["earlier"] = brief.earlier
    return whole | {
        "conversation": lines(brief.history[-MOST_LINES:]),
        "questions": [question[:_QUESTION_CHARS] for question in brief.questions],
    }


def lines(history: Sequence[Said]) -> list[dict[str, str]]:
    """What was said, as data."""
    return [
        {"by": said.author, "text": said.text[:_LINE_CHARS]}
        for said in history
        if said.text.strip()
    ]


def _told(brief: Brief, sort: str) -> list[dict[str, str]]:
    return [
        {"id": id_, "title": " > ".join(passage.title_path), "text": _cut(passage.text)}
        for id_, passage in brief.sources.items()
        if id_.startswith(sort)
    ]


def _json(document: Mapping[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1)


def _cut(text: str) -> str:
    return text if len(text) <= _PASSAGE_CHARS else text[:_PASSAGE_CHARS].rsplit("\n", 1)[0]
