"""Looks articles over for what their owners should mend: out of date, told twice, empty, untitled,
a guide that leads nowhere. Pure; whether articles contradict each other is looked for elsewhere."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias

from brain.contract import Passage
from brain.guides.reading import is_guide, problems, read
from brain.knowledge.documents import Document, Unreadable
from brain.knowledge.markdown import Heading, elements
from brain.triage.words import fold

Code: TypeAlias = Literal[
    "overdue", "due_soon", "duplicate", "draft", "empty", "short", "untitled", "guide", "long"
]
DUE_SOON = timedelta(days=30)
SHORT_WORDS = 15
LONG_WORDS = 500
_SHINGLE = 4
_LEAST_SHINGLES = 12
_SAME = 0.8
# A run of words that stands in so many passages is a standing phrase.
_COMMON = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """``message`` says what is wrong with the article, and what to do where that is not plain."""

    document: str
    title: str
    code: Code
    message: str


def review(
    articles: Sequence[Document], passages: Sequence[Passage], today: date
) -> tuple[Finding, ...]:
    """What is to be mended, by article and in the order of the codes' list; drafts have no
    passages."""
    found = [finding for article in articles for finding in _of(article, today)]
    found += _duplicates(passages)
    order = {code: place for place, code in enumerate(Code.__args__)}
    return tuple(sorted(found, key=lambda f: (f.document, order[f.code], f.message)))


def _of(article: Document, today: date) -> Iterator[Finding]:
    for code, message in (
        *_dates(article, today),
        *_shape(article),
        *_guide(article),
        *_sections(article),
    ):
        yield Finding(article.id, article.title, code, message)


def _dates(article: Document, today: date) -> Iterator[tuple[Code, str]]:
    if article.review_by is not None and article.review_by < today:
        yield "overdue", f"was to be reviewed by {article.review_by}; check it and set a new date"
    elif article.review_by is not None and article.review_by <= today + DUE_SOON:
        yield "due_soon", f"is to be reviewed by {article.review_by}"
    if article.draft:
        yield "draft", "is a draft, so it answers nobody; publish or remove it"


def _shape(article: Document) -> Iterator[tuple[Code, str]]:
    words = sum(not line.lstrip().startswith("#") and len(line.split()) for line in _lines(article))
    if not words:
        yield "empty", "has no text"
    elif words < SHORT_WORDS:
        yield "short", f"has only {words} words; say more, or join it with another article"
    if not article.title.strip() or _bare(article.title) == _bare(article.id) != _heading(article):
        yield "untitled", "has no title but its file's name; give it one that customers would use"


def _guide(article: Document) -> Iterator[tuple[Code, str]]:
    if not (article.guide or is_guide(article.body)):
        return
    if read(article.id, article.title, article.url, article.body) is None:
        yield "guide", "is marked as a guide but has no numbered steps"
    for problem in problems(article.body):
        yield "guide", problem


def _sections(article: Document) -> Iterator[tuple[Code, str]]:
    try:
        parts = elements(article.body)
    except Unreadable:
        # Such an article has no passages; whoever added it was told so.
        return
    sections: list[tuple[str, int]] = [(article.title, 0)]
    for part in parts:
        name, words = sections[-1]
        if isinstance(part, Heading):
            sections.append((part.text, 0))
        else:
            sections[-1] = name, words + part.words
    for name, words in sections:
        if words > LONG_WORDS:
            yield "long", f"has {words} words under “{name}”; part them by headings that say more"


def _lines(article: Document) -> list[str]:
    return article.body.splitlines()


def _heading(article: Document) -> str:
    """The first heading, as titles are compared."""
    first = next((line for line in _lines(article) if line.lstrip().startswith("#")), "")
    return _bare(first)


def _bare(text: str) -> str:
    return "".join(char for char in fold(text) if char.isalnum())


# --- Told twice ------------------------------------------------------------------------------


def _duplicates(passages: Sequence[Passage]) -> Iterator[Finding]:
    """One finding for two articles, in the one with the smaller id."""
    shingles = [_shingles(passage.text) for passage in passages]
    told: dict[tuple[str, str], Passage] = {}
    for one, two in _near(shingles):
        left, right = sorted((passages[one], passages[two]), key=lambda p: (p.document, p.id))
        alike = len(shingles[one] & shingles[two]) / len(shingles[one] | shingles[two])
        if left.document != right.document and alike >= _SAME:
            told.setdefault((left.document, right.document), left)
    for (document, other), passage in told.items():
        section = " > ".join(passage.title_path) or passage.title
        message = f"“{section}” is told almost word for word in {other!r} too; keep it in one"
        yield Finding(document, passage.title, "duplicate", message)


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = fold(text).split()
    return frozenset(zip(*(words[n:] for n in range(_SHINGLE)), strict=False))


def _near(shingles: Sequence[frozenset[tuple[str, ...]]]) -> Iterable[tuple[int, int]]:
    """Pairs that share enough runs of words to be worth comparing."""
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, runs in enumerate(shingles):
        if len(runs) >= _LEAST_SHINGLES:
            for run in runs:
                holders[run].append(at)
    shared = Counter[tuple[int, int]]()
    for ats in holders.values():
        if 1 < len(ats) <= _COMMON:
            shared.update((a, b) for n, a in enumerate(ats) for b in ats[n + 1 :])
    return [pair for pair, count in sorted(shared.items()) if count >= _LEAST_SHINGLES // 2]
