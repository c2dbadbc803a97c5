"""A message cut into the questions it asks, in every shipped language, and left whole in doubt."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brain.contract import Said
from brain.triage.classifier import Classifier, shipped

CLASSIFIER: Classifier = shipped()


def parts(text: str, known: str = "en") -> list[str]:
    said = Said(seq=1, author="customer", text=text, at=0.0)
    return [question.text for question in CLASSIFIER.look((said,), (), known).questions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How long is delivery and can I pay by invoice?",
         ["How long is delivery?", "can I pay by invoice?"]),
        ("How long is delivery? And can I pay by invoice?",
         ["How long is delivery?", "And can I pay by invoice?"]),
        ("Is the Trail 200 waterproof, and how heavy is it?",
         ["Is the Trail 200 waterproof?", "how heavy is it?"]),
        ("How long does delivery take and is shipping free?",
         ["How long does delivery take?", "is shipping free?"]),
        ("1. How long is delivery? 2. can I pay by invoice",
         ["How long is delivery?", "can I pay by invoice"]),
        ("I have two questions:\n1) how long does it take\n2) what does it cost",
         ["how long does it take", "what does it cost"]),
        ("- what is the price?\n- do you ship to France?",
         ["what is the price?", "do you ship to France?"]),
        ("how long is delivery. also can i pay by invoice",
         ["how long is delivery.", "also can i pay by invoice"]),
        ("what is the price, what is the size, and do you ship to France?",
         ["what is the price?", "what is the size?", "do you ship to France?"]),
        ("I'd like to know whether you ship to Spain and what it costs",
         ["I'd like to know whether you ship to Spain", "what it costs"]),
        ("Wie lange dauert die Lieferung und kann ich per Rechnung zahlen?",
         ["Wie lange dauert die Lieferung?", "kann ich per Rechnung zahlen?"]),
        ("Ist die Lampe wasserdicht, und wie schwer ist sie?",
         ["Ist die Lampe wasserdicht?", "wie schwer ist sie?"]),
        ("Combien de temps prend la livraison et puis-je payer sur facture ?",
         ["Combien de temps prend la livraison?", "puis-je payer sur facture ?"]),
        ("La lampe est-elle étanche, et combien pèse-t-elle ?",
         ["La lampe est-elle étanche?", "combien pèse-t-elle ?"]),
        ("¿Cuánto tarda la entrega y puedo pagar con factura?",
         ["¿Cuánto tarda la entrega?", "puedo pagar con factura?"]),
        ("¿Cuánto tarda? ¿Puedo pagar con tarjeta?",
         ["¿Cuánto tarda?", "¿Puedo pagar con tarjeta?"]),
        ("Quanto dura la consegna e posso pagare con fattura?",
         ["Quanto dura la consegna?", "posso pagare con fattura?"]),
        ("Quanto tempo demora a entrega e posso pagar por boleto?",
         ["Quanto tempo demora a entrega?", "posso pagar por boleto?"]),
        ("Hoe lang duurt de levering en kan ik op factuur betalen?",
         ["Hoe lang duurt de levering?", "kan ik op factuur betalen?"]),
    ],
)  # fmt: skip
def test_each_question_stands_alone(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


@pytest.mark.parametrize(
    "text",
    ["What is the return and refund policy?", "How and where can I return a tent?",
     "Can you tell me when and where to pick it up?", "If it breaks, can I return it?",
     "When it arrives, what should I do?", "Do you ship to Norway and Japan?",
     "My tent that leaks and is broken, can I return it?", "How long is delivery? 2 days?",
     "I bought a tent. Can I return it? It is unused.", "how do I return a tent and get a refund?",
     "my lamp does not work and when I press the button nothing happens",
     "Was ist das Rückgabe- und Erstattungsrecht?", "Liefert ihr nach Wien und in die Schweiz?",
     "Quelle est la politique de retour et de remboursement ?",
     "¿Cuál es la política de devolución y reembolso?", "Qual è la politica di reso e rimborso?",
     "Qual é a política de devolução e reembolso?", "Wat is het retour- en ruilbeleid?"],
)  # fmt: skip
def test_one_question_stays_whole(text: str) -> None:
    assert parts(text) == [text]


def test_courtesies_around_a_question_are_no_parts() -> None:
    assert parts("Hello! How are you? How long is delivery? Thanks!") == ["How long is delivery?"]


@settings(max_examples=40)
@given(st.lists(st.sampled_from(
    ["How long is delivery", "and", "can I pay", "?", ".", ",", "1.", "2)", "- ", "\n", "tent",
     "also", "thanks", "why"]), max_size=14).map(" ".join))  # fmt: skip
def test_every_word_of_a_part_is_the_customers(text: str) -> None:
    words = set(re.findall(r"\w+", text))
    for part in parts(text):
        assert set(re.findall(r"\w+", part)) <= words


@pytest.mark.parametrize(
    "text",
    ["My lamp stays dark and also where can I find my invoice?",
     "My lamp stays dark. Also, where can I find my invoice?"],
)  # fmt: skip
def test_what_is_told_before_an_added_question_is_a_part_of_its_own(text: str) -> None:
    told, asked = parts(text)
    assert told.startswith("My lamp stays dark")
    assert asked == "where can I find my invoice?"
