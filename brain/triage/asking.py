"""How customers ask in one language: what opens, joins and continues a question, and what their
matters are; the words and patterns of a data file, compiled. It reads no message itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from brain.triage.words import fold

_DATA = Path(__file__).with_name("data") / "asking"


class AskingFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    unmarked: bool = False
    conditional: tuple[str, ...]
    opens: tuple[str, ...]
    joins: tuple[str, ...]
    adds: tuple[str, ...]
    asks: tuple[str, ...]
    lead_in: tuple[str, ...]
    leads: tuple[str, ...]
    points: tuple[str, ...]
    bare: tuple[str, ...]
    files: tuple[str, ...]
    other: tuple[str, ...]
    first: tuple[str, ...]
    second: tuple[str, ...]
    both: tuple[str, ...]
    neither: tuple[str, ...]
    denies: tuple[str, ...]
    greets: tuple[str, ...]
    praises: tuple[str, ...]
    laughs: tuple[str, ...]
    abilities: tuple[str, ...]
    matters: tuple[str, ...]
    us: tuple[str, ...]
    world: tuple[str, ...]
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """Patterns are searched in text that ``level`` made. ``opens`` and ``lead_in`` match at a
    question's start, ``joined`` where a second one begins, ``adds`` among what joins them says
    that it is a matter of its own; ``greets``, ``praises``, ``laughs``, ``abilities`` and
    ``bare`` match a whole message, and so does ``denies``, a mere no. ``files`` are the words for
    what comes with a message. ``matters`` are what
    customers write to a business about, ``matter_words`` those that are single words, ``us`` how
    they speak of it, ``world`` what no business is asked, ``tasks`` what one asks of a machine
    that writes. ``unmarked`` says that a statement's order asks as well, if it does not begin
    with ``conditional``."""

    language: str
    unmarked: bool
    conditional: re.Pattern[str]
    opens: re.Pattern[str]
    joined: re.Pattern[str]
    adds: re.Pattern[str]
    asks: re.Pattern[str]
    lead_in: re.Pattern[str]
    leads: re.Pattern[str]
    points: re.Pattern[str]
    bare: re.Pattern[str]
    files: re.Pattern[str]
    other: re.Pattern[str]
    first: re.Pattern[str]
    second: re.Pattern[str]
    both: re.Pattern[str]
    neither: re.Pattern[str]
    denies: re.Pattern[str]
    greets: re.Pattern[str]
    praises: re.Pattern[str]
    laughs: re.Pattern[str]
    abilities: re.Pattern[str]
    matters: re.Pattern[str]
    matter_words: frozenset[str]
    world_words: frozenset[str]
    us: re.Pattern[str]
    world: re.Pattern[str]
    tasks: re.Pattern[str]


def level(text: str) -> str:
    """Without case and accents, every character in its place."""
    if text.isascii():
        return text.lower()
    return "".join((fold(char) or " ")[0] for char in text).replace("’", "'")


@cache
def load(language: str) -> Asking:
    raw = (_DATA / f"{language}.yaml").read_text(encoding="utf-8")
    return compile_file(language, AskingFile.model_validate(yaml.safe_load(raw)))


def compile_file(language: str, file: AskingFile) -> Asking:
    opens, joins = _any_of(file.opens), _any_of(file.joins)
    return Asking(
        language=language,
        unmarked=file.unmarked,
        conditional=re.compile(rf"[\W_]*{_any_of(file.conditional)}\b"),
        opens=re.compile(rf"{opens}\b"),
        joined=re.compile(
            rf"\s*[,;]?\s+(?:{joins})\s+(?=(?:{opens})\b)|\s*[,;]\s*(?=(?:{opens})\b)"
        ),
        adds=_words(file.adds),
        asks=_words(file.asks),
        lead_in=re.compile(rf"[\W_]*(?:{_any_of(file.lead_in)})\b[\s,.:;!–-]*"),
        leads=re.compile(rf"[\W_]*(?:{_any_of(file.leads)})\b"),
        points=_words(file.points),
        bare=_whole(file.bare),
        files=_words(file.files),
        other=_words(file.other),
        first=_words(file.first),
        second=_words(file.second),
        both=_words(file.both),
        neither=_words(file.neither),
        denies=re.compile(_any_of(file.denies)),
        greets=_whole(file.greets),
        praises=_whole(file.praises),
        laughs=_whole(file.laughs),
        abilities=_whole(file.abilities),
        matters=_starts(file.matters),
        matter_words=_single(file.matters),
        world_words=_single(file.world),
        us=_starts(file.us),
        world=_starts(file.world),
        tasks=re.compile(rf"\b{_any_of(file.tasks)}"),
    )


def _single(words: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(word) for word in words if " " not in word)


def _any_of(patterns: Iterable[str]) -> str:
    longest_first = sorted(set(patterns), key=lambda pattern: (-len(pattern), pattern))
    return f"(?:{'|'.join(longest_first)})"


def _words(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b{_any_of(patterns)}(?!\w)")


def _whole(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"[\W_]*{_any_of(patterns)}[\W_]*")


def _starts(words: Iterable[str]) -> re.Pattern[str]:
    """A short word must be whole: "pay" is no payload, "order" begins "ordered"."""
    bounded = (fold(word) + ("" if len(word) > _SHORT else r"(?:s|e|n|en|es)?\b") for word in words)
    return re.compile(rf"\b{_any_of(bounded)}")


_SHORT = 3
