"""Owns the front matter of a Markdown file: splits it off and reads its known keys strictly. Never
guesses a wrong value, for an audience misread could show an internal article to a customer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeGuard, cast, get_args
from urllib.parse import urlsplit

import yaml

from brain.contract import Audience, Mark
from brain.knowledge.documents import Unreadable

_LIMIT = 16 * 1024
_FENCE = re.compile(r"---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
MARKS: tuple[Mark, ...] = get_args(Mark)
_LANGUAGE = re.compile(r"(?=.{2,8}$)[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The keys that mean something here; others are allowed and ignored."""

    title: str | None = None
    url: str | None = None
    audience: Audience = "public"
    language: str | None = None
    owner: str | None = None
    review_by: date | None = None
    draft: bool = False
    guide: bool = False
    marks: frozenset[Mark] = frozenset()


def split(text: str) -> tuple[FrontMatter, str]:
    """The front matter and the body after it.

    Raises:
        Unreadable: front matter that is no YAML mapping, too large, or has a wrong value.
    """
    match = _FENCE.match(text)
    if match is None:
        return FrontMatter(), text
    return of(_mapping(match.group(1) or ""), "its front matter"), text[match.end() :]


def of(data: Mapping[str, object], place: str) -> FrontMatter:
    """The known keys of ``data``; ``place`` is what a message calls it.

    Raises:
        Unreadable: a key has a wrong value.
    """
    keys = _Keys(data, place)
    return FrontMatter(
        title=keys.text("title"),
        url=keys.url(),
        audience=keys.audience(),
        language=keys.language(),
        owner=keys.text("owner"),
        review_by=keys.date("review_by"),
        draft=keys.flag("draft"),
        guide=keys.flag("guide"),
        marks=frozenset(mark for mark in MARKS if keys.flag(mark)),
    )


def _mapping(source: str) -> dict[str, object]:
    if len(source) > _LIMIT:
        raise Unreadable(f"its front matter is longer than {_LIMIT // 1024} KiB; shorten it")
    try:
        loaded: object = yaml.safe_load(source)
    except RecursionError as error:
        raise Unreadable("its front matter is nested too deeply; flatten it") from error
    except (yaml.YAMLError, ValueError) as error:
        # ValueError: a date that no calendar has.
        reason = " ".join(str(error).split())
        raise Unreadable(f"its front matter is not YAML ({reason}); mend or remove it") from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise Unreadable("its front matter is no list of 'key: value' lines; mend or remove it")
    return {str(key): value for key, value in cast("dict[object, object]", loaded).items()}


@dataclass(frozen=True, slots=True)
class _Keys:
    data: Mapping[str, object]
    place: str

    def text(self, key: str) -> str | None:
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, str | int | float):
            raise Unreadable(f"{self.place} has a {key} that is no text; write one line of text")
        text = " ".join(str(value).split())
        if not text.isprintable():
            # Among these are some that no database takes.
            raise Unreadable(f"{self.place} has a {key} with control characters; write plain text")
        return text or None

    def url(self) -> str | None:
        url = self.text("url")
        if url is None:
            return None
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise Unreadable(f"{self.place} has the url {url!r}, which is no address") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Unreadable(f"{self.place} has the url {url!r}; it must start with https://")
        return url

    def audience(self) -> Audience:
        value = self.data.get("audience", "public")
        if _is_audience(value):
            return value
        known = ", ".join(get_args(Audience))
        raise Unreadable(f"{self.place} has the audience {value!r}; it must be one of {known}")

    def language(self) -> str | None:
        # YAML reads a bare `no` as false, which is how Norwegian is written.
        said = self.data.get("language")
        value = "no" if said is False else said
        if value is None:
            return None
        if isinstance(value, str) and _LANGUAGE.fullmatch(value):
            return value
        raise Unreadable(f"{self.place} has the language {value!r}; write a code such as en or de")

    def date(self, key: str) -> date | None:
        value = self.data.get(key)
        if isinstance(value, datetime):
            return value.date()
        if value is None or isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError as error:
            raise Unreadable(f"{self.place} has a {key} that is no date; write 2030-12-31") from (
                error
            )

    def flag(self, key: str) -> bool:
        value = self.data.get(key, False)
        if isinstance(value, bool):
            return value
        raise Unreadable(f"{self.place} has a {key} that is neither true nor false")


def _is_audience(value: object) -> TypeGuard[Audience]:
    return value in get_args(Audience)
