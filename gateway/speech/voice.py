"""How a business speaks: the words it says instead of others, those that it never says, how it
addresses people, and how long an answer is. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from gateway.config.settings import Form, VoiceSettings

_ADDRESS = r"[a-z][a-z0-9+.-]{1,20}://[^\s<>()]+|\]\([^()\s]*\)|`[^`\n]*`|[\w.+-]+@[\w.-]+"
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
# Words that are one form only. German "Sie" counts inside a sentence: at its beginning it may be
# "they".
_FORMS: Mapping[str, Mapping[Form, re.Pattern[str]]] = {
    "de": {
        "formal": re.compile(r"(?<=[a-zäöüß,;:–] )(?:Sie|Ihnen|Ihr(?:e[mnrs]?)?)\b"),
        "informal": re.compile(r"(?i)\b(?:du|dir|dich|dein(?:e[mnrs]?)?|euch|euer)\b"),
    },
    "fr": {
        "formal": re.compile(r"(?i)\b(?:vous|votre|vos)\b"),
        "informal": re.compile(r"(?i)\b(?:tu|toi|ton|tes|t'es)\b"),
    },
}
_OTHER: Mapping[Form, Form] = {"formal": "informal", "informal": "formal"}


@dataclass(frozen=True)
class Voice:
    """``words`` maps a word to the one said instead; ``never`` has no replacement; ``forms`` is by
    language; ``longest`` is the characters of an answer by channel."""

    words: Mapping[str, str] = field(default_factory=dict[str, str])
    never: tuple[str, ...] = ()
    forms: Mapping[str, Form] = field(default_factory=dict[str, Form])
    longest: Mapping[str, int] = field(default_factory=dict[str, int])

    def worded(self, text: str) -> str:
        """The text in the business's words; addresses and code stay."""
        if self._worded is None:
            return text
        return self._worded.sub(self._instead, text)

    def refused(self, text: str) -> str | None:
        """The first word in the text that is never said."""
        found = self._never.search(text) if self._never is not None else None
        return found[0] if found is not None else None

    def other_form(self, text: str, language: str | None) -> str | None:
        """The first word by which the text addresses people in the form that is not wanted."""
        tag = (language or "").partition("-")[0].lower()
        wanted = self.forms.get(tag)
        if wanted is None or tag not in _FORMS:
            return None
        found = _FORMS[tag][_OTHER[wanted]].search(text)
        return found[0] if found is not None else None

    def shortened(self, text: str, channel: str) -> str:
        """At most the channel's characters, in whole paragraphs, else in whole sentences."""
        limit = self.longest.get(channel)
        if limit is None or len(text) <= limit:
            return text
        kept = _fitting(text.split("\n\n"), "\n\n", limit)
        return kept or _fitting(_SENTENCE.split(text), " ", limit) or _cut(text, limit)

    @cached_property
    def _worded(self) -> re.Pattern[str] | None:
        if not self.words:
            return None
        return re.compile(rf"{_ADDRESS}|(?P<word>{_any(list(self.words))})", re.IGNORECASE)

    @cached_property
    def _never(self) -> re.Pattern[str] | None:
        return re.compile(_any(self.never), re.IGNORECASE) if self.never else None

    @cached_property
    def _folded(self) -> Mapping[str, str]:
        return {_flat(word): instead for word, instead in self.words.items()}

    def _instead(self, found: re.Match[str]) -> str:
        word = found["word"]
        return found[0] if word is None else _cased(word, self._folded[_flat(word)])


PLAIN = Voice()


def voice_of(settings: VoiceSettings) -> Voice:
    forms: dict[str, Form] = {tag: form for tag, form in settings.form.items()}  # noqa: C416  # dict() would keep the narrower type of the keys
    return Voice(settings.words, settings.never, forms, settings.longest)


def _any(words: Sequence[str]) -> str:
    """Whole words, whatever spaces stand in them, the longest first."""
    forms = [
        r"\s+".join(re.escape(part) for part in word.split())
        for word in sorted(words, key=len, reverse=True)
    ]
    return rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)"


def _flat(word: str) -> str:
    return " ".join(word.split()).lower()


def _cased(word: str, instead: str) -> str:
    """In capitals, or with a capital first, as the word stood there."""
    if len(word) > 1 and word.isupper():
        return instead.upper()
    return instead[:1].upper() + instead[1:] if word[:1].isupper() else instead


def _fitting(pieces: Sequence[str], between: str, limit: int) -> str:
    kept: list[str] = []
    for piece in pieces:
        if len(between.join((*kept, piece))) > limit:
            break
        kept.append(piece)
    return between.join(kept).rstrip()


def _cut(text: str, limit: int) -> str:
    head = text[: limit - 1]
    return f"{head.rpartition(' ')[0] or head}…"
