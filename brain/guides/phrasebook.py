"""Owns the words of walking a guide in every shipped language: what is said, and how customers
answer. It reads its data files once and decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from brain.triage.spelling import Spelling
from brain.triage.vocabulary import LANGUAGES
from brain.triage.words import clauses

_DATA = Path(__file__).with_name("data")
_DEFAULT = "en"

Words = tuple[str, ...]


class Says(BaseModel):
    """Markdown with placeholders, and labels of at most 20 characters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    intro: str
    here: str
    again: str
    last: str
    unclear: str
    unclear_plain: str
    or_: str = Field(alias="or")
    solved: str
    finished: str
    finished_again: str
    yes: str
    no: str
    next: str
    worked: str
    stuck: str
    back: str


class HearsFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    fillers: Words
    yes: Words
    no: Words
    negations: Words
    unsure: Words
    back: Words
    restart: Words
    where: Words
    solved: Words
    next: Words
    stuck: Words
    asks: Words
    elsewhere: Words
    never_negates: Words = ()


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    says: Says
    hears: HearsFile


@dataclass(frozen=True, slots=True)
class Hears:
    """Phrases as tuples of folded words, of every language at once: people answer in the language
    of the guide as well as in their own. ``negations`` are the words that deny in what a customer
    of this language says, and ``asks`` how its questions begin: both are narrower than the phrases
    of their names, which a guide in any other language may need."""

    phrases: Mapping[str, frozenset[Words]]
    negations: frozenset[str]
    asks: frozenset[Words]
    known: frozenset[str]
    spelling: Spelling

    def words(self, name: str) -> frozenset[str]:
        """The phrases of one word."""
        return frozenset(phrase[0] for phrase in self.phrases[name] if len(phrase) == 1)

    def has(self, name: str, said: Words) -> bool:
        """Whether a phrase of that name stands somewhere in the words."""
        return any(_within(phrase, said) for phrase in self.phrases[name])


class Phrasebook:
    def __init__(self, files: Mapping[str, _File]) -> None:
        self._says = {language: file.says for language, file in files.items()}
        self._hears = {
            language: _heard(files.values(), file.hears) for language, file in files.items()
        }

    def says(self, language: str | None) -> Says:
        return self._says.get(language or _DEFAULT) or self._says[_DEFAULT]

    def hears(self, language: str | None) -> Hears:
        return self._hears.get(language or _DEFAULT) or self._hears[_DEFAULT]


@cache
def shipped() -> Phrasebook:
    """Every shipped language; reads its data files."""
    return Phrasebook({language: _load(language) for language in LANGUAGES})


def folded(text: str) -> Words:
    """The words of a text as phrases are compared."""
    return tuple(word for clause in clauses(text) for word in clause)


def _load(language: str) -> _File:
    raw = (_DATA / f"{language}.yaml").read_text(encoding="utf-8")
    return _File.model_validate(yaml.safe_load(raw))


def _heard(files: Iterable[_File], own: HearsFile) -> Hears:
    lists = [file.hears.model_dump(exclude={"never_negates"}) for file in files]
    phrases = {
        name: frozenset(folded(phrase) for one in lists for phrase in one[name])
        for name in lists[0]
    }
    phrases["no"] -= {(word,) for word in own.never_negates}
    known = frozenset(word for each in phrases.values() for phrase in each for word in phrase)
    denying = frozenset(phrase[0] for phrase in phrases["negations"] if len(phrase) == 1)
    return Hears(
        phrases=phrases,
        negations=denying - set(own.never_negates),
        asks=frozenset(map(folded, own.asks)),
        known=known,
        spelling=Spelling(known, known),
    )


def _within(phrase: Words, said: Words) -> bool:
    width = len(phrase)
    return any(said[at : at + width] == phrase for at in range(len(said) - width + 1))
