"""Several questions at once, questions that fit two things, and questions about something else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from brain.contract import Decision, Passage, Said, TurnInput
from tests.brain.test_agent import Shelf, agent, said, turn

DELIVERY = Passage(
    "d1", "delivery", "main", "Delivery", ("Delivery",),
    "Standard parcels arrive within three working days of shipping.", None,
)  # fmt: skip
INVOICE = Passage(
    "i1", "invoice", "main", "Invoices", ("Invoices",),
    "Companies can pay by invoice within 30 days.", None,
)  # fmt: skip
LAMP_200 = Passage(
    "l2", "lamp-200", "main", "Trail Lamp 200", ("Trail Lamp 200", "Battery"),
    "Its battery lasts 8 hours.", None,
)  # fmt: skip
LAMP_400 = Passage(
    "l4", "lamp-400", "main", "Trail Lamp 400", ("Trail Lamp 400", "Battery"),
    "Its battery lasts 14 hours.", None,
)  # fmt: skip
STORE = Passage(
    "s1", "stores", "main", "Stores", ("Stores",), "Our stores open at nine every morning.", None
)
BOTH = "When do standard parcels arrive and can companies pay by invoice within days?"
LAMPS = Shelf(LAMP_200, LAMP_400, STORE)
WHICH = "how long does the trail lamp battery last"


def on(year: int, given: TurnInput) -> TurnInput:
    return replace(given, now=datetime(year, 6, 1, tzinfo=UTC).timestamp())


def reply(decision: Decision, text: str, choice: str | None = None) -> TurnInput:
    """The turn after ``decision`` was told to the customer who had asked ``WHICH``."""
    words = decision.text or "Do you mean {a} or {b}?".format(**decision.slots)
    told = Said(2, "assistant", words, 0.0, notice=decision.notice)
    new = Said(3, "customer", text, 0.0, choice=choice)
    return replace(turn(), new=(new,), history=(said(WHICH), told))


async def test_both_of_two_questions_are_answered_in_one_reply() -> None:
    decision = await agent(Shelf(DELIVERY, INVOICE)).decide(turn(BOTH))
    assert decision.kind == "reply"
    assert decision.text == f"{DELIVERY.text}\n\n{INVOICE.text}"
    assert [citation.passage for citation in decision.citations] == ["d1", "i1"]


async def test_where_one_of_two_is_not_known_a_person_gets_both() -> None:
    decision = await agent(Shelf(INVOICE, STORE)).decide(turn(BOTH))
    assert decision.kind == "hand_over"
    assert decision.text == ""
    assert decision.handoff is not None
    assert decision.handoff.notice == "unknown"
    assert decision.handoff.reason.code == "partly_unanswered"
    assert decision.handoff.open_questions == ("When do standard parcels arrive?",)
    assert decision.handoff.suggested == INVOICE.text


async def test_more_questions_than_a_reply_can_hold_go_to_a_person() -> None:
    many = "\n".join(f"{n}. when do standard parcels arrive?" for n in range(1, 9))
    shelf = Shelf(DELIVERY)
    decision = await agent(shelf).decide(turn(many))
    assert decision.handoff is not None
    assert len(decision.handoff.open_questions) == 8
    assert shelf.asked == []


async def test_the_same_answer_to_two_questions_is_given_once() -> None:
    two = "When do standard parcels arrive? Within how many working days of shipping?"
    decision = await agent(Shelf(DELIVERY)).decide(turn(two))
    assert decision.text == DELIVERY.text


async def test_a_bot_question_beside_another_is_answered_with_it() -> None:
    given = turn("Are you a bot? When do standard parcels arrive?")
    decision = await agent(Shelf(DELIVERY)).decide(given)
    assert decision.notice == "are_you_a_bot"
    assert decision.text == DELIVERY.text


async def test_a_question_that_fits_two_sisters_names_both() -> None:
    decision = await agent(LAMPS).decide(turn(WHICH))
    assert (decision.kind, decision.notice) == ("clarify", "clarify")
    assert dict(decision.slots) == {"a": "Trail Lamp 200", "b": "Trail Lamp 400"}
    assert decision.text == ""
    assert [reason.code for reason in decision.reasons] == ["ambiguous"]
    assert decision.confidence >= 0.7


async def test_sisters_of_which_the_same_is_true_need_no_question() -> None:
    same = replace(LAMP_400, text=LAMP_200.text)
    decision = await agent(Shelf(LAMP_200, same, STORE)).decide(turn(WHICH))
    assert (decision.kind, decision.text) == ("reply", LAMP_200.text)


@pytest.mark.parametrize(
    ("text", "choice", "answer"),
    [
        ("Trail Lamp 400", "option_b", LAMP_400.text),
        ("Trail Lamp 200", "option_a", LAMP_200.text),
        ("the 400 please", None, LAMP_400.text),
        ("the first one", None, LAMP_200.text),
        ("das zweite", None, LAMP_400.text),
        ("both", None, f"{LAMP_200.text}\n\n{LAMP_400.text}"),
    ],
)
async def test_the_reply_to_it_is_understood(text: str, choice: str | None, answer: str) -> None:
    asked = await agent(LAMPS).decide(turn(WHICH))
    decision = await agent(LAMPS).decide(reply(asked, text, choice))
    assert (decision.kind, decision.text) == ("reply", answer)


async def test_neither_of_two_goes_to_a_person() -> None:
    asked = await agent(LAMPS).decide(turn(WHICH))
    decision = await agent(LAMPS).decide(reply(asked, "Something else", "something_else"))
    assert decision.handoff is not None
    assert decision.handoff.reason.code == "neither_reading"


async def test_it_is_asked_only_once() -> None:
    asked = await agent(LAMPS).decide(turn(WHICH))
    decision = await agent(LAMPS).decide(reply(asked, "the battery of the lamp, how long?"))
    assert decision.kind == "hand_over"


async def test_what_was_chosen_holds_for_the_next_question() -> None:
    asked = await agent(LAMPS).decide(turn(WHICH))
    chosen = reply(asked, "the 400")
    answer = await agent(LAMPS).decide(chosen)
    told = Said(4, "assistant", answer.text, 0.0, passages=("l4",))
    history = (*chosen.history, *chosen.new, told)
    later = await agent(LAMPS).decide(turn("and for the other one?", history=history))
    assert later.text == LAMP_200.text


async def test_it_is_not_asked_again_of_another_fact() -> None:
    heavy = [
        replace(lamp, id=f"w{lamp.id}", title_path=(lamp.title, "Weight"), text=text)
        for lamp, text in ((LAMP_200, "It weighs 78 grams."), (LAMP_400, "It weighs 92 grams."))
    ]
    asked = await agent(LAMPS).decide(turn(WHICH))
    chosen = reply(asked, "the 400")
    told = Said(4, "assistant", LAMP_400.text, 0.0, passages=("l4",))
    history = (*chosen.history, *chosen.new, told)
    later = turn("how many grams weighs your trail lamp without its strap", history=history)
    decision = await agent(Shelf(LAMP_200, LAMP_400, *heavy)).decide(later)
    assert decision.text == "It weighs 92 grams."


@pytest.mark.parametrize(
    "text",
    ["what is the weather tomorrow", "tell me a joke", "who won the world cup", "what is 3 + 4",
     "Schreib mir ein Gedicht"],
)  # fmt: skip
async def test_what_is_not_about_us_is_declined_once(text: str) -> None:
    first = await agent(Shelf(DELIVERY)).decide(turn(text))
    assert (first.kind, first.notice) == ("reply", "off_topic")
    assert first.confidence <= 0.1
    assert first.citations == ()
    declined = Said(2, "assistant", "Outside.", 0.0, notice="off_topic")
    again = await agent(Shelf(DELIVERY)).decide(turn(text, history=(said("x"), declined)))
    assert again.handoff is not None
    assert again.handoff.reason.code == "off_topic_again"


async def test_however_near_an_article_is_no_poem_is_written() -> None:
    tents = replace(STORE, title="Tents", text="Tents dry best in the morning sun after rain.")
    decision = await agent(Shelf(tents)).decide(turn("write a poem: tents dry in morning sun"))
    assert decision.notice == "off_topic"
    assert decision.confidence <= 0.1


@pytest.mark.parametrize(
    "text",
    ["do you sell kayaks?", "can I get a refund for my kayak?", "my kayak arrived broken",
     "is there a discount for kayaks", "why?", "and the other one?", "habt ihr Kajaks?"],
)  # fmt: skip
async def test_what_may_be_about_us_goes_to_a_person(text: str) -> None:
    decision = await agent(Shelf(DELIVERY)).decide(turn(text))
    assert decision.handoff is not None
    assert decision.handoff.notice == "unknown"


async def test_what_stands_only_in_another_language_makes_no_question_foreign() -> None:
    english = replace(DELIVERY, language="en")
    decision = await agent(Shelf(english)).decide(turn("¿Tienen kayaks amarillos grandes aquí?"))
    assert decision.kind == "hand_over"


async def test_figures_past_their_review_are_only_suggested_to_a_person() -> None:
    old = replace(INVOICE, review_by="2026-01-01")
    question = "can companies pay by invoice within days"
    fresh = await agent(Shelf(old)).decide(on(2025, turn(question)))
    assert fresh.kind == "reply"
    stale = await agent(Shelf(old)).decide(on(2026, turn(question)))
    assert stale.handoff is not None
    assert stale.handoff.reason.code == "out_of_date"
    assert "2026-01-01" in stale.handoff.reason.rule
    assert stale.handoff.suggested == INVOICE.text
    assert stale.confidence < 0.7


async def test_the_customers_language_comes_first_and_any_other_after_it() -> None:
    german = Passage(
        "g1", "lieferung", "main", "Lieferung", ("Lieferung",),
        "Standardpakete kommen innerhalb von drei Werktagen an.", None, language="de",
    )  # fmt: skip
    shelf = Shelf(german, replace(DELIVERY, language="en"))
    own = await agent(shelf).decide(turn("Wann kommen Standardpakete innerhalb der Werktage an?"))
    assert own.text == german.text
    assert {allowed.language for _, allowed in shelf.asked} == {"de"}
    only_english = Shelf(replace(DELIVERY, language="en"))
    other = await agent(only_english).decide(
        turn("Wann kommen die Pakete (standard parcels arrive within) denn an?")
    )
    assert other.text == DELIVERY.text
    assert {allowed.language for _, allowed in only_english.asked} == {"de", None}
