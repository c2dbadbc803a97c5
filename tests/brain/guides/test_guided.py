"""Turns of a customer who is walked through a guide, beside a brain that answers the rest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from brain.contract import (
    CaseState,
    Citation,
    Decision,
    Guide,
    Handoff,
    Owner,
    Reason,
    Said,
    TurnInput,
)
from brain.guides.guided import Guided
from brain.guides.phrasebook import shipped as shipped_phrases
from brain.guides.reading import placed, read
from brain.triage.classifier import shipped
from tests.brain.guides.lamp import BODY, Inner, Shelf, lamp

READER = shipped()
PHRASES = shipped_phrases()


def person(code: str) -> Decision:
    return Decision(kind="hand_over", handoff=Handoff(Reason(code, code), "handoff"))


def answers(turn: TurnInput) -> Decision:
    """Knows lamps and shipping; what it does not know goes to a person."""
    text = turn.new[-1].text.casefold()
    if "human" in text:
        return person("asked_for_person")
    if "lamp" in text or "warranty" in text:
        cited = (Citation("p1", "The lamp stays dark", None, ""),)
        quoted = BODY if "lamp" in text else "Lamps have two years of warranty."
        reasons = (Reason("answered", "sure"),)
        return Decision("reply", quoted, citations=cited, confidence=0.9, reasons=reasons)
    if "shipping" in text:
        return Decision("reply", "It costs £5.", citations=(Citation("s1", "S", None, ""),))
    if "purple" in text:
        return Decision("reply", notice="off_topic")
    if text.startswith("thank"):
        return Decision("reply", notice="thanks")
    return replace(person("low_confidence"), unsuccessful="unknown")


@dataclass
class Talk:
    """One case; ``day`` is a day in seconds passed between two messages."""

    shelf: Shelf = field(default_factory=lambda: Shelf(lamp()))
    inner: Inner = field(default_factory=lambda: Inner(answers))
    history: tuple[Said, ...] = ()
    case: CaseState = field(default_factory=CaseState)
    language: str = "en"
    owner: Owner = "assistant"
    at: float = 0.0

    async def say(self, *texts: str, choice: str | None = None) -> Decision:
        brain = Guided(self.inner, self.shelf, READER, PHRASES)
        self.at += 10.0
        first = len(self.history) + 1
        new = tuple(
            Said(first + n, "customer", text, self.at, choice=choice)
            for n, text in enumerate(texts)
        )
        turn = TurnInput(
            "t", "main", "c", "web", False, self.owner, new, self.history, self.language, self.case
        )  # fmt: skip
        decision = await brain.decide(turn)
        self.history += new
        if decision.kind in {"reply", "clarify"}:
            passages = tuple(citation.passage for citation in decision.citations)
            self.add(Said(0, "assistant", decision.text, self.at, decision.notice, None, passages))
            self.case = replace(self.case, guide=decision.guide)
        return decision

    def add(self, said: Said) -> None:
        self.history = (*self.history, said)


@pytest.fixture
def talk() -> Talk:
    return Talk()


def labels(decision: Decision) -> list[str]:
    return [option.label for option in decision.options]


async def test_an_answer_from_a_guide_begins_with_its_first_step(talk: Talk) -> None:
    decision = await talk.say("my lamp stays dark")
    assert decision.text == (
        "Let’s go through this step by step: **The lamp stays dark**.\n\n"
        "Hold the button for three seconds. Does the light come on?"
    )
    assert labels(decision) == ["Yes", "No light", "It blinks red"]
    assert decision.guide is not None
    assert (decision.guide.document, decision.guide.step) == ("lamp", 1)
    assert (decision.confidence, [c.passage for c in decision.citations]) == (0.9, ["p1"])
    assert [reason.code for reason in decision.reasons] == ["answered", "guide"]


async def test_beside_another_answer_the_guide_comes_last() -> None:
    cited = (Citation("s1", "S", None, "It costs £5."), Citation("p1", "Lamp", None, "1. Hold"))
    told = Decision("reply", f"It costs £5.\n\n{BODY[BODY.index('1. Hold') :]}", citations=cited)
    decision = await Talk(inner=Inner(lambda _: told)).say("My lamp stays dark. What is shipping?")
    assert decision.text == (
        "It costs £5.\n\nLet’s go through this step by step: **The lamp stays dark**.\n\n"
        "Hold the button for three seconds. Does the light come on?"
    )
    assert decision.guide is not None


async def test_a_question_that_the_step_itself_answers_shows_the_step_again(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    decision = await talk.say("is the button purple?")
    assert decision.notice is None
    assert "Hold the button for three seconds" in decision.text


async def test_each_answer_leads_to_the_next_step_with_its_source(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    second = await talk.say("no light")
    assert second.text == "Charge it for an hour with the cable from the box."
    assert [(c.passage, c.url) for c in second.citations] == [
        ("p1", "https://fernhill.example/lamp")
    ]
    assert labels(second) == ["Done, next"]
    assert len(talk.inner.asked) == 1


async def test_a_good_end_says_so_and_asks_nothing(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    decision = await talk.say("yes!")
    assert decision.kind == "reply"
    assert "?" not in decision.text
    assert (decision.guide, decision.options) == (None, ())


async def test_an_outcome_that_needs_a_person_tells_them_what_was_done(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    await talk.say("no light")
    await talk.say("done")
    decision = await talk.say("nope")
    assert decision.handoff is not None
    assert (decision.handoff.reason.code, decision.handoff.notice) == (
        "guide_person",
        "handoff_by_us",
    )
    assert decision.handoff.steps == (
        "1. Hold the button for three seconds. Does the light come on?: no light",
        "2. Charge it for an hour with the cable from the box.: done",
        "3. Hold the button again. Does it light up now?: no",
    )


async def test_the_wish_for_a_person_comes_before_any_step(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    await talk.say("no light")
    decision = await talk.say("done, but I want to talk to a human")
    assert decision.handoff is not None
    assert decision.handoff.reason.code == "asked_for_person"
    assert len(decision.handoff.steps) == 1


async def test_another_question_is_answered_and_the_steps_wait(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    beside = await talk.say("how much is shipping?")
    assert beside.text == "It costs £5."
    assert [(option.id, option.label) for option in beside.options] == [
        ("guide_steps", "Back to the steps")
    ]
    again = await talk.say("Back to the steps", choice="guide_steps")
    assert again.text.startswith("We are at step 1 of 3:")
    assert (await talk.say("no light")).text.startswith("Charge it")


async def test_small_talk_keeps_the_steps(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    decision = await talk.say("thanks")
    assert decision.notice == "thanks"
    assert decision.guide is not None


async def test_a_question_that_needs_a_person_takes_the_steps_along(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    await talk.say("no light")
    decision = await talk.say("do you sell elephants?")
    assert decision.handoff is not None
    assert decision.handoff.reason.code == "low_confidence"
    assert len(decision.handoff.steps) == 1


async def test_an_unclear_answer_is_asked_for_once_and_then_a_person_helps(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    once = await talk.say("hmm, kind of weird")
    assert "**Yes**, **No light** or **It blinks red**" in once.text
    assert once.unsuccessful == "not_understood"
    twice = await talk.say("odd things, all of them")
    assert twice.handoff is not None
    assert twice.handoff.reason.code == "guide_unclear"


async def test_a_word_that_fits_nowhere_is_no_other_matter(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    assert "**No light**" in (await talk.say("purple")).text
    assert (await talk.say("is purple a colour?")).notice == "off_topic"


async def test_a_greeting_after_a_day_says_where_we_were(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    await talk.say("no light")
    talk.at += 24 * 3600.0
    decision = await talk.say("hello again")
    assert decision.text.startswith("We are at step 2 of 3:")
    assert (await talk.say("charged it, done")).text.startswith("Hold the button again")


async def test_no_text_is_said_twice_however_often_a_step_is_shown(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    texts = [(await talk.say("which step am I at?")).text for _ in range(3)]
    assert len(set(texts)) == 3
    last = await talk.say("which step am I at?")
    assert last.handoff is not None
    assert last.handoff.reason.code == "guide_repeats"


async def test_a_guide_walked_to_its_end_is_not_begun_with_the_same_words(talk: Talk) -> None:
    first = await talk.say("my lamp stays dark")
    await talk.say("yes")
    second = await talk.say("my lamp stays dark again")
    assert second.guide is not None
    assert second.text != first.text


@pytest.mark.parametrize("now", [None, "1. Take the battery out.\n2. Wait.\n   - if: ok -> done"])
async def test_a_guide_that_changed_meanwhile_goes_to_a_person(talk: Talk, now: str | None) -> None:
    await talk.say("my lamp stays dark")
    await talk.say("no light")
    changed = read("lamp", "The lamp stays dark", None, now) if now else None
    talk.shelf.current = changed
    decision = await talk.say("done")
    assert decision.handoff is not None
    assert decision.handoff.reason.code == "guide_changed"
    assert len(decision.handoff.steps) == 1


async def test_a_question_is_answered_though_the_guide_is_gone(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    talk.shelf.current = None
    decision = await talk.say("how much is shipping?")
    assert (decision.text, decision.guide) == ("It costs £5.", None)


async def test_what_a_person_took_over_is_no_step_any_more(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    talk.add(Said(0, "staff", "Let me look at that for you.", talk.at))
    decision = await talk.say("how much is shipping?")
    assert decision.guide is None


async def test_another_guide_takes_the_place_of_the_one_under_way(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    tent = read("tent", "The tent leaks", None, "1. Dry it. Is it dry?\n   - if: yes -> done")
    assert tent is not None
    talk.shelf = _Two(lamp(), placed(tent, [("s1", "Dry it. Is it dry?")]))
    decision = await talk.say("what about shipping?")
    assert decision.guide is not None
    assert decision.guide.document == "tent"


async def test_a_guide_is_never_quoted_with_its_authors_marks(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    decision = await talk.say("where is the button of the lamp?")
    assert "if:" not in decision.text
    assert decision.text.startswith("We are at step 1 of 3:")


async def test_a_fact_of_the_guides_own_article_is_quoted(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    decision = await talk.say("is there a warranty?")
    assert decision.text == "Lamps have two years of warranty."
    assert decision.guide is not None


async def test_several_messages_are_read_together_and_one_by_one(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    assert (await talk.say("ok I held it", "no light")).text.startswith("Charge it")


async def test_while_people_own_the_case_no_step_is_taken(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    talk.owner = "queue"
    await talk.say("no light")
    assert talk.inner.asked[-1].owner == "queue"


async def test_customers_are_walked_in_their_own_language() -> None:
    talk = Talk(language="de")
    first = await talk.say("Meine lamp bleibt leider immer dunkel")
    assert first.text.startswith("Gehen wir das Schritt für Schritt durch")
    assert labels(first)[0] == "Ja"
    assert labels(await talk.say("nein")) == ["Erledigt, weiter"]


async def test_a_trace_says_guide_step_and_outcome(talk: Talk) -> None:
    await talk.say("my lamp stays dark")
    decision = await talk.say("no light")
    assert decision.trace.detail["guide"] == {
        "document": "lamp",
        "step": 2,
        "came": "next",
        "outcome": "no light",
    }


class _Two(Shelf):
    def __init__(self, current: Guide, other: Guide) -> None:
        super().__init__(current)
        self._other = other

    async def of_passage(self, passage: str, allowed: object) -> Guide | None:
        return self._other if passage == "s1" else self.current
