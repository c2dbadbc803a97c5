"""A thousand mixed questions through the shipped routes, at list prices: each goes to the model
that its label says, and together they cost far less than the premium model for all."""

from __future__ import annotations

import random
from functools import cache

import pytest

from brain.answering.prompting import Brief, request_of
from brain.chat import Usage
from brain.contract import Hit, Passage, Said
from brain.models.pricing import listed
from brain.models.routing import shipped as shipped_route
from brain.router import Complexity, Need, complexity, route
from brain.settings import ModelSettings
from brain.spending import Cost
from brain.triage.classifier import shipped

READER = shipped()
PRICES = listed()
# Of ten routine answers one is not borne and is asked of the bigger model too; generously counted.
_ESCALATED = 0.1
_LETTERS_A_TOKEN = 4
_OUTPUT = 180

SIMPLE = (
    "How long does delivery take?", "where is my parcel", "Do you ship to Norway?",
    "what's the return window for boots", "Can I pay by invoice?", "how do i reset my password",
    "Which size should I take if I have wide feet?", "do you have gift cards",
    "how much is express delivery", "Is the jacket waterproof?", "can i change my delivery address",
    "What does the warranty cover?", "Wie lange dauert der Versand?", "Kann ich per PayPal zahlen?",
    "Quel est le délai de retour ?", "¿Cuánto cuesta el envío?", "Quanto costa la spedizione?",
    "Quanto tempo demora a entrega?", "Hoe kan ik mijn bestelling retourneren?",
    "is there a student discount", "When do you open on Saturday?", "How do I clean the stove?",
    "can I cancel my order", "does the lamp come with batteries", "Where can I see my invoices?",
)  # fmt: skip
STORY = (
    "I ordered a tent and two sleeping bags three weeks ago for a trip with my brother, and first"
    " the tent came without its poles, then one bag was the wrong colour, and the replacement that"
    " was promised went to my old address although I had changed it in the account before, so now I"
    " am wondering what you can do about all of this before we leave on Friday morning"
)
HARD = (
    "How long does delivery take? And can I still change the address?",
    "What does express cost, and do you ship to Norway?",
    "Is the jacket waterproof? Which size should I take? Can I return it after wearing it once?",
    STORY,
    "Wie lange dauert der Versand? Und kann ich per Rechnung zahlen?",
    "How do I reset my password? Where do I see my invoices?",
)
PREVIOUS = (
    Said(1, "customer", "How do I reset my password?", 0.0),
    Said(2, "assistant", "Use the link on the sign-in page.", 1.0, passages=("p0",)),
)
NOT_HELPED = ("that didn't help", "That does not answer my question.", "still not working")


def rows() -> list[tuple[str, tuple[Said, ...], Complexity]]:
    """Three routine questions for each hard one."""
    draw = random.Random(6)
    mixed: list[tuple[str, tuple[Said, ...], Complexity]] = []
    for _ in range(1000):
        if draw.random() < 0.75:
            mixed.append((draw.choice(SIMPLE), (), "simple"))
        elif draw.random() < 0.7:
            mixed.append((draw.choice(HARD), (), "hard"))
        else:
            mixed.append((draw.choice(NOT_HELPED), PREVIOUS, "hard"))
    return mixed


ROWS = rows()
PASSAGES = [
    Hit(Passage(f"p{n}", "d", "main", "Help", ("Help",), "A sentence of the article. " * 25), 0.5)
    for n in range(8)
]


@cache
def how_hard(text: str, history: tuple[Said, ...]) -> Complexity:
    triage = READER.look([Said(9, "customer", text, 2.0)], history, None)
    return complexity(
        [question.text for question in triage.questions],
        triage.unsuccessful,
        sure=True,
        leaning=any(question.leans != "nothing" for question in triage.questions),
    )


def cost(model: str, text: str, history: tuple[Said, ...]) -> Cost:
    """Of one call at list price, with nothing in the provider's cache."""
    request = request_of(Brief((text,), PASSAGES, history, "en"), 1500)
    letters = sum(len(p.text) for p in request.system) + sum(len(m.text) for m in request.messages)
    usage = Usage(input=letters // _LETTERS_A_TOKEN, output=_OUTPUT)
    return PRICES.tariffs[model].cost(usage)


# The shipped route, what its two names stand for, and which of them is the premium model.
ROUTES = {
    "frugal": ({"open": "deepseek-flash", "frontier": "claude-opus-5-5"}, "frontier"),
    "anthropic": ({"haiku": "claude-haiku-5-5", "sonnet": "claude-sonnet-5-5"}, "sonnet"),
    "warm": ({"gpt": "gpt-6-luna", "claude": "claude-sonnet-5-5"}, "claude"),
}


@pytest.mark.parametrize("name", ROUTES)
def test_a_thousand_questions_cost_less_than_half_and_each_has_its_model(name: str) -> None:
    called, premium = ROUTES[name]
    models = {
        alias: ModelSettings(provider="openai", model=model) for alias, model in called.items()
    }
    draw = random.Random(10)
    spent, all_premium, wrong = 0, 0, list[str]()
    for text, history, label in ROWS:
        need = Need(complexity=how_hard(text, history))
        routed = route(need, shipped_route(name), models)
        if (routed.models[0] == premium) != (label == "hard"):
            wrong.append(text)
        asked = routed.models if draw.random() < _ESCALATED else routed.models[:1]
        spent += sum(cost(called[one], text, history).micros for one in asked)
        all_premium += cost(called[premium], text, history).micros
    assert sorted(set(wrong)) == []
    assert spent <= 0.4 * all_premium, f"{1 - spent / all_premium:.0%} less"
