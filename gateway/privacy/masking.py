"""What nobody should read by chance, masked: before a model, a log line and the desk. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import cast

from gateway.privacy.accounts import ibans
from gateway.privacy.cards import cards
from gateway.privacy.credentials import secrets
from gateway.privacy.found import Found, Kind, replaced
from gateway.privacy.national import ids
from gateway.privacy.neighbours import more_ids
from gateway.privacy.reachable import emails, phones

USUAL: frozenset[Kind] = frozenset({"cards", "ibans", "ids", "secrets"})
# What a mask looks like once it stands in a text.
MASKED = re.compile(r"\[(?:card|iban|id|secret|email|phone)(?: …[A-Z0-9]{4})?\]")
_LOOKS: Mapping[Kind, Callable[[str], Iterator[Found]]] = {
    "cards": cards,
    "ibans": ibans,
    "ids": lambda text: chain(ids(text), more_ids(text)),
    "secrets": secrets,
    "emails": emails,
    "phones": phones,
}


def _looked_through(text: str, kinds: frozenset[Kind]) -> str:
    return replaced(text, (found for kind in kinds for found in _LOOKS[kind](text)))


# A turn looks at all that was said before in its case, and so does the next one. There is room for
# the last words of a few hundred conversations under way; what is longer is not remembered.
_masked = lru_cache(maxsize=4_096)(_looked_through)
_REMEMBERED_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Masking:
    """Masks the sorts that it is told to."""

    kinds: frozenset[Kind] = USUAL

    def text(self, text: str) -> str:
        short = len(text) <= _REMEMBERED_CHARS
        return _masked(text, self.kinds) if short else _looked_through(text, self.kinds)

    def once(self, text: str) -> str:
        """The same for a text that nobody looks at twice: it is not remembered."""
        return _looked_through(text, self.kinds)

    def data(self, value: object) -> object:
        """JSON-ready data with every text in it masked; keys stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            pairs = cast("Mapping[str, object]", value).items()
            return {key: self.data(inner) for key, inner in pairs}
        if isinstance(value, list | tuple):
            return [self.data(inner) for inner in cast("list[object]", value)]
        return value


STANDING = Masking()
