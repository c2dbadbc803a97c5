"""What a message is about: learnt from a few examples, through typos, negation and languages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from brain.knowledge.embedding import NgramEmbedder
from brain.triage.intents import Intents, examples_of, readable, speller
from brain.triage.lessons import taught
from brain.triage.meanings import Remembering, write
from brain.triage.taxonomy import TOPICS, Intent, shipped, with_own

# Whichever test comes first learns the shipped intents.
pytestmark = pytest.mark.timeout(120)
OVENS = Intent("ovens", {"own": ("the oven stays cold", "my oven does not heat", "oven broken")})
HOURS = Intent("hours", {"own": ("when do you open", "opening times", "are you open on sunday")})
FEW = {
    "ovens": OVENS,
    "hours": HOURS,
    "leaving": Intent(
        "leaving", {"own": ("close my account", "delete my account please")}, 3, "closure"
    ),
}


class Counting:
    """N-grams that count what they embed."""

    name = "counting"
    dimensions = 512

    def __init__(self) -> None:
        self.embedded: list[str] = []
        self._ngrams = NgramEmbedder()

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        self.embedded += texts
        return self._ngrams.embed(texts)


@pytest.mark.parametrize(
    ("text", "intent", "topic"),
    [
        ("why does my oven stay cold?", "ovens", None),
        ("When are you open?", "hours", None),
        ("please close the account", "leaving", "closure"),
        ("plese clsoe my accuont", "leaving", "closure"),
    ],
)
def test_a_handful_of_examples_is_enough(text: str, intent: str, topic: str | None) -> None:
    found = Intents(FEW, NgramEmbedder()).read(text)
    assert (found.intent, found.topic) == (intent, topic)
    assert 0 < found.intent_sure <= 1
    assert sum(found.chances.values()) == pytest.approx(1, abs=1e-4)
    assert set(found.chances) == {"everyday", *TOPICS}


def test_nothing_is_made_of_nothing() -> None:
    found = Intents(FEW, NgramEmbedder()).read("  …  ")
    assert (found.intent, found.topic, found.sure) == (None, None, 0.0)


def test_what_is_like_no_example_has_no_intent() -> None:
    assert Intents(FEW, NgramEmbedder()).read("xylophone quartz").intent is None


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Someone has nicked my bank card, pls block it asap", "security"),
        ("sombody stole my crad, block it", "security"),
        ("there's a debit from a firm I have never dealt with", "billing_dispute"),
        ("I have been billed two times for my stay", "billing_dispute"),
        ("kindly shut my account down, I am off to a rival", "closure"),
        ("I do not want to close my account, only to change the address", None),
        ("My account was not hacked, I simply forgot the password", None),
        ("expect a letter from my solicitor", "legal"),
        ("I'm reporting your firm to the ombudsman tomorrow", "legal"),
        ("what an appalling way to treat people, I am livid", "complaint"),
        ("I can't go on and want to end my life", "safety"),
        ("how long does shipping to Oslo take?", None),
        ("where can I change my password", None),
        ("do you take PayPal", None),
        ("is the blue rucksack in stock", None),
        ("Jemand hat meine Karte geklaut", "security"),
        ("Je souhaite clôturer mon compte", "closure"),
        ("Me han cobrado dos veces la misma compra", "billing_dispute"),
        ("Vi faccio causa, parlerà il mio avvocato", "legal"),
        ("Quero cancelar o meu contrato", "closure"),
        ("Ik wil een klacht indienen over uw medewerker", "complaint"),
        ("Wie lange dauert der Versand nach Wien?", None),
        ("Combien coûte la livraison ?", None),
    ],
)
def test_sensitive_matters_and_everyday_ones(
    intents: Intents, text: str, topic: str | None
) -> None:
    found = intents.read(text)
    assert found.topic == topic, found.chances


def test_the_meanings_in_the_repository_are_those_of_the_examples(intents: Intents) -> None:
    kept = Remembering(intents.embedder)
    unknown = [text for text, *_ in examples_of(shipped()) if not kept.knows(text)]
    assert not unknown, "run `python -m bench.meanings`"
    some = [text for text, *_ in examples_of(shipped())][:: len(shipped()) * 10]
    for text, told in zip(some, kept.embed(some), strict=True):
        (made,) = intents.embedder.embed([text])
        assert sum(a * b for a, b in zip(told, made, strict=True)) > 0.999


def test_the_lesson_in_the_repository_is_that_of_the_examples(
    intents: Intents, tmp_path: Path
) -> None:
    read = taught(shipped(), intents.embedder, tmp_path)
    assert not list(tmp_path.iterdir()), "run `python -m bench.meanings`"
    learnt = Intents(shipped(), intents.embedder)
    for text in ("where is my parcel", "ich will kündigen", "somebody used my card"):
        assert read.read(text).chances == pytest.approx(learnt.read(text).chances, abs=0.01)


def test_only_unknown_texts_are_embedded(tmp_path: Path) -> None:
    file = tmp_path / "meanings.npz"
    write(["known"], NgramEmbedder(), file)
    inner = NgramEmbedder()
    kept = Remembering(inner, file)
    assert kept.knows("known")
    assert kept.embed(["known", "new"])[1] == inner.embed(["new"])[0]
    assert kept.embed(["known"])[0] == pytest.approx(inner.embed(["known"])[0], abs=0.02)
    assert not Remembering(Counting(), file).knows("known")


def test_what_was_learnt_is_kept_between_starts(tmp_path: Path) -> None:
    first, second = Counting(), Counting()
    learnt = taught(FEW, first, tmp_path)
    assert first.embedded
    again = taught(FEW, second, tmp_path)
    assert second.embedded == []
    assert again.read("oven cold").chances == learnt.read("oven cold").chances


@pytest.mark.parametrize("damage", [b"", b"no archive", b"PK\x03\x04 half"])
def test_a_damaged_lesson_is_learnt_again(tmp_path: Path, damage: bytes) -> None:
    taught(FEW, Counting(), tmp_path)
    (file,) = tmp_path.glob("*.npz")
    file.write_bytes(damage)
    fresh = Counting()
    assert taught(FEW, fresh, tmp_path).read("oven cold").intent == "ovens"
    assert fresh.embedded


def test_other_examples_are_another_lesson(tmp_path: Path) -> None:
    taught(FEW, Counting(), tmp_path)
    more = {**FEW, "hours": Intent("hours", {"own": (*HOURS.sorts["own"], "closing time")})}
    fresh = Counting()
    taught(more, fresh, tmp_path)
    assert "closing time" in fresh.embedded


def test_a_lesson_of_others_is_refused() -> None:
    lesson = Intents(FEW, NgramEmbedder()).lesson
    with pytest.raises(ValueError, match="other examples"):
        Intents({"ovens": OVENS}, NgramEmbedder(), lesson)


def test_an_operators_examples_join_the_shipped_ones() -> None:
    every = with_own({"ovens": ("the oven is cold",), "security": ("my badge was cloned",)})
    assert every["ovens"] == Intent("ovens", {"own": ("the oven is cold",)})
    assert every["security"].topic == "security"
    assert every["security"].sorts["own"] == ("my badge was cloned",)
    assert set(every) == {*shipped(), "ovens"}


def test_each_shipped_sensitive_intent_has_examples_in_every_language() -> None:
    for intent in shipped().values():
        if intent.topic is not None:
            assert {"de", "fr", "es", "it", "pt", "nl"} <= set(intent.sorts), intent.name


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("On XX/XX/2019 I paid XXXX to ****", "on i paid to"),
        ("CLOSE  my\nacount!!", "close my account!!"),
        ("I don't", "i don't"),
    ],
)
def test_texts_are_made_readable(text: str, plain: str) -> None:
    assert readable(text, speller(FEW)) == plain
