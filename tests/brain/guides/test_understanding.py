"""What customers say to a step, in seven languages, is understood or left alone."""

from __future__ import annotations

import pytest

from brain.contract import Step
from brain.guides.phrasebook import shipped
from brain.guides.reading import read
from brain.guides.understanding import Meaning, understand

PHRASES = shipped()
BODY = """1. Hold the button for three seconds. Does the light come on?
   - if: yes -> done
   - if: no light -> step 2
   - if: it blinks red -> person
2. Charge it for an hour with the cable from the box.
3. How often does it flash?
   - if: 3 times -> done
   - if: 5 times -> step 2
   - if: never -> person
4. Look at the gauge. Is the needle in the green area?
   - if: in the green -> done
   - if: in the red -> person
   - if: below zero -> step 2
5. Schauen Sie auf die Anzeige. Leuchtet die Lampe?
   - if: sie leuchtet -> done
   - if: kein Licht -> person
6. What does the small light show?
   - if: orange or green -> done
   - if: nothing -> person
"""


def step(number: int) -> Step:
    guide = read("d", "T", None, BODY)
    assert guide is not None
    return guide.steps[number - 1]


UNDERSTOOD: list[tuple[int, str, Meaning | None, str]] = [
    (1, "en", 0, "yes|Yes!|yess it does|yeah it comes on|it lights up|the light comes on|👍|1"),
    (1, "en", 1, "no|no light|there is no light|it doesn't light up|no lihgt|nothing|nope|2"),
    (1, "en", 1, "the light does not come on|nothing happens|no it stays dark|it didn't"),
    (1, "en", 2, "it blinks red|blinking red|it's flashing red|red|no, it blinks red|blniks red|3"),
    (1, "en", None, "how long should I hold it?|where is the button|I want to return my tent"),
    (1, "en", None, "no thanks, I'd like to return it instead|do you ship to Norway"),
    (1, "en", None, "my parcel has not arrived yet and I am angry|can I return it?"),
    (1, "en", "unsure", "not sure|I don't know|maybe|I can't find it"),
    (1, "en", "next", "ok|done|I did that"),
    (1, "en", "where", "which step am I at?|where were we|I'm back"),
    (1, "en", "restart", "start again|can we start over?"),
    (1, "en", "back", "back|go back please"),
    (1, "en", "solved", "it worked|it works now thanks|solved!"),
    (2, "en", "next", "done|I did that|next|yes|finished|what's next?|okay next"),
    (2, "en", "stuck", "still not working|it still doesn't work|no change|that didn't help"),
    (2, "en", "solved", "it works now|that worked"),
    (2, "en", None, "how long is the warranty|I want my money back"),
    (3, "en", 0, "3|3 times"),
    (3, "en", 1, "5|it flashes 5 times"),
    (3, "en", 2, "never|not at all"),
    (4, "en", 0, "green|it is in the green|yes"),
    (4, "en", 1, "red|it's in the red area"),
    (4, "en", 2, "below zero"),
    (6, "en", 0, "green|it is orange|orange or green"),
    (6, "en", 1, "nothing|it shows nothing"),
    (1, "de", 0, "ja|jo"),
    (1, "de", 1, "nein|nee, leider nicht|nichts passiert"),
    (1, "fr", 0, "oui|ouais"),
    (1, "fr", 1, "non|pas du tout"),
    (1, "es", 0, "sí|si claro"),
    (1, "es", 1, "no|nada"),
    (1, "it", 0, "sì|certo"),
    (1, "it", 1, "no|niente"),
    (1, "pt", 0, "sim"),
    (1, "pt", 1, "não|nada"),
    (1, "nl", 0, "ja|klopt"),
    (1, "nl", 1, "nee|niets"),
    (5, "de", 0, "ja|sie leuchtet|leuchtet"),
    (5, "de", 1, "nein|kein Licht|leuchtet nicht|sie leuchtet nicht"),
    (2, "de", "next", "erledigt|gemacht|fertig|weiter"),
    (2, "de", "stuck", "geht immer noch nicht|hat nicht geholfen"),
    (2, "de", "solved", "es geht jetzt|hat geklappt"),
    (2, "de", "back", "zurück|einen Schritt zurück"),
    (2, "fr", "next", "c'est fait|suivant"),
    (2, "fr", "stuck", "ça ne marche toujours pas|ça marche pas"),
    (2, "fr", "solved", "ça marche maintenant"),
    (2, "es", "next", "hecho|listo"),
    (2, "es", "stuck", "no funciona|sigue igual"),
    (2, "it", "next", "fatto|avanti"),
    (2, "it", "stuck", "non funziona ancora"),
    (2, "pt", "next", "feito|próximo"),
    (2, "pt", "stuck", "ainda não funciona"),
    (2, "nl", "next", "gedaan|klaar"),
    (2, "nl", "stuck", "werkt nog steeds niet"),
    (2, "nl", "solved", "het werkt weer"),
]


@pytest.mark.parametrize(
    ("number", "language", "means", "text"),
    [(n, language, means, t) for n, language, means, texts in UNDERSTOOD for t in texts.split("|")],
)
def test_an_answer_is_understood(number: int, language: str, means: Meaning, text: str) -> None:
    assert understand(step(number), text, PHRASES.hears(language)) == means


def test_a_word_of_place_in_portuguese_denies_nothing() -> None:
    guide = read("d", "T", None, "1. Onde pisca?\n   - if: o botão -> done\n   - if: não -> person")
    assert guide is not None
    assert understand(guide.steps[0], "pisca no botão", PHRASES.hears("pt")) == 0


def test_two_outcomes_that_fit_alike_are_none() -> None:
    guide = read("d", "T", None, "1. See?\n   - if: blinks red -> done\n   - if: blinks blue -> 1")
    assert guide is not None
    assert understand(guide.steps[0], "it blinks", PHRASES.hears("en")) is None
