"""A campaign small enough for every change: gateways are killed at every point of the source, at
random moments and past their leases; and each mutation is noticed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.campaign import try_out
from tests.chaos.home import ROOT
from tests.chaos.lives import STOP_SECONDS
from tests.chaos.mutations import MUTATIONS, AnchorGone, Edit, Mutation
from tests.chaos.plan import DAY, HOUR, Blow, Plan, draw, draw_stops, draw_struck
from tests.chaos.postgres import Postgres
from tests.chaos.postgres import postgres as postgres_of_its_own
from tests.chaos.storms import Storm, draw_storms
from tests.conftest import PostgresServer
from tests.gateway.kills.points import under_load

SEED = 20261121
POINTS = under_load()
# How many copies of the product are tried at a time.
AT_ONCE = 2


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> Postgres:
    return Postgres(postgres_server.host)


@pytest.mark.timeout(120)
async def test_killed_at_every_point_and_at_random_what_platforms_were_promised_is_kept(
    postgres: Postgres,
) -> None:
    drawn = draw(SEED, "sqlite", 1, 6, POINTS)
    points = tuple(
        Blow("point", point=point, hit=8 if point.startswith("store.") else 12) for point in POINTS
    )
    others = tuple(blow for blow in drawn.blows if blow.how != "point")
    plan = Plan(SEED, "sqlite", ("a",), (*points, *others))
    result = await try_out(plan, postgres)
    assert not result.red, (result, plan)
    assert not [point for point in POINTS if not result.hits[point]], result.hits
    assert result.verdict.messages > 5 * len(plan.blows)


@pytest.mark.timeout(120)
async def test_of_two_nodes_one_takes_over_when_the_other_dies_or_sleeps_past_its_leases(
    postgres: Postgres,
) -> None:
    blows = (
        Blow("stop", "a", after=1.5),
        Blow("random", "b", after=12.0),
        Blow("point", "b", "turns.before_commit", hit=10),
    )
    result = await try_out(Plan(SEED, "postgresql", ("a", "b"), blows), postgres)
    assert not result.red, result
    assert result.hits["stop"] == 1


@pytest.mark.timeout(120)
async def test_of_four_nodes_with_clocks_a_day_apart_nothing_is_claimed_twice_or_stuck(
    postgres: Postgres,
) -> None:
    blows = (
        Blow("random", "a", after=1.0),
        Blow("stop", "b", after=1.0),
        Blow("point", "c", "outbox.after_send", hit=6),
        Blow("term", "d", after=1.5, terminal=True),
        Blow("random", "d", after=1.0, down=6.0),
    )
    plan = Plan(SEED, "postgresql", ("a", "b", "c", "d"), blows, skew=(0.0, HOUR, -DAY, DAY))
    result = await try_out(plan, postgres)
    assert not result.red, result
    assert (result.hits["stop"], result.hits["term"]) == (1, 1)


@pytest.mark.timeout(120)
async def test_a_node_gets_over_a_database_that_comes_and_goes_in_one_life() -> None:
    storms = (
        Storm("server", "crash", after=1.5, lasting=2.0),
        Storm("server", "stop", after=1.5, lasting=0.2),
        Storm("database", "cut", after=1.0, lasting=1.0, node="a", bytes_through=700),
        Storm("database", "silent", after=1.0, lasting=0.5, node="a"),
    )
    with postgres_of_its_own() as server:
        result = await try_out(Plan(SEED, "postgresql", ("a",), (), storms), server)
    assert not result.red, result
    assert result.kills == 0
    assert {name: result.hits[name] for name in ("server.crash", "start.failed")} == {
        "server.crash": 1,
        "start.failed": 0,
    }


@pytest.mark.timeout(120)
async def test_two_nodes_lose_nothing_to_a_network_that_fails(postgres: Postgres) -> None:
    storms = draw_storms(SEED, ("platform", "database"), ("a", "b"), 8)
    plan = draw_struck(SEED, 2, 2, [replace(s, after=0.4, lasting=0.8) for s in storms])
    result = await try_out(plan, postgres)
    assert not result.red, result
    assert sum(result.hits[f"{storm.where}.{storm.what}"] for storm in storms) >= len(storms)


@pytest.mark.timeout(120)
async def test_asked_to_stop_again_and_again_it_loses_nothing_and_is_quick(
    postgres: Postgres,
) -> None:
    result = await try_out(draw_stops(SEED, "sqlite", 1, 6), postgres)
    assert not result.red, result
    assert (result.hits["term"], result.kills) == (6, 0)
    assert 0 < result.slowest_exit < STOP_SECONDS


@pytest.mark.timeout(240)
async def test_each_mutation_of_the_source_turns_the_judge_red(postgres: Postgres) -> None:
    turn = asyncio.Semaphore(AT_ONCE)

    async def tried(mutation: Mutation) -> tuple[str, int, list[str]]:
        async with turn:
            result = await try_out(mutation.plan(SEED), postgres, mutation)
            return mutation.name, getattr(result.verdict, mutation.shows), result.failures

    found = await asyncio.gather(*(tried(mutation) for mutation in MUTATIONS))
    assert len(found) == 4
    for name, figure, failures in found:
        assert figure > 0, (name, failures)


def test_every_mutation_finds_its_anchor_and_leaves_code_that_compiles(tmp_path: Path) -> None:
    for mutation in MUTATIONS:
        tree = tmp_path / mutation.name
        mutation.plant(tree)
        files = {edit.file for variant in mutation.variants for edit in variant}
        broken = [file for file in files if _text(tree, file) != _text(ROOT, file)]
        assert broken
        for file in broken:
            compile(_text(tree, file), file, "exec")
        assert {blow.point for blow in mutation.blows if blow.point} <= set(POINTS)


def test_an_anchor_that_is_gone_fails_loudly(tmp_path: Path) -> None:
    (tmp_path / "file.py").write_text("one = 1\none = 1\n")
    for anchor in ("two = 2", "one = 1"):  # one is not there, one is not the only one
        edit = Edit("file.py", anchor, "three = 3")
        with pytest.raises(AnchorGone, match="moved on"):
            Mutation("a breach", "lost", ((edit,),)).break_(tmp_path)


def _text(tree: Path, file: str) -> str:
    return (tree / file).read_text()
