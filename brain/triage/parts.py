"""Cuts a message into the questions it asks, each askable alone. In doubt it does not cut, and no
word of the customer's is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from brain.triage.asking import Asking, level

Content = Callable[[str], frozenset[str]]

_SENTENCE_END = re.compile(
    r"[?\uff1f]+[\"'”»)]*\s*|[.!…]+[\"'”»)]*(?:\s+|$)|\s*\n+\s*|(?<=\S)\s+(?=¿)"
)
_ITEM = re.compile(r"(?<![^\s(])\(?(\d{1,2})[.)]\s+(?=\S)")
_BULLET = re.compile(r"^\s*(?:[-*•–]|[a-h]\))\s+", re.MULTILINE)
# A pasted document is no list of questions.
_LONGEST = 3000
_MOST_LEAD_INS = 6
_FRAGMENT = 2
_MATTER = 2
_SIGNS = " \t\n¿¡,.;:–-"


class Splitter:
    """Over one language's ways to ask; ``idle`` says that a piece is a mere courtesy."""

    def __init__(self, asking: Asking, content: Content, idle: Callable[[str], bool]) -> None:
        self._asking = asking
        self._content = content
        self._idle = idle

    @property
    def language(self) -> str:
        return self._asking.language

    def split(self, text: str) -> tuple[str, ...]:
        """The questions in their order; the whole text where it asks only one."""
        if len(text) > _LONGEST:
            return (text.strip(),)
        listed = self._listed(text)
        if listed:
            return listed
        pieces = [piece for sentence in _sentences(text) for piece in self._cut(sentence)]
        return tuple(self._gathered(pieces)) or (text.strip(),)

    def bare_question(self, text: str) -> str:
        """Without the words that lead up to it: "Hi, and also ..."."""
        start, flat = 0, level(text)
        for _ in range(_MOST_LEAD_INS):
            found = self._asking.lead_in.match(flat, start)
            if found is None or found.end() == start or not self._content(text[found.end() :]):
                break
            start = found.end()
        return text[start:].strip(_SIGNS)

    def asks(self, text: str) -> bool:
        if _is_question(text):
            return True
        flat = level(self.bare_question(text))
        return bool(self._asking.opens.match(flat) or self._asking.asks.search(flat))

    def _listed(self, text: str) -> tuple[str, ...]:
        for marks in (_numbered(text), list(_BULLET.finditer(text))):
            items = _between(text, marks)
            asking = [item for item in items if self.asks(item)]
            whole = all(self._content(item) for item in items)
            if len(items) > 1 and whole and 2 * len(asking) >= len(items):
                before = self._before(text[: marks[0].start()])
                return (*before, *items)
        return ()

    def _before(self, text: str) -> tuple[str, ...]:
        """What is asked before a list; "two questions:" asks nothing itself."""
        return self.split(text) if _is_question(text) and self._content(text) else ()

    def _cut(self, sentence: str) -> Iterator[str]:
        """One sentence at the places where a second question joins the first."""
        flat, start, mark = level(sentence), 0, "?" if _is_question(sentence) else ""
        for found in self._asking.joined.finditer(flat):
            left, right = sentence[start : found.start()], sentence[found.end() :]
            by_word = any(char.isalpha() for char in found[0])
            told = self._is_matter(left) and self._asking.adds.search(found[0]) is not None
            stands = told or self._stands(left, marked=bool(mark) and by_word)
            if stands and len(right.split()) > 1:
                # Whoever adds a question has asked one: "my lamp is dark, and also where ...".
                yield left.strip() + ("?" if told else mark)
                start = found.end()
        yield sentence[start:].strip()

    def _is_matter(self, left: str) -> bool:
        """Told, not asked, and still something that wants an answer of its own."""
        spoken = self._asking.conditional.match(level(left)) is None
        return spoken and len(self._content(left)) >= _MATTER

    def _stands(self, left: str, *, marked: bool) -> bool:
        """Askable alone: "how and when" and "I would like to know" are not."""
        flat = level(left)
        if not self._content(self._asking.asks.sub(" ", flat)):
            return False
        spoken = marked and self._asking.unmarked and not self._asking.conditional.match(flat)
        return spoken or self.asks(left)

    def _gathered(self, pieces: Sequence[str]) -> Iterator[str]:
        """Questions with what is told about them: before a question, and after the last."""
        told: list[str] = []
        asked: list[str] = []
        for piece in pieces:
            if self._idle(piece):
                continue
            if asked and self._is_rest(piece):
                asked[-1] = f"{asked[-1]} {piece}"
            elif self._is_question(piece, later=bool(asked)):
                beside = self._beside(piece)
                if beside and self._is_matter(" ".join(told)):
                    asked.append(" ".join(told))
                    asked.append(beside)
                else:
                    asked.append(" ".join([*told, piece]))
                told = []
            else:
                told.append(piece)
        if told and asked:
            asked[-1] = " ".join([asked[-1], *told])
        yield from asked

    def _beside(self, piece: str) -> str:
        """What "also, ..." asks beside what was told before it, not about it; else nothing."""
        found = self._asking.adds.search(level(piece))
        if found is None or any(map(str.isalnum, piece[: found.start()])):
            return ""
        return piece[found.end() :].strip(_SIGNS)

    def _is_question(self, piece: str, *, later: bool) -> bool:
        """A mere "how much?" asks something only after another question."""
        flat = level(self.bare_question(piece))
        opens = self._asking.opens.match(flat) is not None
        if self._asking.bare.fullmatch(flat):
            return later and opens
        return self.asks(piece) and (opens or bool(self._content(piece)))

    def _is_rest(self, piece: str) -> bool:
        """After a question, "2 days?" or "really?" asks nothing new."""
        flat = level(self.bare_question(piece))
        opens = self._asking.opens.match(flat) is not None
        return not opens and self.asks(piece) and len(self._content(piece)) <= _FRAGMENT


def _is_question(text: str) -> bool:
    return text.rstrip(" \"'”»)").endswith(("?", "\uff1f"))


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for found in _SENTENCE_END.finditer(text):
        sentence = text[start : found.end()].strip()
        if any(char.isalnum() for char in sentence):
            yield sentence
            start = found.end()
    if any(char.isalnum() for char in text[start:]):
        yield text[start:].strip()


def _numbered(text: str) -> list[re.Match[str]]:
    """Marks that count from one."""
    counted: list[re.Match[str]] = []
    for found in _ITEM.finditer(text):
        if int(found[1]) == len(counted) + 1:
            counted.append(found)
    return counted


def _between(text: str, marks: Sequence[re.Match[str]]) -> list[str]:
    bounds = [*marks, None]
    return [
        text[mark.end() : (after.start() if after else len(text))].strip()
        for mark, after in pairwise(bounds)
        if mark is not None
    ]
