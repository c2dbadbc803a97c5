"""Upgrades of the schema: rolled over two nodes under load, and killed on their way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.migration import SCHEMA_VERSION
from tests.chaos.home import ROOT
from tests.chaos.migrating import Standing, copies_of, every_statement, standing, upgrader_in
from tests.chaos.postgres import Postgres
from tests.chaos.releases import TABLE, plant_next, plant_previous
from tests.chaos.rolling import Upgrade, roll
from tests.chaos.run import Place
from tests.conftest import PostgresServer

SEED = 20261121
# On PostgreSQL, where each database is a copy of its own, not every statement is tried here.
STEPS = {"sqlite": 1, "postgresql": 4}


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> Postgres:
    return Postgres(postgres_server.host)


@pytest.fixture
def place(postgres: Postgres, tmp_path: Path) -> Iterator[Place]:
    url = postgres.create()
    yield Place(tmp_path / "run", url, postgres)
    postgres.drop(url)


@pytest.mark.timeout(120)
async def test_one_node_serves_while_the_other_upgrades_the_schema_under_it(
    place: Place, tmp_path: Path
) -> None:
    later = tmp_path / "next"
    plant_next(later)
    result = await roll(Upgrade(ROOT, later), place, SEED)
    assert not result.red, result
    assert result.hits["went on"] == 1
    assert standing(place.url).version == SCHEMA_VERSION + 1
    assert result.verdict.messages > 10


@pytest.mark.timeout(120)
async def test_on_a_contracted_schema_the_older_node_refuses_and_says_why(
    place: Place, tmp_path: Path
) -> None:
    later = tmp_path / "next"
    plant_next(later, contracted=True)
    result = await roll(Upgrade(ROOT, later, contracted=True), place, SEED)
    assert not result.red, result
    assert result.hits["refused start"] == 1


@pytest.mark.timeout(120)
async def test_the_release_before_this_schema_goes_on_beside_it(
    place: Place, tmp_path: Path
) -> None:
    before = plant_previous(tmp_path / "before")
    if before is None:
        pytest.skip("no history here: the release before this schema is not to be had")
    result = await roll(Upgrade(tmp_path / "before", ROOT), place, SEED)
    assert not result.red, (before, result)
    assert result.hits["went on"] == 1


@pytest.mark.timeout(120)
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_an_upgrade_killed_at_any_statement_leaves_the_old_schema_or_the_new_one(
    engine: str, postgres: Postgres, tmp_path: Path
) -> None:
    later = tmp_path / "next"
    plant_next(later)
    sqlite = engine == "sqlite"
    url = f"sqlite:///{tmp_path / 'kept' / 'frontdesk.db'}" if sqlite else postgres.create()
    with upgrader_in(ROOT) as opening, upgrader_in(later) as upgrading:
        assert opening.open(url).code == 0
        with copies_of(url, postgres, tmp_path / "copies") as fresh:
            killed, wrong = every_statement(upgrading, fresh, STEPS[engine])
    assert wrong == []
    assert killed >= 4
    assert standing(url) == Standing(SCHEMA_VERSION, frozenset())
    if not sqlite:
        postgres.drop(url)


def test_a_schema_in_between_would_be_noticed() -> None:
    assert Standing(SCHEMA_VERSION, frozenset()).whole
    assert Standing(None, frozenset()).whole
    assert not Standing(SCHEMA_VERSION, frozenset({TABLE})).whole
    assert not Standing(SCHEMA_VERSION + 1, frozenset({TABLE})).whole
    assert not Standing(SCHEMA_VERSION + 1, frozenset()).whole
