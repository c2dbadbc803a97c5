"""Owns what a question's words say about how to look for them: its terms, the exact identifiers and
names among them, and which known word a misspelt one stands for. Pure; touches no index."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

# Beyond these a question is a pasted document; its start says what is asked.
QUERY_LIMIT = 2000
TERMS_LIMIT = 48
_IDENTIFIERS_LIMIT = 8
_NAME_WORDS = 4
_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r"[\"“”«»„]([^\"“”«»„]{2,80})[\"“”«»„]|`([^`]{2,80})`")
_CODE = re.compile(r"[^\W_]+(?:[-_./#:][^\W_]+)*")
_CLAUSE = re.compile(r"[.!?;:()\n]+")
_SHORT = 4


def folded(text: str) -> str:
    """Lower case without accents, as the lexical index folds its words."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def words(text: str) -> list[str]:
    """All words of a text, folded, in its order."""
    return _WORD.findall(folded(text))


def terms(text: str) -> tuple[str, ...]:
    """The different words of a question, in its order."""
    return tuple(dict.fromkeys(words(text[:QUERY_LIMIT])))[:TERMS_LIMIT]


def identifiers(text: str) -> tuple[str, ...]:
    """What must be found as written: quoted phrases, codes with digits, words in capitals."""
    text = text[:QUERY_LIMIT]
    quoted = [a or b for a, b in _QUOTED.findall(text)]
    codes = _CODE.findall(text)
    # In a text all in capitals these say nothing.
    shouted = not any(c.islower() for c in text)
    found = [code for code in codes if _is_code(code) or (_is_capitals(code) and not shouted)]
    return tuple(dict.fromkeys([*quoted, *found]))[:_IDENTIFIERS_LIMIT]


def names(text: str) -> tuple[str, ...]:
    """What may be the name of a product, to be found in titles only: ordinary words that end in a
    number ("trail lamp 200") or that all begin with a capital ("Cascade Pro")."""
    found: list[str] = []
    shouted = not any(c.islower() for c in text)
    for clause in _CLAUSE.split(text[:QUERY_LIMIT]):
        tokens = _WORD.findall(clause)
        for end, token in enumerate(tokens):
            if token.isdigit() and end:
                found.extend(_ending(tokens, end))
            elif _begins_large(token) and not shouted:
                found.extend(_capitals(tokens, end))
    # The longest says most; of "trail lamp 200" the shorter "lamp 200" adds nothing to it.
    found.sort(key=lambda name: -len(name.split()))
    return tuple(dict.fromkeys(found))[:_IDENTIFIERS_LIMIT]


def _ending(tokens: Sequence[str], end: int) -> Iterator[str]:
    """The phrases of two words or more that end here."""
    start = end
    while start > max(0, end - _NAME_WORDS + 1) and _may_name(tokens[start - 1]):
        start -= 1
        yield " ".join(tokens[start : end + 1])


def _capitals(tokens: Sequence[str], end: int) -> Iterator[str]:
    start = end
    while start > max(0, end - _NAME_WORDS + 1) and _begins_large(tokens[start - 1]):
        start -= 1
        yield " ".join(tokens[start : end + 1])


def _may_name(word: str) -> bool:
    # "lamp 200" names something; "in 3" and "the 2" do not.
    return not word.isdigit() and (len(word) >= _SHORT or _begins_large(word))


def _begins_large(word: str) -> bool:
    return len(word) > 1 and word[0].isupper()


def _is_code(word: str) -> bool:
    digits = sum(c.isdigit() for c in word)
    # "2" or "30" count things; "2fa", "4031" and "E-12" name them.
    return digits > 0 and (digits < sum(c.isalnum() for c in word) or digits >= _SHORT)


def _is_capitals(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def trigrams(word: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word[i : i + 3] for i in range(len(word) - 2)))


def may_be_misspelt(word: str) -> bool:
    return len(word) >= _SHORT and not any(c.isdigit() for c in word)


def nearest(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to two of the known words that ``word`` may be a misspelling of."""
    allowed = 1 if len(word) < 2 * _SHORT else 2
    distances = {other: distance(word, other, allowed) for other in known}
    near = [other for other in distances if distances[other] <= allowed]
    return tuple(sorted(near, key=lambda other: (distances[other], other))[:2])


def distance(a: str, b: str, limit: int) -> int:
    """Letters changed, added, dropped or swapped with a neighbour; ``limit + 1`` if more."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before, last = [0] * (len(b) + 1), list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return min(last[-1], limit + 1)
