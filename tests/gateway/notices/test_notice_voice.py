"""The gateway's own texts keep to the business's voice, and a voice that they cannot keep is
refused at the start."""

from __future__ import annotations

import pytest

from gateway.config.settings import Settings
from gateway.notices import wording
from gateway.notices.catalogue import Notices, notices_for
from gateway.notices.shipped import INFORMAL, informal, load
from gateway.notices.voice_check import voice_check
from gateway.speech.voice import Voice

TEXTS, VARIANTS = load(), informal()
FORMAL = {tag: Voice(forms={tag: "formal"}) for tag in INFORMAL}
FAMILIAR = {tag: Voice(forms={tag: "informal"}) for tag in INFORMAL}


def settings(**voice: object) -> Settings:
    business = {"languages": ["en", "de"], "voice": voice}
    return Settings.model_validate({"business": business})


@pytest.mark.parametrize("tag", INFORMAL)
def test_every_text_comes_in_either_form(tag: str) -> None:
    for key, entry in TEXTS[tag].texts.items():
        assert FORMAL[tag].other_form(entry.text, tag) is None, key
        said = VARIANTS[tag].get(key, entry)
        assert FAMILIAR[tag].other_form(said.text, tag) is None, (key, said.text)


@pytest.mark.parametrize("tag", INFORMAL)
def test_a_variant_holds_what_the_text_holds(tag: str) -> None:
    for key, said in VARIANTS[tag].items():
        base = TEXTS[tag].texts[key]
        assert wording.holes(said.text) == wording.holes(base.text), key
        assert wording.required(said.text) == wording.required(base.text), key
        assert wording.numbered(said.text) == wording.numbered(base.text), key
        assert wording.units(said.text) <= wording.TEXT_LIMIT, key
        assert {one.id for one in said.choices} <= {one.id for one in base.choices}, key
        assert all(wording.units(one.label) <= wording.LABEL_LIMIT for one in said.choices)


def test_the_form_of_the_configuration_is_said() -> None:
    notices = notices_for(settings(form={"de": "informal"}))
    assert notices.say("greeting", "de").text == "Hallo! Was kann ich für dich tun?"
    assert notices.say("off_topic", "de").choices
    assert notices_for(settings()).say("greeting", "de").text == "Hallo! Was kann ich für Sie tun?"


def test_your_own_wording_stays_yours() -> None:
    given = {"greeting": {"de": "Servus, was brauchen Sie?"}}
    notices = Notices("Shop", given, voice=Voice(forms={"de": "informal"}))
    assert notices.say("greeting", "de").text == "Servus, was brauchen Sie?"


def test_words_are_said_in_place_of_others() -> None:
    notices = notices_for(settings(words={"team": "crew"}))
    assert "our crew" in notices.say("unknown", "en").text


def test_a_voice_that_the_texts_cannot_keep_is_refused() -> None:
    (problem,) = voice_check(settings(never=["reliable"]))
    assert problem.message == "the shipped text 'unknown' says 'reliable'"
    assert problem.path == ("business", "voice", "never")
    reworded = {
        "business": {
            "voice": {"never": ["reliable"]},
            "texts": {"unknown": {"en": "I do not know that. Our team will answer."}},
        }
    }
    assert not voice_check(Settings.model_validate(reworded))
    assert not voice_check(settings(words={"reliable": "sure"}, never=["reliable"]))


@pytest.mark.parametrize(
    ("voice", "message"),
    [
        ({"words": {"aa": "bb", "bb": "cc"}}, "its replacement is itself replaced"),
        ({"words": {"aa": "zz"}, "never": ["zz"]}, "its replacement has 'zz', which is never said"),
        ({"longest": {"nowhere": 500}}, "no channel has this name"),
    ],
)
def test_a_voice_that_contradicts_itself_is_refused(voice: dict[str, object], message: str) -> None:
    assert [problem.message for problem in voice_check(settings(**voice))] == [message]
