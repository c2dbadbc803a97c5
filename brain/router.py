"""From what a turn needs to the models that may answer it, in order, and why. Pure rules over what
is known; it asks no model and keeps no figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from brain.settings import ModelSettings, RouteRule, RouteSettings

DEFAULT = "default"

Sentiment: TypeAlias = Literal["negative", "neutral", "positive"]
Complexity: TypeAlias = Literal["simple", "hard"]

# A longer question than this many words tells a story, and stories have more than one point.
_LONG = 60
# From here on a mood is one.
_PLAINLY = 0.5


@dataclass(frozen=True, slots=True)
class Need:
    """What is known of a turn. ``topics`` are what triage found, ``customer`` is the customer's
    tier, ``tagged`` are the customer's tags, ``tokens`` how much a model has to read,
    ``budget_left`` the share of the tightest limit that is left. None is not known."""

    topics: frozenset[str] = frozenset()
    sentiment: Sentiment | None = None
    complexity: Complexity = "simple"
    customer: str | None = None
    tagged: frozenset[str] = frozenset()
    language: str | None = None
    tags: frozenset[str] = frozenset()
    tokens: int = 0
    budget_left: float | None = None


@dataclass(frozen=True, slots=True)
class Routed:
    """``models`` by their configured names, the first one first; none means people. ``why`` is the
    rule in words, ``left_out`` the models that it names and that will not do, each with why."""

    models: tuple[str, ...] = ()
    why: str = ""
    left_out: Mapping[str, str] = field(default_factory=dict[str, str])


def complexity(
    questions: Sequence[str], unsuccessful: str | None, *, sure: bool, leaning: bool
) -> Complexity:
    """Hard is what has several parts, tells a story, leans on what was said before without being
    found surely, or was answered without success."""
    long = any(len(question.split()) > _LONG for question in questions)
    if len(questions) > 1 or long or unsuccessful is not None or (leaning and not sure):
        return "hard"
    return "simple"


def sentiment(mood: float) -> Sentiment:
    """A mood of -1 (bad) to 1 (good) in the words of the rules."""
    if abs(mood) < _PLAINLY:
        return "neutral"
    return "negative" if mood < 0 else "positive"


def route(need: Need, rules: RouteSettings, models: Mapping[str, ModelSettings]) -> Routed:
    """The first rule that holds. The models after the first are for when it fails, or when its
    answer is not borne by the passages."""
    for number, rule in enumerate(rules.rules, start=1):
        if not all(_conditions(need, rule)):
            continue
        why = f"rule {number}: {rule.why or 'the first that holds'}"
        if not rule.models:
            return Routed((), why)
        tags = need.tags | frozenset((*rules.tags, *rule.demand))
        out = {name: no for name in rule.models if (no := _will_not_do(name, need, tags, models))}
        return Routed(tuple(name for name in rule.models if name not in out), why, out)
    return Routed((), "no rule of the route holds")


def looks_at_budget(rules: RouteSettings) -> bool:
    """Whether it matters how much is left: finding out costs a look."""
    return any(rule.budget_below is not None for rule in rules.rules)


def implied(models: Mapping[str, ModelSettings]) -> RouteSettings:
    """Where no route is configured: all models, in the order in which they are written."""
    return RouteSettings(rules=(RouteRule(why="no route is configured", models=tuple(models)),))


def _conditions(need: Need, rule: RouteRule) -> Iterator[bool]:
    """Of the conditions that the rule has, whether each holds."""
    if rule.topics:
        yield bool(need.topics & frozenset(rule.topics))
    if rule.sentiment:
        yield need.sentiment in rule.sentiment
    if rule.complexity is not None:
        yield need.complexity == rule.complexity
    yield from _of_customer(need, rule)
    if rule.context_above is not None:
        yield need.tokens > rule.context_above
    if rule.budget_below is not None:
        yield need.budget_left is not None and need.budget_left < rule.budget_below


def _of_customer(need: Need, rule: RouteRule) -> Iterator[bool]:
    if rule.customers:
        yield need.customer in rule.customers
    if rule.tags:
        yield bool(need.tagged & frozenset(rule.tags))
    if rule.languages:
        yield need.language in rule.languages


def _will_not_do(
    name: str, need: Need, tags: frozenset[str], models: Mapping[str, ModelSettings]
) -> str | None:
    settings = models.get(name)
    if settings is None:
        return "it is not configured"
    missing = tags - frozenset(settings.tags)
    if missing:
        return f"it has no tag {', '.join(sorted(missing))}"
    if need.tokens + settings.parameters.answer_tokens > settings.context:
        return "it cannot read so much"
    return None
