"""Says the named texts: picks the wording for a language and channel and fills it in. It decides
neither when something is said nor how it looks on a platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from channels.contract import Choice
from gateway.config.hours import Hours
from gateway.config.settings import Settings
from gateway.config.texts import Overrides
from gateway.errors import FrontdeskError
from gateway.notices import opening, shipped, wording
from gateway.notices.overrides import ANY, given
from gateway.notices.shipped import LANGUAGES, Entry, Language
from gateway.speech.voice import PLAIN, Voice, voice_of

__all__ = ["LANGUAGES", "MissingValue", "Notice", "Notices", "UnknownNotice", "notices_for"]

NO_OVERRIDES: Overrides = MappingProxyType({})
_HOUR = 60

_T = TypeVar("_T")


class UnknownNotice(FrontdeskError, KeyError):
    """There is no text, word or button of this name."""

    def __str__(self) -> str:
        return FrontdeskError.__str__(self)


class MissingValue(FrontdeskError):
    """The text needs a value that was not given."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A text ready to render. ``text`` is Markdown in which every filled-in value is literal."""

    key: str
    text: str
    choices: tuple[Choice, ...]


class Notices:
    """What this business says. ``fallback`` speaks to customers of a language that is not shipped
    or not ``spoken``; English does where ``fallback`` is not shipped either."""

    def __init__(
        self,
        business: str,
        overrides: Overrides = NO_OVERRIDES,
        fallback: str = "en",
        spoken: Sequence[str] = LANGUAGES,
        voice: Voice = PLAIN,
    ) -> None:
        self._business = business
        self._languages = shipped.load()
        said = shipped.informal() if "informal" in voice.forms.values() else {}
        self._informal = {tag: said[tag] for tag in said if voice.forms.get(tag) == "informal"}
        own = shipped.reduce(fallback)
        self._fallback = own if own in self._languages else "en"
        self._spoken = {self._fallback, *(shipped.reduce(language) for language in spoken)}
        self._own = _by_place(overrides)
        self._voice = voice

    def say(
        self,
        key: str,
        language: str | None = None,
        channel: str | None = None,
        **values: str | None,
    ) -> Notice:
        """The wording for this channel and language, else for the language, else for all of
        them, else the shipped one. A value that is None or empty counts as unknown.

        Raises:
            UnknownNotice, MissingValue.
        """
        entry = self._entry(key, self._tag(language), channel or ANY)
        known = {name: value for name, value in values.items() if value and value.strip()}
        known["business"] = self._business
        text = _filled(key, entry.text, {name: wording.literal(v) for name, v in known.items()})
        plain = {name: wording.one_line(value) for name, value in known.items()}
        choices = tuple(
            Choice(choice.id, wording.clip(_filled(key, choice.label, plain)))
            for choice in entry.choices
        )
        return Notice(key, self._voice.worded(text), choices)

    def staff_line(self, key: str, **values: str) -> str:
        """A line for staff, in English.

        Raises:
            UnknownNotice, MissingValue.
        """
        line = _named(self._languages["en"].staff, key, "line for staff")
        return _filled(key, line, {name: wording.literal(value) for name, value in values.items()})

    def label(self, choice_id: str, language: str | None = None) -> str:
        """The shipped label of a well known choice, ``person`` for one.

        Raises:
            UnknownNotice: no text offers it, or its label depends on values.
        """
        entries = self._language(language).texts.values()
        labels: dict[str, str] = {}
        for choice in (choice for entry in entries for choice in entry.choices):
            if not wording.holes(choice.label):
                labels.setdefault(choice.id, choice.label)
        return _named(labels, choice_id, "button")

    def word(self, name: str, language: str | None = None) -> str:
        """What the texts tell a customer to type for ``person``, ``yes`` or ``no``.

        Raises:
            UnknownNotice.
        """
        return _named(self._language(language).words, name, "word to type")

    def wait(self, minutes: int, language: str | None = None) -> str:
        """A ``{wait}`` in words, never shorter than ``minutes``: from an hour on, whole hours."""
        words = self._language(language).wait
        if minutes < _HOUR:
            count, one, many = max(1, minutes), words.minute, words.minutes
        else:
            count, one, many = -(-minutes // _HOUR), words.hour, words.hours
        return one if count == 1 else wording.fill(many, {"n": str(count)})

    def opens_text(self, hours: Hours, at: float, language: str | None = None) -> str:
        """An ``{opens}`` in words, as said at ``at``; empty when there is none to wait for."""
        opens = hours.opens(at)
        if opens is None:
            return ""
        return opening.said(self._language(language).opens, hours.local(at), hours.local(opens))

    def _tag(self, language: str | None) -> str:
        tag = shipped.reduce(language or self._fallback)
        return tag if tag in self._languages and tag in self._spoken else self._fallback

    def _language(self, language: str | None) -> Language:
        return self._languages[self._tag(language)]

    def _entry(self, key: str, tag: str, channel: str) -> Entry:
        entry = _named(self._languages[tag].texts, key, "text")
        informal = self._informal.get(tag, {}).get(key)
        if informal is not None:
            entry = Entry(text=informal.text, choices=informal.choices or entry.choices)
        for place in ((key, tag, channel), (key, tag, ANY), (key, ANY, ANY)):
            if place in self._own:
                return _reworded(entry, self._own[place])
        return entry


def notices_for(settings: Settings) -> Notices:
    """What the business of this configuration says; its first language is the fallback."""
    business = settings.business
    languages = business.languages
    return Notices(business.name, business.texts, languages[0], languages, voice_of(business.voice))


def _by_place(overrides: Overrides) -> Mapping[tuple[str, str, str], str]:
    return {
        (one.key, shipped.reduce(one.language), one.channel): one.text
        for one in given(overrides)
        if isinstance(one.text, str)
    }


def _reworded(entry: Entry, own: str) -> Entry:
    text, labels = wording.split_buttons(own)
    if len(labels) != len(entry.choices):
        return Entry(text=text, choices=entry.choices)
    choices = tuple(
        Choice(choice.id, label) for choice, label in zip(entry.choices, labels, strict=True)
    )
    return Entry(text=text, choices=choices)


def _filled(key: str, text: str, values: Mapping[str, str]) -> str:
    missing = sorted(wording.required(text) - values.keys())
    if missing:
        raise MissingValue(
            f"the text {key!r} cannot be said without {', '.join(missing)}; hand it to the call, "
            "or put that part of the wording within [...]"
        )
    return wording.fill(text, values)


def _named(entries: Mapping[str, _T], name: str, what: str) -> _T:
    try:
        return entries[name]
    except KeyError:
        raise UnknownNotice(
            f"there is no {what} called {name!r}; known are {', '.join(sorted(entries))}"
        ) from None
