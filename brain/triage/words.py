"""Text to comparable words: folded, cut into clauses and tokens. It knows no language."""

from __future__ import annotations

import re
import unicodedata

# A mail may be long; what a customer wants stands at its beginning or its end.
HEAD = 6000
TAIL = 3000
CLAUSE_WORDS = 60

_JOINED_APOSTROPHE = re.compile(r"['’‘`\u00b4](?=\w{1,2}\b)")
_CLAUSE_END = re.compile(r"[.,;:!?¿¡\n\r()\[\]\"“”„«»…/|]+|\s[-–—]+\s|[-–—]{2,}")
_NOT_WORD = re.compile(r"[\W_]+")
_SPACED_LETTERS = re.compile(r"\b(?:\w ){3,}\w\b")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")


def clip(text: str) -> str:
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n{text[-TAIL:]}"


def fold(text: str) -> str:
    """Without case, accents, width variants and stretched letters ("heeeelp")."""
    if text.isascii():
        return _STRETCHED.sub(r"\1", text.lower())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _STRETCHED.sub(r"\1", bare.casefold())


def clauses(text: str) -> tuple[tuple[str, ...], ...]:
    """The words of each clause; an over-long one is cut, so that matching stays cheap."""
    found: list[tuple[str, ...]] = []
    # Folding may lengthen: there are single characters that stand for whole phrases.
    folded = clip(fold(clip(text)))
    for part in _CLAUSE_END.split(_JOINED_APOSTROPHE.sub("", folded)):
        spaced = _NOT_WORD.sub(" ", part).strip()
        joined = _SPACED_LETTERS.sub(lambda match: match[0].replace(" ", ""), spaced)
        words = joined.split()
        found.extend(
            tuple(words[start : start + CLAUSE_WORDS])
            for start in range(0, len(words), CLAUSE_WORDS)
        )
    return tuple(found)


def has_letters(text: str) -> bool:
    return any(char.isalpha() for char in text)


def has_digits(text: str) -> bool:
    return any(char.isdigit() for char in text)
