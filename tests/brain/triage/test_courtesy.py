"""Small talk in every shipped language, and what only looks like it."""

from __future__ import annotations

import pytest

from brain.contract import Said
from brain.triage.classifier import Classifier, shipped
from brain.triage.matter import Matter

CLASSIFIER: Classifier = shipped()


def small_talk(text: str) -> str | None:
    said = Said(seq=1, author="customer", text=text, at=0.0)
    return CLASSIFIER.look((said,), (), "en").small_talk


def matter(text: str) -> Matter:
    said = Said(seq=1, author="customer", text=text, at=0.0)
    (question,) = CLASSIFIER.look((said,), (), "en").questions
    return question.matter


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("chat", ["how are you?", "Wie geht es dir?", "Comment ça va ?", "¿Cómo estás?",
                  "come va?", "como vai?", "hoe gaat het?", "hi! how are you? lol"]),
        ("thanks", ["good job!", "well done", "gute Arbeit", "bon travail", "buen trabajo",
                    "ottimo lavoro", "bom trabalho", "goed gedaan", "thanks, bye!",
                    "merci, au revoir", "no thanks", "👍", "❤️"]),
        ("abilities", ["what can you do?", "was kannst du alles?", "que peux-tu faire ?",
                       "¿qué puedes hacer?", "cosa puoi fare?", "o que você pode fazer?",
                       "wat kun je doen?", "how can you help me?"]),
        ("are_you_a_bot", ["who are you", "are you a bot?"]),
        ("laugh", ["lol", "haha", "jajaja", "😂", "mdr", "kkkk"]),
        ("greeting", ["hi", "good morning!", "buenos días"]),
    ],
)  # fmt: skip
def test_small_talk(kind: str, texts: list[str]) -> None:
    assert {text: small_talk(text) for text in texts} == dict.fromkeys(texts, kind)


@pytest.mark.parametrize(
    "text",
    ["Hi, where is my order?", "how are you going to refund me?", "lol my parcel is broken",
     "good job losing my parcel", "what can you do about my broken tent?", "👎", "yes", "both"],
)  # fmt: skip
def test_what_wants_an_answer_is_no_small_talk(text: str) -> None:
    assert small_talk(text) is None


def test_an_angry_sign_after_an_answer_says_that_it_did_not_help() -> None:
    history = (
        Said(1, "customer", "how long can I return a tent", 0.0),
        Said(2, "assistant", "60 days.", 0.0, passages=("r1",)),
    )
    angry = CLASSIFIER.look((Said(3, "customer", "👎", 0.0),), history, "en")
    assert angry.unsuccessful == "not_helpful"
    assert [question.text for question in angry.questions] == ["how long can I return a tent"]


@pytest.mark.parametrize(
    "text",
    ["what is the weather tomorrow", "who is the president of France", "what is 12 * 12",
     "Wie wird das Wetter morgen?", "quelle est la capitale du Pérou ?", "¿quién ganó el mundial?",
     "chi ha vinto le olimpiadi?", "qual é a capital do Peru?", "wat is de hoofdstad van Peru?"],
)  # fmt: skip
def test_what_no_business_is_asked(text: str) -> None:
    assert matter(text).worldly


@pytest.mark.parametrize(
    "text",
    ["tell me a joke", "write me a poem about tents", "translate good morning into French",
     "Schreib mir ein Gedicht", "raconte-moi une blague", "cuéntame un chiste",
     "raccontami una barzelletta", "conta uma piada", "vertel een mop"],
)  # fmt: skip
def test_what_one_asks_of_a_machine_that_writes(text: str) -> None:
    assert matter(text).task


@pytest.mark.parametrize(
    "text",
    ["where is my order", "my lamp is broken", "can I get an invoice", "wo ist mein Paket",
     "je veux un remboursement", "¿dónde está mi pedido?", "dov'è il mio pacco",
     "onde está minha encomenda", "waar is mijn pakket", "I forgot my password"],
)  # fmt: skip
def test_customers_matters_are_known_in_every_language(text: str) -> None:
    assert matter(text).ours
    assert not matter(text).task
