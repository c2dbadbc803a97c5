"""Which models a turn may ask, in which order, and what is said of why."""

from __future__ import annotations

import pytest

from brain.models.routing import SHIPPED, resolved, route_on, shipped
from brain.router import Need, Routed, complexity, implied, route, sentiment
from brain.settings import BrainSettings, ModelSettings, RouteRule, RouteSettings
from brain.triage import taxonomy


def model(*tags: str, context: int = 100_000) -> ModelSettings:
    return ModelSettings(provider="openai", model="m", tags=tags, context=context)


MODELS = {
    name: model() for name in ("open", "frontier", "haiku", "sonnet", "gpt", "claude", "small")
}


def by(rule: RouteRule, need: Need) -> bool:
    """Whether the rule holds, seen from what the route gives."""
    rules = RouteSettings(rules=(rule, RouteRule(models=("small",))))
    return route(need, rules, MODELS).models == rule.models


@pytest.mark.parametrize(
    ("rule", "holds", "not_"),
    [
        ({"topics": ["billing", "legal"]}, Need(frozenset({"legal"})), Need(frozenset({"sales"}))),
        ({"sentiment": ["negative"]}, Need(sentiment="negative"), Need()),
        ({"complexity": "hard"}, Need(complexity="hard"), Need()),
        ({"customers": ["gold"]}, Need(customer="gold"), Need(customer="basic")),
        ({"languages": ["de", "fr"]}, Need(language="fr"), Need()),
        ({"context_above": 500}, Need(tokens=501), Need(tokens=500)),
        ({"budget_below": 0.2}, Need(budget_left=0.1), Need(budget_left=0.2)),
        ({"budget_below": 0.2}, Need(budget_left=0.0), Need()),
        (
            {"topics": ["billing"], "complexity": "hard"},
            Need(frozenset({"billing"}), complexity="hard"),
            Need(frozenset({"billing"})),
        ),
    ],
)
def test_a_rule_holds_where_all_of_its_conditions_do(
    rule: dict[str, object], holds: Need, not_: Need
) -> None:
    made = RouteRule.model_validate({**rule, "models": ["open"]})
    assert by(made, holds)
    assert not by(made, not_)


def test_the_first_rule_that_holds_counts_and_says_why() -> None:
    rules = RouteSettings(
        rules=(
            RouteRule(why="upset", sentiment=("negative",), models=("frontier", "open")),
            RouteRule(models=("open",)),
        )
    )
    assert route(Need(sentiment="negative"), rules, MODELS) == Routed(
        ("frontier", "open"), "rule 1: upset"
    )
    assert route(Need(), rules, MODELS).why == "rule 2: the first that holds"


def test_without_a_rule_that_holds_people_answer() -> None:
    rules = RouteSettings(rules=(RouteRule(complexity="hard", models=("open",)),))
    assert route(Need(), rules, MODELS) == Routed((), "no rule of the route holds")


def test_models_that_may_not_or_cannot_are_left_out_with_why() -> None:
    models = {"near": model("eu"), "far": model("us"), "tiny": model("eu", context=2_000)}
    rules = RouteSettings(tags=("eu",), rules=(RouteRule(models=("far", "tiny", "near", "gone")),))
    routed = route(Need(tokens=1_000), rules, models)
    assert routed.models == ("near",)
    assert routed.left_out == {
        "far": "it has no tag eu",
        "tiny": "it cannot read so much",
        "gone": "it is not configured",
    }


def test_a_tag_that_the_turn_demands_counts_like_the_routes_own() -> None:
    models = {"near": model("eu"), "far": model()}
    rules = implied(models)
    assert route(Need(tags=frozenset({"eu"})), rules, models).models == ("near",)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_routes_try_another_model_and_end_in_one(name: str) -> None:
    rules = shipped(name)
    assert rules.rules[-1] == RouteRule(why=rules.rules[-1].why, models=rules.rules[-1].models)
    routed = route(Need(), rules, MODELS)
    assert len(routed.models) == 2
    assert not routed.left_out


def test_the_shipped_routes_do_what_they_are_named_for() -> None:
    hard, legal = Need(complexity="hard"), Need(frozenset({"legal"}))
    assert route(Need(), shipped("frugal"), MODELS).models == ("open", "frontier")
    assert route(hard, shipped("frugal"), MODELS).models == ("frontier", "open")
    assert route(Need(), shipped("anthropic"), MODELS).models == ("haiku", "sonnet")
    assert route(hard, shipped("anthropic"), MODELS).models == ("sonnet", "haiku")
    assert route(legal, shipped("anthropic"), MODELS).models == ()
    assert route(Need(), shipped("warm"), MODELS).models == ("gpt", "claude")
    billing = Need(frozenset({"billing"}))
    assert route(billing, shipped("warm"), MODELS).models == ("claude", "gpt")


def test_a_channels_own_route_comes_before_the_default() -> None:
    own = RouteSettings(rules=(RouteRule(models=("open",)),))
    settings = BrainSettings(
        models=MODELS, routes={"default": RouteSettings(use="warm", tags=("eu",)), "mail": own}
    )
    assert route_on("mail", settings) == own
    assert route_on("web", settings) == resolved(RouteSettings(use="warm", tags=("eu",)))
    assert route_on("web", settings).tags == ("eu",)
    assert route_on("web", BrainSettings(models=MODELS)).rules[0].models == tuple(MODELS)


def test_what_is_hard() -> None:
    def of(*questions: str, failed: str | None = None, sure: bool = True) -> str:
        return complexity(questions, failed, sure=sure, leaning=False)

    assert of("How long does shipping take?") == "simple"
    assert of("How long does shipping take?", "What does it cost?") == "hard"
    assert of("How long does shipping take?", failed="not_helpful") == "hard"
    assert of("word " * 80) == "hard"
    assert complexity(("and then?",), None, sure=False, leaning=True) == "hard"
    assert complexity(("and then?",), None, sure=True, leaning=True) == "simple"


def test_the_shipped_routes_name_topics_that_triage_knows() -> None:
    intents = taxonomy.shipped()
    known = {*intents, *(one.topic for one in intents.values() if one.topic is not None)}
    for name in SHIPPED:
        named = {topic for rule in shipped(name).rules for topic in rule.topics}
        assert named <= known


def test_a_mood_in_the_words_of_the_rules() -> None:
    assert [sentiment(mood) for mood in (-1.0, -0.4, 0.0, 0.6)] == [
        "negative",
        "neutral",
        "neutral",
        "positive",
    ]
