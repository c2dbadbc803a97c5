"""How customers say things in one language: the words and patterns of a data file, compiled. What
a finding means is decided elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from brain.triage.spelling import Spelling
from brain.triage.words import fold

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")
_DATA = Path(__file__).with_name("data")
_SLOT = re.compile(r"\{([a-z_]+)(\d*)\}")
_WORD = re.compile(r"(?<![\\a-z])[a-z]{3,}")
_MOST_FILLERS = 8
_MOST_WORDS = 10
# A word this long says enough to be recognised with an error within a phrase of a class, ...
_TELLING = 5
# ... and one this long where only a pattern has it: shorter ones resemble too many others.
_PLAIN = 7
# Words whose misspelling would hide what the customer wants.
_CORRECTED = (
    "strong",
    "weak",
    "contact",
    "ring",
    "want",
    "not",
    "forward",
    "bot",
    "handoff",
    "thanks",
    "real",
    "joining",
    "serve",
    "passive",
    "chief",
    "named",
)


class VocabularyFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    function_words: tuple[str, ...]
    rewrites: dict[str, str]
    not_typos: tuple[str, ...]
    classes: dict[str, tuple[str, ...]]
    wish: tuple[str, ...]
    cancel: tuple[str, ...]
    bot_question: tuple[str, ...]
    not_helpful: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Patterns match a clause of corrected words with one space between them; ``whole`` and the
    like match a whole message."""

    language: str
    function_words: frozenset[str]
    rewrites: Mapping[str, str]
    spelling: Spelling
    wish: tuple[re.Pattern[str], ...]
    cancel: tuple[re.Pattern[str], ...]
    bot_question: tuple[re.Pattern[str], ...]
    not_helpful: tuple[re.Pattern[str], ...]
    whole: re.Pattern[str]
    whole_strong: re.Pattern[str]
    greeting: re.Pattern[str]
    thanks: re.Pattern[str]

    def clause(self, words: Iterable[str]) -> str:
        corrected = (self.rewrites.get(word) or self.spelling.correct(word) for word in words)
        return " ".join(corrected)


# What is shipped does not change; reading it takes a fifth of a second a language.
@cache
def load(language: str) -> Vocabulary:
    raw = (_DATA / f"{language}.yaml").read_text(encoding="utf-8")
    return compile_file(language, VocabularyFile.model_validate(yaml.safe_load(raw)))


def compile_file(language: str, file: VocabularyFile) -> Vocabulary:
    classes = _classes(file)
    patterns = partial(_patterns, classes)
    known = {word for words in classes.values() for phrase in words for word in phrase.split()}
    function_words = frozenset(map(fold, file.function_words))
    return Vocabulary(
        language=language,
        function_words=function_words,
        rewrites={fold(word): fold(full) for word, full in file.rewrites.items()},
        spelling=Spelling(
            {
                *_targets(classes),
                *(w for w in _literals((*file.wish, *file.cancel)) if len(w) >= _PLAIN),
            },
            known | function_words | {fold(word) for word in file.not_typos} | _spelt_out(file),
        ),
        wish=patterns(file.wish),
        cancel=patterns(file.cancel),
        bot_question=patterns(file.bot_question),
        not_helpful=patterns(file.not_helpful),
        whole=_whole(classes, ("strong", "handoff"), ("filler",)),
        whole_strong=_whole(classes, ("strong",), ("filler",)),
        greeting=_whole(classes, ("greeting", "opener"), ("greeting_filler",)),
        thanks=_whole(classes, ("thanks",), ("thanks_filler",)),
    )


def _classes(file: VocabularyFile) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(fold(word) for word in _expanded(file.classes, words))
        for name, words in file.classes.items()
    }


def _expanded(classes: Mapping[str, tuple[str, ...]], words: Iterable[str]) -> Iterable[str]:
    for word in words:
        yield from classes[word[1:]] if word.startswith("@") else (word,)


def _targets(classes: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    """Single words, and the telling ones of phrases."""
    for phrase in (phrase for name in _CORRECTED for phrase in classes.get(name, ())):
        words = phrase.split()
        yield from words if len(words) == 1 else (w for w in words if len(w) >= _TELLING)


def _spelt_out(file: VocabularyFile) -> set[str]:
    """What patterns have as it is must reach them as it is."""
    every = (file.wish, file.cancel, file.bot_question, file.not_helpful)
    return {word for sources in every for word in _literals(sources)}


def _literals(sources: Iterable[str]) -> set[str]:
    """The words that stand in patterns; the rests of words with a varying end do no harm."""
    return {word for source in sources for word in _WORD.findall(_SLOT.sub(" ", source))}


def _any_of(phrases: Iterable[str]) -> str:
    longest_first = sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase))
    return "(?:" + "|".join(re.escape(phrase) for phrase in longest_first) + ")"


def _patterns(
    classes: Mapping[str, tuple[str, ...]], sources: Iterable[str]
) -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(rf"(?<!\S)(?:{_SLOT.sub(partial(_slot, classes), source)})(?!\S)")
        for source in sources
    )


def _slot(classes: Mapping[str, tuple[str, ...]], match: re.Match[str]) -> str:
    name, width = match[1], match[2]
    if name == "gap":
        barrier = _any_of(classes["barrier"])
        return rf"(?:(?!{barrier}(?!\S))\S+ ){{0,{width}}}"
    if name == "way":
        astray = _any_of(classes["astray"])
        return rf"(?:(?!{astray}(?!\S))\S+ ){{0,{width}}}"
    if name == "fill":
        return rf"(?:{_any_of(classes['filler'])} ){{0,{_MOST_FILLERS}}}"
    return _any_of(classes[name])


def _whole(
    classes: Mapping[str, tuple[str, ...]], wanted: tuple[str, ...], around: tuple[str, ...]
) -> re.Pattern[str]:
    core = _any_of(word for name in wanted for word in classes[name])
    rest = _any_of(word for name in wanted + around for word in classes[name])
    most = _MOST_WORDS
    return re.compile(rf"^(?:{rest} ){{0,{most}}}?{core}(?: {rest}){{0,{most}}}$")
