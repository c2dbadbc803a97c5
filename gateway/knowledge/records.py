"""The values and refusals of the knowledge's rows; nothing here touches a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from brain.contract import Audience, FetchRefused
from gateway.egress.urls import web_address
from gateway.errors import FrontdeskError
from gateway.knowledge.versions import SourceText

SourceKind: TypeAlias = Literal["path", "upload", "url", "sitemap", "conversations"]
AddressKind: TypeAlias = Literal["url", "sitemap"]
SourceState: TypeAlias = Literal["waiting", "reading", "ready", "failed"]
ArticleState: TypeAlias = Literal["all", "draft", "review", "conflict", "source"]

# What documents.origin holds for drafts made of resolved conversations.
CONVERSATIONS = "conversations"
ADDRESS_LIMIT = 1000
NAME_LIMIT = 200


# From everybody to staff alone.
_NARROWER: Sequence[Audience] = ("public", "customers", "internal")


class NotPossible(FrontdeskError):
    """What was asked for cannot be done with this source or article; the text says why."""


class BadListCursor(FrontdeskError):
    """The cursor is not one of this list; begin again without it."""


@dataclass(frozen=True, slots=True)
class About:
    """What is said about a source as a whole: ``audience`` is the least that its articles have,
    ``language`` and ``owner`` are of those that do not say theirs, ``demo`` keeps them on demo
    channels."""

    audience: Audience = "public"
    language: str | None = None
    owner: str | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """What of a source was left out, in words for the person who added it."""

    place: str
    message: str


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source as it stands. ``total`` is None while it is not known how much there is to read;
    ``error`` says why the whole of it could not be read (what was read before still answers),
    ``problems`` what of it was left out. Times are seconds since the epoch."""

    id: str
    kind: SourceKind
    origin: str
    place: str
    audience: Audience
    language: str | None
    owner: str | None
    demo: bool
    configured: bool
    refresh_hours: int
    state: SourceState
    done: int
    total: int | None
    error: str | None
    problems: tuple[SourceProblem, ...]
    due_at: float | None
    synced_at: float | None
    documents: int


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article in a list. ``place`` is its source as it was written; ``passage_count`` is 0 for a
    draft; ``review_by`` is an ISO date, and ``overdue`` says that it has passed. ``version`` is 0
    while nobody has edited it here, ``ours`` says that its source no longer changes it, ``edition``
    names its text as it is now."""

    id: str
    title: str
    format: str
    url: str | None
    audience: Audience
    language: str | None
    owner: str | None
    review_by: str | None
    overdue: bool
    demo: bool
    draft: bool
    guide: bool
    origin: str
    place: str
    added_at: float
    changed_at: float | None
    passage_count: int
    version: int
    ours: bool
    edition: str


@dataclass(frozen=True, slots=True)
class PassageView:
    id: str
    title_path: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Article(ArticleView):
    """An article whole: ``body`` is its Markdown as it was read or written, ``passages`` are what
    answers. ``source`` is what its source says, where its text is ours."""

    body: str
    marks: tuple[str, ...]
    passages: tuple[PassageView, ...]
    source: SourceText | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which articles: ``query`` is looked for in titles and ids; ``review`` are those whose review
    is due within 30 days or overdue, ``conflict`` those in a conflict that nobody dismissed,
    ``source`` those that were edited here and whose source says something else since."""

    query: str | None = None
    state: ArticleState = "all"
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class ArticlePage:
    items: Sequence[ArticleView]
    next: str | None


@dataclass(frozen=True, slots=True)
class ConflictSide:
    document: str
    title: str
    quote: str


@dataclass(frozen=True, slots=True)
class ConflictView:
    """Two passages that answer the same question differently; ``about`` says what differs."""

    id: str
    about: str
    left: ConflictSide
    right: ConflictSide
    found_at: float


@dataclass(frozen=True, slots=True)
class Review:
    """What a person should look at."""

    conflicts: tuple[ConflictView, ...]
    drafts: tuple[ArticleView, ...]
    overdue: tuple[ArticleView, ...]
    source: tuple[ArticleView, ...]


def narrower(one: Audience, other: Audience) -> Audience:
    """Of two audiences that both hold, the one that counts."""
    return one if _NARROWER.index(one) >= _NARROWER.index(other) else other


def is_storable(text: str) -> bool:
    """Whether a database takes the text at all: none does with NUL or half a surrogate pair."""
    return "\0" not in text and text.encode("utf-8", "replace").decode() == text


def address_of(url: str) -> str:
    """The address in its one normal form.

    Raises:
        NotPossible: it is no address of a web page.
    """
    try:
        address = web_address(url).url
    except FetchRefused as error:
        raise NotPossible(str(error)) from error
    if len(address) > ADDRESS_LIMIT:
        raise NotPossible(f"the address is longer than {ADDRESS_LIMIT} characters; use another")
    return address


def upload_name(name: str) -> str:
    """The name of an uploaded file, without any folder.

    Raises:
        NotPossible: nothing is left of it.
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(letter for letter in last if letter.isprintable()).strip()[-NAME_LIMIT:]
    if not kept.strip("."):
        raise NotPossible("the file has no name; give it one with its ending, as in faq.pdf")
    return kept
