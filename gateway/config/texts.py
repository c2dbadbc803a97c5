"""The form in which a business words texts itself: which level may hold what, and how much. It
knows no text, no language and no channel, and never judges a wording."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, cast

from gateway.errors import ConfigurationError, KeyPath, Problem

Overrides: TypeAlias = Mapping[str, str | Mapping[str, str | Mapping[str, str]]]
"""By the text's name: one wording, or one for each language, or in a language one for each
channel."""

ENTRIES_LIMIT = 100
NAME_LIMIT = 64
LENGTH_LIMIT = 2000
_LEVELS = ("text", "language", "channel")


def parse_texts(value: object) -> Overrides:
    """A copy that nothing else holds.

    Raises:
        ConfigurationError: with every problem, its path beginning below ``texts``.
    """
    problems: list[Problem] = []
    if not isinstance(value, Mapping):
        raise ConfigurationError([Problem("must be a mapping (key: value)")])
    texts = _mapping(cast("object", value), (), problems)
    if problems:
        raise ConfigurationError(problems)
    return cast("Overrides", texts)


def _mapping(value: object, path: KeyPath, problems: list[Problem]) -> dict[str, object]:
    entries = cast("Mapping[object, object]", value)
    if len(entries) > ENTRIES_LIMIT:
        message = f"has more than {ENTRIES_LIMIT} entries"
        problems.append(Problem(message, path, "remove those that are never said"))
        return {}
    copy: dict[str, object] = {}
    for name, inner in entries.items():
        place = (*path, str(name)[:NAME_LIMIT])
        if not isinstance(name, str) or len(name) > NAME_LIMIT:
            what = f"cannot be the name of a {_LEVELS[len(path)]}"
            problems.append(Problem(what, place, f"names have at most {NAME_LIMIT} characters"))
        else:
            copy[name] = _entry(inner, place, problems)
    return copy


def _entry(value: object, path: KeyPath, problems: list[Problem]) -> object:
    if isinstance(value, str):
        if len(value) > LENGTH_LIMIT:
            problems.append(Problem(f"is longer than {LENGTH_LIMIT} characters", path, "say less"))
        return value
    deeper = _LEVELS[len(path)] if len(path) < len(_LEVELS) else ""
    if deeper and isinstance(value, Mapping):
        return _mapping(cast("object", value), path, problems)
    message = f"must be text, or a mapping ({deeper}: text)" if deeper else "must be text"
    mend = "put it in quotes" if isinstance(value, (bool, int, float)) else ""
    problems.append(Problem(message, path, mend))
    return ""
