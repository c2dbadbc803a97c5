"""Judges the wordings that a business wrote itself, before any of them is said. It changes and
loads nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from gateway.config import keys
from gateway.config.settings import Settings
from gateway.errors import Problem
from gateway.notices import shipped, wording
from gateway.notices.overrides import ANY, Given, given
from gateway.notices.shipped import LANGUAGES, Entry
from gateway.notices.voice_check import voice_check

ROOT = ("business", "texts")
_BUSINESS = frozenset({"business"})


def texts_check(settings: Settings) -> Sequence[Problem]:
    """For the loader of the configuration: the wordings themselves, the channels they name, and the
    voice that they have to keep."""
    texts = settings.business.texts
    return [*problems(texts), *_channels(texts, settings.channels), *voice_check(settings)]


def problems(overrides: Mapping[str, object]) -> list[Problem]:
    """Everything that is wrong with ``business.texts``, in the order in which it stands there."""
    texts = shipped.load()["en"].texts
    found: dict[tuple[object, ...], Problem] = {}
    seen: dict[tuple[str, str, str], Given] = {}
    for one in given(overrides):
        twin = seen.setdefault((one.key, shipped.reduce(one.language), one.channel), one)
        for problem in _about(one, twin, texts):
            found.setdefault((problem.path, problem.message), problem)
    return list(found.values())


def _channels(overrides: Mapping[str, object], known: Collection[str]) -> Iterator[Problem]:
    for one in given(overrides):
        if one.channel != ANY and one.channel not in known:
            mend = keys.did_you_mean(one.channel, [*known], "channel")
            yield _at(one, "no channel has this name", mend)


def _about(one: Given, twin: Given, texts: Mapping[str, Entry]) -> Iterator[Problem]:
    if one.key not in texts:
        yield _unknown_key(one.key, texts)
        return
    if one.language != ANY and shipped.reduce(one.language) not in LANGUAGES:
        place = (*ROOT, one.key, one.language)
        mend = f"the languages are {', '.join(LANGUAGES)}"
        yield Problem(f"{one.language!r} is not a shipped language", place, mend)
    if twin is not one:
        mend = f"keep one of {twin.language!r} and {one.language!r}"
        yield _at(one, "this language already has a wording", mend)
    if not isinstance(one.text, str) or not one.text.strip():
        yield _at(one, "must be a text", "remove the line to use the shipped wording")
        return
    text, labels = wording.split_buttons(one.text)
    for judge in (_length, _values):
        yield from judge(one, text, texts[one.key])
    yield from _buttons(one, labels, texts[one.key])


def _unknown_key(key: str, texts: Mapping[str, Entry]) -> Problem:
    near = get_close_matches(key, texts, n=1)
    mend = f"did you mean {near[0]!r}?" if near else "docs/reference/texts.md lists them all"
    return Problem(f"there is no text called {key!r}", (*ROOT, key), mend)


def _at(one: Given, message: str, mend: str = "") -> Problem:
    return Problem(message, (*ROOT, *one.path), mend)


def _length(one: Given, text: str, _: Entry) -> Iterator[Problem]:
    over = wording.units(text) - wording.TEXT_LIMIT
    if over > 0:
        what = f"is {over} characters longer than the {wording.TEXT_LIMIT} that a text may have"
        yield _at(one, what, "say less, or say it in two texts")


def _values(one: Given, text: str, default: Entry) -> Iterator[Problem]:
    may = wording.holes(default.text) | _BUSINESS
    must = wording.required(default.text) - _BUSINESS
    has, needs = wording.holes(text), wording.required(text)
    for name in sorted(has - may):
        near = get_close_matches(name, may, n=1)
        mend = f"did you mean {{{near[0]}}}?" if near else f"it can hold {_list(may)}"
        yield _at(one, f"this text has no value {{{name}}}", mend)
    for name in sorted(must - has):
        yield _at(one, f"leaves out {{{name}}}", "the customer needs to read it; put it back")
    for name in sorted((needs & may) - must - _BUSINESS):
        mend = "put the sentence that holds it within [...]"
        yield _at(one, f"{{{name}}} may be unknown when this is said", mend)
    for name in sorted((must & has) - needs):
        yield _at(one, f"{{{name}}} would be left out", "take it out of the [...]")
    yield from _braces(one, text, default)


def _braces(one: Given, text: str, default: Entry) -> Iterator[Problem]:
    wanted = wording.numbered(default.text)
    if wording.numbered(text) != wanted:
        mend = f"keep {' and '.join(sorted(wanted))}" if wanted else "a value has single braces"
        yield _at(one, "the template's numbered places are not those of the shipped text", mend)
    if wording.stray_brace(text):
        yield _at(one, "has a brace without its other half", "a value is written {name}")


def _buttons(one: Given, labels: tuple[str, ...], default: Entry) -> Iterator[Problem]:
    if not labels:
        return
    count = len(default.choices)
    if len(labels) != count:
        form = wording.BUTTON_FORM
        mend = f"write {count} {form} in the same order, or none" if count else f"remove {form}"
        yield _at(one, f"has {len(labels)} buttons where the shipped text has {count}", mend)
    may = wording.holes(default.text) | _BUSINESS
    for label in labels:
        if not label:
            yield _at(one, "has a button without words", f"write them within {wording.BUTTON_FORM}")
        if wording.units(label) > wording.LABEL_LIMIT:
            what = f"the button {label!r} is longer than {wording.LABEL_LIMIT} characters"
            yield _at(one, what, "platforms cut or refuse it; shorten it")
        for name in sorted(wording.holes(label) - may):
            yield _at(one, f"the button {label!r} has no value {{{name}}}", "write plain words")


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))
