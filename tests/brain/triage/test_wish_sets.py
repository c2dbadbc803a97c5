"""The wish for a person on a set of messages in each language, as written and with typing errors.
The floors leave room for a miss; what is written here is no copy of what customers wrote."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pytest

from brain.triage import wish
from brain.triage.vocabulary import LANGUAGES, Vocabulary, load

DATA = Path(__file__).parent / "data"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LONG = 5
every_language = pytest.mark.parametrize("language", LANGUAGES)


@cache
def vocabularies() -> tuple[Vocabulary, ...]:
    return tuple(load(language) for language in LANGUAGES)


def rows(language: str, section: str, book: str = "wish") -> list[str]:
    """Those of ``wishes``, or of ``mentions``: people or bots come up, and nobody is asked for.
    The book ``wording`` holds other voices: curt, formal, angry, dictated, mixed, long."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in (DATA / f"{book}_{language}.txt").read_text("utf-8").splitlines():
        if line.startswith("# "):
            current = found.setdefault(line[2:], [])
        else:
            current.append(line)
    return found[section]


def mistyped(text: str, chance: random.Random) -> str:
    """One edit within one of the longer words."""
    words = text.split(" ")
    long = [at for at, word in enumerate(words) if word.isalpha() and len(word) >= LONG]
    if not long:
        return text
    at = chance.choice(long)
    words[at] = edited(words[at], chance)
    return " ".join(words)


def edited(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    before, letter, after = word[:at], word[at], word[at + 1 :]
    return chance.choice(
        [
            before + after,
            before + letter + letter + after,
            before + after[0] + letter + after[1:],
            before + chance.choice(LETTERS) + after,
        ]
    )


def asks(text: str) -> bool:
    return wish.find(text, vocabularies()) is not None


@every_language
def test_wishes_are_found_in_any_wording(language: str) -> None:
    wanted = rows(language, "wishes")
    assert len(wanted) >= 60
    missed = [text for text in wanted if not asks(text)]
    assert len(missed) <= 0.02 * len(wanted), missed


@every_language
def test_wishes_are_found_in_any_voice(language: str) -> None:
    wanted = rows(language, "wishes", "wording")
    assert len(wanted) >= 120
    missed = [text for text in wanted if not asks(text)]
    assert len(missed) <= 0.03 * len(wanted), missed


@every_language
def test_what_only_resembles_a_wish_is_none(language: str) -> None:
    others = rows(language, "mentions", "wording")
    assert len(others) >= 110
    assert [text for text in others if asks(text)] == []


@every_language
def test_people_who_are_mentioned_are_not_wished_for(language: str) -> None:
    others = rows(language, "mentions")
    assert len(others) >= 60
    assert [text for text in others if asks(text)] == []


@every_language
def test_a_typing_error_hides_no_wish_and_makes_none(language: str) -> None:
    chance = random.Random(f"typing in {language}")
    wanted = [mistyped(text, chance) for text in rows(language, "wishes")]
    others = [mistyped(text, chance) for text in rows(language, "mentions")]
    missed = [text for text in wanted if not asks(text)]
    false = [text for text in others if asks(text)]
    assert len(missed) <= 0.05 * len(wanted), missed
    assert len(false) <= 0.02 * len(others), false


def test_a_word_of_another_language_makes_no_wish() -> None:
    assert not asks("can I transfer a conversation to another agent")
    assert asks("quiero hablar con un agent")
