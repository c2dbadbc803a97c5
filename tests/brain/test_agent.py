"""A turn of the assistant from the messages to the decision, over a knowledge of a few passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from brain.agent import Agent
from brain.circumstances import Circumstances, Profile
from brain.contract import (
    Author,
    Brain,
    CaseState,
    Filter,
    Hit,
    KnowledgeUnavailable,
    Owner,
    Passage,
    Said,
    TurnInput,
)
from brain.models.extractive import Answer, Asked, Extractive
from brain.settings import BrainSettings
from brain.triage.classifier import Classifier, shipped

CLASSIFIER: Classifier = shipped()
RETURNS = Passage(
    "r1", "returns", "main", "Returns", ("Returns", "How long"),
    "You can return anything within 60 days of delivery.", "https://fernhill.example/help/returns",
)  # fmt: skip
SHIPPING = Passage(
    "s1", "shipping", "main", "Shipping", ("Shipping", "International"),
    "International shipping costs £9.95.", "https://fernhill.example/help/shipping",
)  # fmt: skip


class Shelf:
    """Finds what shares words with the query; ``broken`` fails as an index that is gone."""

    def __init__(self, *passages: Passage, broken: bool = False) -> None:
        self._passages = passages
        self._broken = broken
        self.asked: list[tuple[str, Filter]] = []

    async def search(self, query: str, allowed: Filter, limit: int = 8) -> Sequence[Hit]:
        self.asked.append((query, allowed))
        if self._broken:
            raise KnowledgeUnavailable("the index is being built")
        wanted = CLASSIFIER.content(query)
        seen = [p for p in self._passages if p.language in (allowed.language, None)]
        shelf = self._passages if allowed.language is None else seen
        found = [(p, len(wanted & CLASSIFIER.content(_read(p))) / 3) for p in shelf]
        hits = [Hit(p, min(1.0, share), min(1.0, share), share) for p, share in found if share]
        return sorted(hits, key=lambda hit: -hit.score)[:limit]


def _read(passage: Passage) -> str:
    return f"{passage.title} {passage.text}"


class Ticking:
    """Every look at the clock takes a quarter of a second."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        self._now += 0.25
        return self._now

    async def sleep(self, seconds: float) -> None:
        self._now += seconds


class Inventing:
    """Says something that no passage says."""

    name = "inventing"

    def answer(self, asked: Asked, hits: Sequence[Hit]) -> Answer:
        given = Extractive(CLASSIFIER.content).answer(asked, hits)
        return Answer("You have 90 days and a free pony.", given.citations, 0.99)


def agent(shelf: Shelf, answerer: Extractive | Inventing | None = None) -> Brain:
    chosen = answerer or Extractive(CLASSIFIER.content)
    return Agent(shelf, CLASSIFIER, chosen, BrainSettings(), Ticking())


def said(text: str, author: Author = "customer", *passages: str) -> Said:
    return Said(seq=1, author=author, text=text, at=0.0, passages=passages)


def turn(
    *texts: str,
    history: tuple[Said, ...] = (),
    unsuccessful: int = 0,
    owner: Owner = "assistant",
) -> TurnInput:
    return TurnInput(
        turn="t1",
        tenant="main",
        conversation="c1",
        channel="web",
        demo=True,
        owner=owner,
        new=tuple(map(said, texts)),
        history=history,
        language="en",
        case=CaseState(unsuccessful=unsuccessful),
        audiences=("public", "customers"),
    )


ANSWERED = (
    said("How long can I return something after delivery?"),
    said(RETURNS.text, "assistant", "r1"),
)


async def test_a_question_is_answered_with_its_source() -> None:
    shelf = Shelf(RETURNS, SHIPPING)
    decision = await agent(shelf).decide(turn("How many days after delivery can I return?"))
    assert decision.kind == "reply"
    assert decision.text == RETURNS.text
    assert [(c.passage, c.url, c.quote) for c in decision.citations] == [
        ("r1", RETURNS.url, RETURNS.text)
    ]
    assert decision.confidence >= 0.7
    assert decision.language == "en"
    assert [reason.code for reason in decision.reasons] == ["answered"]
    allowed = Filter("main", demo=True, audiences=("public", "customers"), language="en")
    assert shelf.asked[0][1] == allowed


async def test_the_trace_says_what_was_considered_and_how_long_it_took() -> None:
    decision = await agent(Shelf(RETURNS)).decide(turn("return within days of delivery"))
    trace = decision.trace
    assert trace.model == "extractive"
    assert set(trace.stages) == {"triage", "knowledge", "answer", "grounding"}
    assert all(seconds == 0.25 for seconds in trace.stages.values())
    assert [(p["id"], p["document"]) for p in trace.passages] == [("r1", "returns")]
    assert trace.detail["query"] == "return within days of delivery"
    assert isinstance(trace.detail["triage"], dict)


@pytest.mark.parametrize("broken", [True, False])
async def test_the_wish_for_a_person_comes_before_knowledge(broken: bool) -> None:
    shelf = Shelf(RETURNS, broken=broken)
    given = turn("how many days to return?", "actually, get me a person", "hello?")
    decision = await agent(shelf).decide(given)
    assert decision.kind == "hand_over"
    assert decision.handoff is not None
    assert decision.handoff.notice == "handoff"
    assert decision.handoff.reason.code == "asked_for_person"
    assert shelf.asked == []


async def test_what_the_knowledge_does_not_hold_goes_to_a_person() -> None:
    for shelf in (Shelf(), Shelf(RETURNS, SHIPPING)):
        decision = await agent(shelf).decide(turn("Do you sell kayaks to return visitors?"))
        assert decision.kind == "hand_over"
        assert decision.handoff is not None
        assert decision.handoff.notice == "unknown"
        assert decision.handoff.reason.code == "low_confidence"
        assert decision.unsuccessful == "unknown"
        assert decision.text == ""


async def test_an_index_that_fails_is_our_trouble() -> None:
    decision = await agent(Shelf(RETURNS, broken=True)).decide(turn("how long to return"))
    assert decision.handoff is not None
    assert decision.handoff.notice == "trouble"
    assert decision.handoff.reason.code == "knowledge_unavailable"
    assert "being built" in decision.handoff.reason.rule


@pytest.mark.parametrize("broken", [False, True])
async def test_who_gets_it_by_a_rule_is_told_what_the_articles_say(broken: bool) -> None:
    asked = replace(turn("days to return"), around=Circumstances(profile=Profile(vip=True)))
    decision = await agent(Shelf(RETURNS, broken=broken)).decide(asked)
    assert decision.handoff is not None
    assert (decision.kind, decision.text, decision.handoff.reason.code) == ("hand_over", "", "vip")
    assert ("Returns" in decision.handoff.concluded) == (not broken)
    assert decision.confidence < BrainSettings().knowledge.threshold


async def test_a_claim_without_a_source_never_leaves() -> None:
    decision = await agent(Shelf(RETURNS), Inventing()).decide(turn("days to return"))
    assert decision.kind == "hand_over"
    assert decision.citations == ()
    assert decision.trace.detail["cut"] == ["You have 90 days and a free pony."]


async def test_a_follow_up_is_searched_with_the_question_before_it() -> None:
    shelf = Shelf(RETURNS, SHIPPING)
    history = (said("what does shipping cost"), said("Standard is £3.95.", "assistant", "s0"))
    decision = await agent(shelf).decide(turn("and for international?", history=history))
    asked = [query for query, _ in shelf.asked]
    assert "what does shipping cost\nand for international?" in asked
    assert decision.text == SHIPPING.text


async def test_the_second_unsuccessful_exchange_goes_to_a_person() -> None:
    given = turn("that did not help", history=ANSWERED, unsuccessful=1)
    decision = await agent(Shelf(RETURNS)).decide(given)
    assert decision.handoff is not None
    assert decision.handoff.notice == "handoff_by_us"
    assert decision.handoff.reason.code == "unsuccessful_exchanges"
    assert decision.unsuccessful == "not_helpful"
    assert decision.handoff.concluded


async def test_after_an_answer_that_did_not_help_it_is_not_said_again() -> None:
    more = Passage(
        "r2", "returns", "main", "Returns", ("Returns", "Late"),
        "To return something long after delivery, write to us.", None,
    )  # fmt: skip
    decision = await agent(Shelf(RETURNS, more)).decide(turn("not helpful", history=ANSWERED))
    assert decision.kind == "reply"
    assert decision.text == more.text
    assert decision.unsuccessful == "not_helpful"
    nothing_new = await agent(Shelf(RETURNS)).decide(turn("not helpful", history=ANSWERED))
    assert nothing_new.kind == "hand_over"


async def test_small_talk_is_a_notice_and_searches_nothing() -> None:
    shelf = Shelf(RETURNS)
    for text, notice in [("hi!", "greeting"), ("thank you", "thanks"), ("r u a bot", None)]:
        decision = await agent(shelf).decide(turn(text))
        assert decision.kind == "reply"
        assert decision.notice == (notice or "are_you_a_bot")
        assert decision.text == ""
    assert shelf.asked == []


async def test_a_file_alone_goes_to_a_person() -> None:
    file = Said(seq=1, author="customer", text="", at=0.0, files=("photo.jpg",))
    given = TurnInput("t", "main", "c", "web", demo=True, owner="assistant", new=(file,))
    decision = await agent(Shelf(RETURNS)).decide(given)
    assert decision.handoff is not None
    assert (decision.handoff.notice, decision.handoff.reason.code) == (
        "cannot_read",
        "unreadable_file",
    )


@pytest.mark.parametrize("owner", ["queue", "staff"])
async def test_it_is_silent_in_a_conversation_that_people_own(owner: Owner) -> None:
    shelf = Shelf(RETURNS)
    decision = await agent(shelf).decide(turn("agent please", owner=owner))
    assert decision.kind == "silent"
    assert [reason.code for reason in decision.reasons] == ["not_owner"]
    assert shelf.asked == []


async def test_no_new_message_is_no_failure() -> None:
    decision = await agent(Shelf(RETURNS)).decide(turn())
    assert decision.kind in {"reply", "hand_over"}
