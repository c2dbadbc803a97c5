"""What a campaign does is drawn from its seed, adds up over runs, and shrinks while it fails."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

from tests.chaos.__main__ import well
from tests.chaos.campaign import Sum, more, plans, total
from tests.chaos.mutations import MUTATIONS
from tests.chaos.plan import Blow, Plan, draw, plan_from
from tests.chaos.replay import shrunk

POINTS = ["intake.before_ack", "outbox.after_mark", "store.before_commit"]


def ran(**fields: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "mutation": "",
        "red": False,
        "kills": 2,
        "hits": {"random": 1, POINTS[0]: 1},
        "verdict": {"messages": 50, "lost": 0},
        "failures": [],
    }
    return {**whole, **fields}


def test_a_seed_draws_the_same_plan_again_and_another_seed_another() -> None:
    first = draw(7, "postgresql", 2, 30, POINTS)
    assert draw(7, "postgresql", 2, 30, POINTS) == first
    assert draw(8, "postgresql", 2, 30, POINTS).blows != first.blows
    assert plan_from(json.loads(json.dumps(first.data()))) == first


def test_a_plan_strikes_in_every_way_at_every_point_and_on_every_node() -> None:
    plan = draw(7, "postgresql", 2, 30, POINTS)
    assert len(plan.blows) == 30
    assert {blow.how for blow in plan.blows} == {"point", "random", "term", "stop"}
    assert {blow.point for blow in plan.blows} == {"", *POINTS}
    assert {blow.node for blow in plan.blows} == {"a", "b"}
    assert not [blow for blow in draw(7, "sqlite", 1, 30, POINTS).blows if blow.how == "stop"]


def test_half_of_the_kills_are_on_each_database_and_some_on_two_nodes() -> None:
    drawn = plans(100, 1, POINTS)
    blows = Counter[tuple[str, int]]()
    for plan in drawn:
        blows[plan.engine, len(plan.nodes)] += len(plan.blows)
    assert blows == {("sqlite", 1): 50, ("postgresql", 1): 30, ("postgresql", 2): 20}
    assert len({(plan.engine, plan.nodes, plan.seed) for plan in drawn}) == len(drawn)


def test_runs_add_up_and_a_mutation_adds_nothing_but_itself() -> None:
    broken = ran(mutation="no dedupe", red=True, verdict={"messages": 9, "doubled": 5})
    done = total([ran(), ran(failures=["it did not start"]), broken, ran(mutation="x")])
    assert (done.kills, done.mutations_red) == (4, 1)
    assert done.hits == {"random": 2, POINTS[0]: 2}
    assert done.figures == {"messages": 100, "lost": 0}
    assert done.red
    assert done.failures == ("it did not start",)


def test_the_last_line_has_every_point_and_every_figure() -> None:
    line = json.loads(total([ran()]).line(POINTS))
    figures = ["messages", "lost", "doubled", "doubled_in_window", "misrouted", "order", "orphans"]
    assert list(line) == ["kills", "hits", *figures, "mutations_red"]
    assert line["hits"] == {**dict.fromkeys(POINTS, 0), POINTS[0]: 1, "random": 1, "term": 0} | {
        "stop": 0
    }


def test_a_campaign_is_well_only_when_all_was_reached_kept_and_noticed() -> None:
    def summed(**fields: Any) -> Sum:
        hits, figures = Counter(dict.fromkeys(POINTS, 1)), Counter({"messages": 5})
        done = Sum(hits=hits, figures=figures, mutations_red=len(MUTATIONS))
        return replace(done, **fields)

    assert well(summed(), POINTS)
    assert not well(summed(hits=Counter({POINTS[0]: 9})), POINTS)
    assert not well(summed(mutations_red=3), POINTS)
    assert not well(summed(failures=("it did not stop",)), POINTS)
    for figure in ("lost", "doubled", "misrouted", "order", "orphans"):
        assert not well(summed(figures=Counter({figure: 1})), POINTS), figure


def test_what_is_missing_is_run_for_and_no_more() -> None:
    done = Sum(kills=100, hits=Counter(dict.fromkeys(POINTS, 3)))
    assert more(done, 100, 1, POINTS) is None
    short = more(done, 110, 1, POINTS)
    assert short is not None
    assert len(short.blows) == 10
    missed = more(Sum(kills=100, hits=Counter(dict.fromkeys(POINTS[1:], 3))), 100, 1, POINTS)
    assert missed is not None
    assert {blow.point for blow in missed.blows if blow.how == "point"} == {POINTS[0]}


async def test_a_failing_plan_shrinks_to_the_blows_that_it_needs() -> None:
    blows = tuple(Blow("random", after=float(number)) for number in range(16))
    needed = {blows[3], blows[12]}

    async def fails(plan: Plan) -> bool:
        return needed <= set(plan.blows)

    smallest = await shrunk(Plan(1, "sqlite", ("a",), blows), fails)
    assert set(smallest.blows) == needed
