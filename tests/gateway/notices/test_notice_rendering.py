"""Every text in every language fits one message on every kind of channel."""

from __future__ import annotations

import pytest

from channels.kinds import CAPABILITIES
from channels.text.render import render
from gateway.notices import shipped, wording
from gateway.notices.catalogue import LANGUAGES, Notices

VALUES = {
    "a": "returning a *used* tent",
    "action": "Refund of order FO-1042",
    "b": "exchanging it",
    "code": "LINK-ABCD-EFGH",
    "details": "EUR 129.00 to the card ending in 42",
    "event": "Your parcel FO-1042 is delayed",
    "file": "photo_of_the_tent_pole.heic",
    "left": "2",
    "masked": "a***@mail.example",
    "minutes": "15",
    "name": "Ada_Lovett",
    "opens": "Monday 09:00",
    "outcome": "refunded EUR 129.00",
    "reason": "The return period has passed.",
    "reference": "RF-2211",
    "wait": "20 minutes",
    "what_you_can_do": "You can wait or cancel it free of charge.",
}


@pytest.fixture(scope="module")
def notices() -> Notices:
    return Notices("Fernhill Outdoor")


@pytest.fixture(scope="module")
def keys() -> tuple[str, ...]:
    return tuple(shipped.load()["en"].texts)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(CAPABILITIES))
def test_one_message_within_the_platform_s_limit(
    notices: Notices, keys: tuple[str, ...], kind: str, language: str
) -> None:
    capabilities = CAPABILITIES[kind]
    for key in keys:
        said = notices.say(key, language, **VALUES)
        parts = render(said.text, capabilities, said.choices)
        assert len(parts) == 1, (key, parts)
        assert parts[0].text.strip(), key
        assert wording.units(parts[0].text) <= capabilities.text_limit, key
        assert "{business}" not in parts[0].text
        for choice in said.choices:
            assert wording.units(choice.label) <= capabilities.choice_label_limit, (key, choice)


@pytest.mark.parametrize("kind", sorted(CAPABILITIES))
def test_values_are_shown_as_they_are(notices: Notices, kind: str) -> None:
    (part,) = render(notices.say("joined", name="Ada *L* #1").text, CAPABILITIES[kind], ())
    assert "Ada *L* #1 from Fernhill Outdoor" in part.plain
