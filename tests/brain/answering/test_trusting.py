"""Which passages an answer may rest on: of two that contradict each other the right one, of
approved topics the approved, of policies all, of other languages what is quoted; and the judge."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from brain.answering.composing import Resources
from brain.answering.contradictions import Settling
from brain.answering.manner import Manner
from brain.answering.policies import Policies, small_or_marked
from brain.answering.prefix import Prices, chosen
from brain.answering.support import Claim, Support
from brain.contract import Filter, Hit, Passage
from brain.knowledge.lint.conflicts import Conflict
from brain.settings import ModelPrice
from brain.triage.intents import Understood
from tests.brain.answering.scene import (
    ANSWER,
    EMBEDDER,
    READER,
    RETURNS,
    SHIPPING,
    Shelf,
    TrueClock,
    scene,
    traced,
    writes,
)
from tests.platforms.models import Call, Fails, Move, Says

OLD = Passage(
    "o1", "returns-old", "main", "Returns", ("Returns", "How long"),
    "You can return anything within 30 days of delivery. Boots are returned in their box.",
    "https://fernhill.example/help/old", changed=1.0,
)  # fmt: skip
NEW = replace(RETURNS, changed=2.0)
QUESTION = "How long can I return something after delivery?"


class Desk:
    """Implements ``Contradictions``; ``right`` says that both sides are."""

    def __init__(self, *, right: bool = False) -> None:
        self.kept: list[Conflict] = []
        self._right = right

    async def told(self, tenant: str, found: Sequence[Conflict]) -> Sequence[Conflict]:
        self.kept += found
        return [] if self._right else found


def settling(desk: Desk) -> Callable[[Shelf], Resources]:
    return lambda _shelf: Resources(settling=Settling(EMBEDDER, desk))


@pytest.mark.parametrize(
    ("old", "new", "days"),
    [
        (OLD, NEW, "60"),
        (replace(OLD, changed=3.0), NEW, "30"),
        (replace(OLD, marks=frozenset({"trusted"})), NEW, "30"),
    ],
    ids=["newer", "newer the other way", "trusted"],
)  # fmt: skip
async def test_of_two_that_contradict_each_other_one_is_told_and_the_lead_hears_of_it(
    old: Passage, new: Passage, days: str
) -> None:
    desk = Desk()
    answer = f"You can return anything within {days} days of delivery."
    async with scene(
        lambda _: writes(answer), shelf=Shelf(old, new), resources=settling(desk)
    ) as on:
        decision = await on.turn(QUESTION)
        texts = " ".join(one["text"] for one in on.documents()[0]["passages"])
        other = {"60": "30", "30": "60"}[days]
        assert f"{days} days" in texts
        assert f"{other} days" not in texts
        assert "Boots are returned in their box." in texts, "the rest of the article stays"
        assert decision.text == answer
        assert [one.about for one in desk.kept] != []
        assert "days" in traced(decision)["contradictions"][0]


async def test_where_nobody_can_say_which_is_right_neither_is_told() -> None:
    old = replace(OLD, changed=NEW.changed)
    async with scene(
        lambda _: writes(missing="how long returns take"),
        shelf=Shelf(old, NEW),
        resources=settling(Desk()),
    ) as on:
        decision = await on.turn(QUESTION)
        texts = " ".join(one["text"] for one in on.documents()[0]["passages"])
        assert "60 days" not in texts
        assert "30 days" not in texts
        assert decision.kind == "hand_over"


async def test_what_a_person_said_is_right_on_both_sides_stays() -> None:
    async with scene(
        lambda _: writes(ANSWER), shelf=Shelf(OLD, NEW), resources=settling(Desk(right=True))
    ) as on:
        await on.turn(QUESTION)
        texts = " ".join(one["text"] for one in on.documents()[0]["passages"])
        assert "60 days" in texts
        assert "30 days" in texts


# --- Approved sentences ---------------------------------------------------------------------------

LEGAL = Understood("legal", "legal", 0.9, 0.9)
APPROVED = replace(RETURNS, marks=frozenset({"approved"}))


async def test_of_an_approved_topic_only_approved_sentences_are_said_as_they_stand() -> None:
    for shelf, kind in ((Shelf(APPROVED, SHIPPING), "reply"), (Shelf(), "hand_over")):
        async with scene(
            lambda _: writes(ANSWER),
            shelf=shelf,
            brain={"approved": ["legal"], "tiers": {}},
            understood=LEGAL,
        ) as on:
            decision = await on.turn(QUESTION)
            assert on.asked() == [], "no model words it"
            assert decision.kind == kind
            assert "approved_only" in {reason.code for reason in decision.reasons}
            if kind == "reply":
                assert decision.text in RETURNS.text
    async with scene(lambda _: writes(ANSWER), shelf=Shelf(APPROVED), understood=LEGAL) as on:
        assert (await on.turn(QUESTION)).kind == "hand_over", "unless a lead names the topic"


# --- Another language -----------------------------------------------------------------------------

GERMAN = Passage(
    "g1", "retoure", "main", "Rückgabe", ("Rückgabe",),
    "Sie können alles innerhalb von 60 Tagen nach der Lieferung zurückgeben. Ausgenommen sind"
    " Artikel aus dem Ausverkauf.",
    "https://fernhill.example/help/retoure", language="de",
)  # fmt: skip
QUOTE = "Sie können alles innerhalb von 60 Tagen nach der Lieferung zurückgeben."


@pytest.mark.parametrize(
    ("text", "quote", "fault"),
    [
        (ANSWER, QUOTE, None),
        (ANSWER, "Alles kann zurück.", "do not stand there"),
        (ANSWER, "60", "do not stand there"),
        ("You can return anything within 90 days.", QUOTE, "do not say “90 days”"),
        ("You can never return anything within 60 days.", QUOTE, "deny each other"),
        ("Return it within 60 days to Amazon.", QUOTE, "do not name “Amazon”"),
        (f"{ANSWER} {'It is easy and quick for everybody. ' * 6}", QUOTE, "says more"),
        ("Sale items can be returned.", "Ausgenommen sind Artikel aus dem Ausverkauf.",
         "the passage restricts"),
    ],
)  # fmt: skip
async def test_a_translated_sentence_is_borne_by_the_words_that_it_translates(
    text: str, quote: str, fault: str | None
) -> None:
    support = Support(READER.content, EMBEDDER)
    (checked,) = support.check([Claim(text, ("g1",), quote)], [GERMAN], "en")
    if fault is None:
        assert (checked.fault, checked.bearer, checked.quote) == (None, "g1", QUOTE)
    else:
        assert fault in (checked.fault or "")


class Always(Shelf):
    """Finds the same whatever is asked, as a search by meaning does across languages."""

    async def search(self, query: str, allowed: Filter, limit: int = 8) -> Sequence[Hit]:
        return [Hit(one, 0.9, 0.9, 0.9) for one in self.passages]


async def test_the_words_are_asked_for_where_a_source_is_in_another_language() -> None:
    row = {"text": ANSWER, "sources": ["p1"], "place": "same", "quote": QUOTE}
    async with scene(lambda _: writes(sentences=[row]), shelf=Always(GERMAN)) as on:
        decision = await on.turn(QUESTION)
        assert decision.text == ANSWER
        assert decision.citations[0].quote == QUOTE
        assert "letter by letter" in on.providers.calls[0].system
    async with scene(lambda _: writes(ANSWER)) as on:
        await on.turn(QUESTION)
        assert "letter by letter" not in on.providers.calls[0].system


# --- The judge ------------------------------------------------------------------------------------


def _judge(*borne: bool) -> Says:
    rows = [{"number": number, "borne": one} for number, one in enumerate(borne, start=1)]
    return Says(json.dumps({"verdicts": rows}))


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (_judge(True, True), f"{ANSWER} Sale items cannot be returned."),
        (Fails(500), f"{ANSWER} Sale items cannot be returned."),
        (Says("nonsense"), f"{ANSWER} Sale items cannot be returned."),
        (_judge(), f"{ANSWER} Sale items cannot be returned."),
    ],
    ids=["borne", "failed", "nonsense", "silent"],
)
async def test_a_judge_only_takes_away(verdict: Move, text: str) -> None:
    def script(call: Call) -> Move:
        return (
            verdict
            if "You check a reply" in call.system
            else writes(ANSWER, "Sale items cannot be returned.")
        )

    async with scene(script, brain={"judge": {"models": ["large"]}}) as on:
        assert (await on.turn(QUESTION)).text == text
        assert on.asked()[:2] == ["small", "large"]


async def test_what_the_judge_does_not_find_is_cut() -> None:
    said = (ANSWER, "Anything can be returned within 60 days.", "Sale items cannot be returned.")

    def script(call: Call) -> Move:
        judging = "You check a reply" in call.system
        return _judge(True, True, False) if judging else writes(*said)

    async with scene(script, brain={"judge": {"models": ["large"]}}) as on:
        decision = await on.turn(QUESTION)
        assert decision.text == " ".join(said[:2])
        assert "judging model" in traced(decision)["cut"][0]


# --- Policies in front ----------------------------------------------------------------------------

PRICES = Prices(input=1.0, cached=0.1, cache_write=1.25)


@pytest.mark.parametrize(
    ("policies", "saved", "context", "turns", "prefix"),
    [
        (0, 0, 100_000, 100, False),  # There are none.
        (2_000, 2_000, 100_000, 1, False),  # Written to the cache for one turn alone.
        (2_000, 2_000, 100_000, 2, True),  # The second pays it back.
        (8_000, 1_600, 100_000, 3, False),
        (8_000, 1_600, 100_000, 20, True),
        (8_000, 0, 100_000, 500, False),  # They save nothing.
        (30_000, 9_000, 100_000, 500, False),  # Too much of what the model reads.
        (500, 400, 100_000, 500, False),  # Too short for a cache.
        (500, 600, 100_000, 1, True),
    ],
)  # fmt: skip
def test_policies_go_in_front_where_that_is_cheaper(
    policies: int, saved: int, context: int, turns: int, prefix: bool
) -> None:
    found = chosen(policies, saved, context, PRICES, turns)
    assert found.prefix is prefix, found.why


def test_what_is_little_is_all_told_and_of_much_what_is_marked() -> None:
    long = replace(RETURNS, id="long", text="word " * 10_000)
    marked = replace(RETURNS, id="marked", marks=frozenset({"policy"}))
    guide = replace(RETURNS, id="guide", guide=True, marks=frozenset({"policy"}))
    assert small_or_marked([RETURNS, guide]) == (RETURNS,)
    assert small_or_marked([RETURNS, long, marked, guide]) == (marked,)


async def test_policies_are_the_same_from_call_to_call_and_may_be_cited() -> None:
    def resources(shelf: Shelf) -> Resources:
        return Resources(policies=Policies(shelf, TrueClock()))

    free = ModelPrice(input=1.0, output=5.0, cached=0.0, cache_write=0.0)
    cheap = dict.fromkeys(("small", "large"), free)
    # Long enough to be kept by a provider.
    more = " Boots are returned in their box." * 60
    long = [replace(one, text=one.text + more) for one in (RETURNS, SHIPPING)]
    hidden = replace(SHIPPING, id="hidden", audience="internal")
    async with scene(
        lambda _: writes(ANSWER), shelf=Shelf(*long, hidden), resources=resources, prices=cheap
    ) as on:  # fmt: skip
        decision = await on.turn("How long can I return international shipping after delivery?")
        assert decision.citations[0].passage == "r1"
        await on.turn("What does international shipping cost, and can I return after delivery?")
        parts = [call.body["messages"][0]["content"] for call in on.providers.calls
                 if call.wire == "anthropic"]  # fmt: skip
        assert all(isinstance(part, list) for part in parts), traced(decision)["policies"]
        assert parts[0][0] == parts[-1][0]
        assert parts[0][0]["cache_control"] == {"type": "ephemeral"}
        told = json.loads(parts[0][0]["text"])["policies"]
        assert [one["id"] for one in told] == ["k1", "k2"], "nothing internal"
        assert on.documents()[0]["passages"] == [], "nothing is told twice"


# --- The business's voice -------------------------------------------------------------------------


async def test_models_are_told_how_the_business_speaks() -> None:
    manner = Manner({"customer": "guest"}, ("cheap",), {"de": "formal"}, 400)

    def resources(_shelf: Shelf) -> Resources:
        return Resources(manner=lambda _channel: manner)

    async with scene(lambda _: writes(ANSWER), resources=resources) as on:
        await on.turn(QUESTION)
        told = on.providers.calls[0].system
        assert "Say “guest” for “customer”. Never say “cheap”." in told
        assert "at most 400 characters" in told
        assert "Sie" not in told
    assert "“Sie”" in manner.told("de-AT")
    assert Manner().told("de") == ""
