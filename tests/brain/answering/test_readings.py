"""How a leaning question may be understood, and how several answers become one reply."""

from __future__ import annotations

from brain.answering.ambiguity import ambiguity, compared, differ, without_name
from brain.answering.finding import Found
from brain.answering.joining import join
from brain.answering.reading import Context, readings
from brain.contract import Citation, Hit, Passage
from brain.models.extractive import Answer
from brain.triage.classifier import Leaning, Question
from brain.triage.words import clauses

CONTEXT = Context("what does shipping cost", "Shipping")


def texts(leans: Leaning, context: Context = CONTEXT) -> list[str]:
    return [reading.text for reading in readings(Question("to Rome?", leans), context)]


def hit(title: str, score: float, text: str = "text", section: str = "Battery") -> Hit:
    name = f"{title}#{section}"
    return Hit(Passage(name, title, "main", title, (title, section), text), score, score)


def content(text: str) -> frozenset[str]:
    return frozenset(word for part in clauses(text) for word in part)


def found(text: str, passage: str, sure: float) -> Found:
    answer = Answer(text, (Citation(passage, passage, None, text),), sure)
    return Found("question", hits=[hit(passage, sure)], answer=answer)


def test_a_question_that_leans_on_nothing_is_read_as_it_is() -> None:
    assert texts("nothing") == ["to Rome?"]
    assert texts("points", Context()) == ["to Rome?"]


def test_a_question_that_leans_is_read_with_its_context_too() -> None:
    context = ["Shipping\nto Rome?", "what does shipping cost\nto Rome?"]
    assert texts("goes_on") == [*context, "to Rome?"]
    assert texts("points") == [*context, "to Rome?"]
    assert texts("bare") == context[::-1]


def test_two_near_identical_things_are_ambiguous_until_one_is_named() -> None:
    hits = [hit("Lamp 200", 0.7), hit("Lamp 400", 0.68), hit("Returns", 0.4)]
    both = ambiguity("how long does the lamp burn", hits)
    assert both is not None
    assert both.slots == {"a": "Lamp 200", "b": "Lamp 400"}
    assert [h.passage.title for h in both.first] == ["Lamp 200", "Returns"]
    assert [h.passage.title for h in both.second] == ["Lamp 400", "Returns"]
    assert ambiguity("how long does the 200 burn", hits) is None
    far = [hits[0], hit("Lamp 400", 0.5)]
    assert ambiguity("how long does the lamp burn", far) is None


def test_the_readings_are_in_the_order_of_their_names_however_they_were_found() -> None:
    both = ambiguity("the lamp?", [hit("Lamp 400", 0.7), hit("Lamp 200", 0.69)])
    assert both is not None
    assert both.slots == {"a": "Lamp 200", "b": "Lamp 400"}
    assert both.first[0].passage.title == "Lamp 200"


def test_a_question_that_names_both_compares_them() -> None:
    hits = [hit("Lamp 200", 0.7), hit("Lamp 400", 0.68)]
    assert compared("is the 200 or the 400 lighter", hits) is not None
    assert compared("is the 200 light", hits) is None


def test_answers_that_differ_in_their_names_alone_do_not_differ() -> None:
    both = ambiguity("the lamp?", [hit("Lamp 200", 0.7), hit("Lamp 400", 0.69)])
    assert both is not None
    assert not differ("Lamp 200 is black", "Lamp 400 is black", both.pair, content)
    assert differ("Lamp 200 is black", "Lamp 400 is grey", both.pair, content)
    assert without_name("weight of the lamp 200", "Lamp 200", both.pair) == "weight of the lamp"


def test_a_joined_reply_keeps_the_order_and_the_least_confidence() -> None:
    joined = join([found("One.", "a", 0.9), found("Two.", "b", 0.8), found("One.", "a", 0.95)])
    assert joined.text == "One.\n\nTwo."
    assert [citation.passage for citation in joined.citations] == ["a", "b"]
    assert joined.confidence == 0.8
    assert join([]).confidence == 0.0
