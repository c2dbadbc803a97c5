"""The kind of figure that a question asks for, and which sentences state one."""

from __future__ import annotations

import pytest

from brain.models.figures import Figure, asked_for, states


@pytest.mark.parametrize(
    ("question", "kind"),
    [("how long is the warranty", "duration"), ("Wie lange dauert der Versand?", "duration"),
     ("Combien de temps prend la livraison ?", "duration"), ("when do you open", "time"),
     ("what does a repair cost", "price"), ("Was kostet das?", "price"),
     ("hoe zwaar is de tent", "weight"), ("cuánto cuesta", "price")],
)  # fmt: skip
def test_a_question_asks_for_a_kind_of_figure(question: str, kind: Figure) -> None:
    assert kind in asked_for(question)


def test_most_questions_ask_for_none() -> None:
    assert asked_for("can I pay by card") == frozenset()


@pytest.mark.parametrize(
    ("sentence", "kind", "stated"),
    [("Its warranty is 3 years.", "duration", True), ("It costs £219.", "duration", False),
     ("It costs £219.", "price", True), ("Returns are free.", "price", True),
     ("Order before 14:00.", "time", True), ("It weighs 95 g.", "weight", True),
     ("Der Versand dauert 4 bis 6 Werktage.", "duration", True)],
)  # fmt: skip
def test_a_sentence_states_a_figure_of_a_kind(sentence: str, kind: Figure, *, stated: bool) -> None:
    assert states(sentence, frozenset({kind})) is stated
