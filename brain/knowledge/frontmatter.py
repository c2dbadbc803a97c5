"""Owns the front matter of a Markdown file: splits it off and reads its known keys strictly. Never
guesses a wrong value, for an audience misread could show an internal article to a customer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeGuard, cast, get_args
from urllib.parse import urlsplit

import yaml

from brain.contract import Audience
from brain.knowledge.documents import Unreadable

_LIMIT = 16 * 1024
_FENCE = re.compile(r"---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")


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


def split(text: str) -> tuple[FrontMatter, str]:
    """The front matter and the body after it.

    Raises:
        Unreadable: front matter that is no YAML mapping, too large, or has a wrong value.
    """
    match = _FENCE.match(text)
    if match is None:
        return FrontMatter(), text
    return _read(match.group(1) or ""), text[match.end() :]


def _read(source: str) -> FrontMatter:
    data = _mapping(source)
    return FrontMatter(
        title=_text(data, "title"),
        url=_url(data),
        audience=_audience(data),
        language=_language(data),
        owner=_text(data, "owner"),
        review_by=_date(data, "review_by"),
        draft=_flag(data, "draft"),
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


def _text(data: dict[str, object], key: str) -> str | None:
    value = data.get(key)
    if value is None:
        return None
    if isinstance(value, str | int | float):
        return " ".join(str(value).split()) or None
    raise Unreadable(f"its front matter has a {key} that is no text; write one line of text")


def _url(data: dict[str, object]) -> str | None:
    url = _text(data, "url")
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Unreadable(f"its front matter has the url {url!r}, which is no address") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Unreadable(f"its front matter has the url {url!r}; it must start with https://")
    return url


def _is_audience(value: object) -> TypeGuard[Audience]:
    return value in get_args(Audience)


def _audience(data: dict[str, object]) -> Audience:
    value = data.get("audience", "public")
    if _is_audience(value):
        return value
    known = ", ".join(get_args(Audience))
    raise Unreadable(f"its front matter has the audience {value!r}; it must be one of {known}")


def _language(data: dict[str, object]) -> str | None:
    # YAML reads a bare `no` as false, which is how Norwegian is written.
    value = "no" if data.get("language") is False else data.get("language")
    if value is None:
        return None
    if isinstance(value, str) and _LANGUAGE.fullmatch(value):
        return value
    raise Unreadable(f"its front matter has the language {value!r}; write a code such as en or de")


def _date(data: dict[str, object], key: str) -> date | None:
    value = data.get(key)
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise Unreadable(f"its front matter has a {key} that is no date; write 2030-12-31") from (
            error
        )


def _flag(data: dict[str, object], key: str) -> bool:
    value = data.get(key, False)
    if isinstance(value, bool):
        return value
    raise Unreadable(f"its front matter has a {key} that is neither true nor false")
