"""Judges how a business wants to speak against what the gateway itself says, before any of it is
said. Pure but for reading the shipped texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.config import keys
from gateway.config.settings import Settings
from gateway.errors import Problem
from gateway.notices import shipped
from gateway.notices.overrides import ANY, given
from gateway.speech.voice import Voice, voice_of

ROOT = ("business", "voice")


def voice_check(settings: Settings) -> Sequence[Problem]:
    """For the loader of the configuration."""
    wanted = settings.business.voice
    voice = voice_of(wanted)
    return [
        *_words(voice),
        *_channels(settings),
        *(_texts(settings, voice) if wanted.never else ()),
    ]


def _words(voice: Voice) -> Iterator[Problem]:
    for word, instead in voice.words.items():
        path = (*ROOT, "words", word)
        if voice.worded(instead) != instead:
            yield Problem("its replacement is itself replaced", path, "name the last word alone")
        never = voice.refused(instead)
        if never is not None:
            mend = "take it out of business.voice.never, or say another word"
            yield Problem(f"its replacement has {never!r}, which is never said", path, mend)


def _channels(settings: Settings) -> Iterator[Problem]:
    for name in settings.business.voice.longest:
        if name not in settings.channels:
            mend = keys.did_you_mean(name, list(settings.channels), "channel")
            yield Problem("no channel has this name", (*ROOT, "longest", name), mend)


def _texts(settings: Settings, voice: Voice) -> Iterator[Problem]:
    """Notices are no answers, which a person could give instead: a word that is never said may not
    stand in one."""
    own = {(one.key, one.language): one for one in given(settings.business.texts)}
    for one in own.values():
        word = voice.refused(voice.worded(one.text)) if isinstance(one.text, str) else None
        if word is not None:
            path = ("business", "texts", *one.path)
            yield Problem(f"says {word!r}, which is never said", path, "word it without")
    languages, informal = shipped.load(), shipped.informal()
    for tag in settings.business.languages:
        variants = informal.get(tag, {}) if voice.forms.get(tag) == "informal" else {}
        for key, entry in languages[tag].texts.items():
            text = variants.get(key, entry).text
            word = voice.refused(voice.worded(text))
            if word is not None and not {(key, tag), (key, ANY)} & own.keys():
                mend = f"word the text anew in business.texts.{key}.{tag}"
                message = f"the shipped text {key!r} says {word!r}"
                yield Problem(message, (*ROOT, "never"), mend)
