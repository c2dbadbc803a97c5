"""What a campaign does is drawn from its seed, adds up over runs, and shrinks while it fails."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

from tests.chaos.__main__ import stopped_well, well
from tests.chaos.campaign import STORMS, Sum, total
from tests.chaos.mutations import MUTATIONS
from tests.chaos.plan import (
    DENSE,
    Blow,
    Plan,
    draw,
    draw_skewed,
    draw_stops,
    draw_struck,
    plan_from,
)
from tests.chaos.replay import shrunk
from tests.chaos.shares import more, plans, stops
from tests.chaos.storms import draw_storms

POINTS = ["intake.before_ack", "outbox.after_mark", "store.before_commit"]


def ran(**fields: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "mutation": "",
        "red": False,
        "kills": 2,
        "hits": {"random": 1, POINTS[0]: 1},
        "verdict": {"messages": 50, "lost": 0},
        "failures": [],
        "slowest_exit": 1.5,
    }
    return {**whole, **fields}


def test_a_seed_draws_the_same_plan_again_and_another_seed_another() -> None:
    first = draw(7, "postgresql", 2, 30, POINTS)
    assert draw(7, "postgresql", 2, 30, POINTS) == first
    assert draw(8, "postgresql", 2, 30, POINTS).blows != first.blows
    struck = draw_struck(7, 2, 4, draw_storms(7, ("server", "database"), ("a", "b"), 6))
    for plan in (first, struck, draw_skewed(7, 4, POINTS)):
        written = json.loads(json.dumps(plan.data()))
        assert plan_from(written) == plan
        # So a campaign that goes on knows what it has done.
        assert written == plan.data()


def test_storms_are_of_every_kind_at_their_places() -> None:
    storms = draw_storms(7, ("server", "database", "platform"), ("a", "b"), 10)
    assert {f"{storm.where}.{storm.what}" for storm in storms} == set(STORMS)
    assert {storm.node for storm in storms if storm.where == "database"} <= {"a", "b"}
    assert {storm.node for storm in storms if storm.where != "database"} == {""}
    assert draw_storms(7, ("server",), ("a",), 3) == draw_storms(7, ("server",), ("a",), 3)


def test_stops_are_asked_for_and_nobody_is_killed() -> None:
    plan = draw_stops(7, "postgresql", 2, 100)
    assert {(blow.how, blow.then) for blow in plan.blows} == {("term", None)}
    assert {blow.terminal for blow in plan.blows} == {True, False}
    drawn = stops(500, 7)
    assert sum(len(plan.blows) for plan in drawn) == 500
    asked = Counter[str]()
    for plan in drawn:
        asked[plan.engine] += len(plan.blows)
    assert asked == {"sqlite": 250, "postgresql": 250}


def test_the_clock_runs_fast_only_where_leases_have_to_end() -> None:
    assert not draw(7, "postgresql", 1, 5, POINTS).fast
    assert not draw(7, "sqlite", 1, 5, POINTS).fast
    assert draw(7, "postgresql", 4, 5, POINTS).fast
    assert draw_struck(7, 1, 0, draw_storms(7, ("server",), ("a",), 1)).fast


def test_a_plan_strikes_in_every_way_at_every_point_and_on_every_node() -> None:
    plan = draw(7, "postgresql", 2, 30, POINTS)
    assert len(plan.blows) == 30
    assert {blow.how for blow in plan.blows} == {"point", "random", "term", "stop"}
    assert {blow.point for blow in plan.blows} == {"", *POINTS}
    assert {blow.node for blow in plan.blows} == {"a", "b"}
    assert not [blow for blow in draw(7, "sqlite", 1, 30, POINTS).blows if blow.how == "stop"]
    assert {blow.node for blow in draw(7, "postgresql", 4, 30, POINTS).blows} == set("abcd")


def test_lives_of_a_dense_plan_are_shorter() -> None:
    steady = draw(7, "sqlite", 1, 200, POINTS).blows
    dense = draw(7, "sqlite", 1, 200, POINTS, DENSE).blows
    assert max(blow.after for blow in dense) < max(blow.after for blow in steady)
    assert max(blow.hit for blow in dense) < max(blow.hit for blow in steady)


def test_the_kills_of_a_campaign_are_on_every_kind_of_run() -> None:
    drawn = plans(100, 1, POINTS)
    blows = Counter[str]()
    for plan in drawn:
        blows[plan.kind] += len(plan.blows)
    assert blows == {
        "sqlite x1": 40,
        "postgresql x1": 22,
        "postgresql x2": 14,
        "postgresql x4": 12,
        "postgresql x2, clocks apart": 4,
        "postgresql x1, storms on the server": 0,
        "postgresql x2, storms on the database, storms on the platform, storms on the server": 8,
    }
    assert len({json.dumps(plan.data()) for plan in drawn}) == len(drawn)
    assert max(len(plan.blows) for plan in plans(900, 1, POINTS)) > 25


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
    more = ["refused", "storms", "terms", "slowest_exit_s"]
    assert list(line) == ["kills", "hits", *figures, "mutations_red", *more]
    assert line["slowest_exit_s"] == 1.5
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


def test_a_campaign_of_stops_is_well_only_when_each_was_clean() -> None:
    done = Sum(hits=Counter(term=20), figures=Counter(messages=5))
    assert stopped_well(done, 20)
    assert not stopped_well(done, 21)
    assert not stopped_well(replace(done, kills=1), 20)
    assert not stopped_well(replace(done, figures=Counter(lost=1)), 20)


def test_what_is_missing_is_run_for_and_no_more() -> None:
    hits = Counter(dict.fromkeys(POINTS, 3))
    assert more(100, hits, 100, 1, POINTS) is None
    short = more(100, hits, 110, 1, POINTS)
    assert short is not None
    assert len(short.blows) == 10
    missed = more(100, Counter(dict.fromkeys(POINTS[1:], 3)), 100, 1, POINTS)
    assert missed is not None
    assert {blow.point for blow in missed.blows if blow.how == "point"} == {POINTS[0]}


async def test_a_failing_plan_shrinks_to_the_blows_that_it_needs() -> None:
    blows = tuple(Blow("random", after=float(number)) for number in range(16))
    needed = {blows[3], blows[12]}

    async def fails(plan: Plan) -> bool:
        return needed <= set(plan.blows)

    smallest = await shrunk(Plan(1, "sqlite", ("a",), blows), fails)
    assert set(smallest.blows) == needed
