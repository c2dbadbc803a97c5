"""The texts as a lead reads and words them: what is shipped, what is the business's own, and the
sentence as a customer sees it, filled in with samples. Nothing is said to anybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.config.settings import Settings
from gateway.notices import shipped, wording
from gateway.notices.catalogue import Notices, notices_for
from gateway.notices.overrides import ANY, given
from gateway.notices.shipped import Entry

# What stands in for what only a conversation knows.
SAMPLES: Mapping[str, str] = {
    "name": "Maya",
    "a": "Returns",
    "b": "Exchanges",
    "file": "photo.heic",
    "details": "Order 1042, 24.00 EUR",
    "minutes": "30",
    "action": "Refund order 1042",
    "outcome": "24.00 EUR",
    "reference": "R-1042",
    "reason": "30 days",
    "masked": "m•••@example.com",
    "left": "2",
    "code": "481502",
    "what_you_can_do": "1042",
    "event": "1042",
}
SAMPLE_WAIT = 20


@dataclass(frozen=True, slots=True)
class Wording:
    """One text in one language. ``shipped`` and ``own`` are as they are written, with their
    placeholders; ``own`` are by place: ``*``, a language, or a language and a channel."""

    key: str
    shipped: str
    own: Mapping[str, str]
    values: Sequence[str]
    buttons: int
    said: str


@dataclass(frozen=True, slots=True)
class Differing:
    """A text that customers would read otherwise; ``channel`` is None for all of them."""

    key: str
    language: str
    channel: str | None
    now: str
    after: str


def listed(settings: Settings, language: str, channel: str | None, now: float) -> list[Wording]:
    """Every text, in the order in which they are shipped."""
    texts = shipped.load()[language].texts
    informal = _informal(settings, language)
    own: dict[str, dict[str, str]] = {}
    for one in given(settings.business.texts):
        own.setdefault(one.key, {})[_place(one.language, one.channel)] = str(one.text)
    saying = Saying(settings, now)
    return [
        Wording(
            key,
            _written(informal.get(key, entry), entry),
            own.get(key, {}),
            sorted(wording.holes(entry.text)),
            len(entry.choices),
            saying.said(key, language, channel),
        )
        for key, entry in texts.items()
    ]


def differing(before: Settings, after: Settings, now: float) -> Iterator[Differing]:
    """The texts that are other ones afterwards. Where a channel has its own, it is looked at
    singly."""
    one, other = Saying(before, now), Saying(after, now)
    channels: list[str | None] = [None, *sorted(_channels(before) | _channels(after))]
    for key in shipped.load()["en"].texts:
        for language in after.business.languages:
            general = (one.said(key, language, None), other.said(key, language, None))
            for channel in channels:
                pair = (one.said(key, language, channel), other.said(key, language, channel))
                if pair[0] != pair[1] and (channel is None or pair != general):
                    yield Differing(key, language, channel, *pair)


class Saying:
    """Says the texts of one configuration as if at a moment, with samples."""

    def __init__(self, settings: Settings, now: float) -> None:
        self._notices: Notices = notices_for(settings)
        self._hours = settings.business.hours
        self._now = now

    def said(self, key: str, language: str, channel: str | None) -> str:
        """The sentence and its buttons."""
        values = {**SAMPLES, "wait": self._notices.wait(SAMPLE_WAIT, language)}
        values["opens"] = self._opens(language)
        notice = self._notices.say(key, language, channel, **values)
        buttons = "".join(f" [{choice.label}]" for choice in notice.choices)
        return _unescaped(notice.text) + buttons

    def _opens(self, language: str) -> str:
        hours = self._hours
        said = "" if hours is None else self._notices.opens_text(hours, self._now, language)
        return said or "9:00"


def _informal(settings: Settings, language: str) -> Mapping[str, Entry]:
    forms: Mapping[str, str] = {**settings.business.voice.form}
    return shipped.informal()[language] if forms.get(language) == "informal" else {}


def _written(entry: Entry, standard: Entry) -> str:
    choices = entry.choices or standard.choices
    return entry.text + "".join(f" \u2039{choice.label}\u203a" for choice in choices)


def _channels(settings: Settings) -> set[str]:
    return {one.channel for one in given(settings.business.texts) if one.channel != ANY}


def _place(language: str, channel: str) -> str:
    return language if channel == ANY else f"{language}/{channel}"


def _unescaped(text: str) -> str:
    """Without the marks that keep what is filled in literal."""
    return text.replace("\\", "")
