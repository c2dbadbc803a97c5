"""The form in which a business words a text itself, taken apart. It judges nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

ANY = "*"


@dataclass(frozen=True, slots=True)
class Given:
    """One wording. ``language`` and ``channel`` are as written, ``ANY`` where none is named;
    ``text`` is whatever stands there."""

    key: str
    language: str
    channel: str
    text: object

    @property
    def path(self) -> tuple[str, ...]:
        if self.language == ANY:
            return (self.key,)
        named = (self.key, self.language)
        return named if self.channel == ANY else (*named, self.channel)


def given(overrides: Mapping[str, object]) -> Iterator[Given]:
    """Every wording in the order in which it was written."""
    for key, by_language in overrides.items():
        for language, by_channel in _level(by_language):
            for channel, text in _level(by_channel):
                yield Given(str(key), language, channel, text)


def _level(value: object) -> Iterator[tuple[str, object]]:
    if not isinstance(value, Mapping):
        yield ANY, value
        return
    for name, inner in cast("Mapping[object, object]", value).items():
        yield str(name), inner
