"""Everything about upgrades: rolled over two nodes, from the release before this one and to the
next, and killed at every statement and at random moments. Its sum is one line of JSON."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.home import ROOT
from tests.chaos.ledger import Line
from tests.chaos.migrating import copies_of, every_statement, random_moments, upgrader_in
from tests.chaos.postgres import Postgres
from tests.chaos.releases import plant_next, plant_previous
from tests.chaos.rolling import Upgrade, roll
from tests.chaos.run import Place

RANDOM_KILLS = 30


@dataclass
class Upgrades:
    """Tries them in a folder of its own; ``failures`` are sentences."""

    server: Postgres
    folder: Path
    seed: int
    say: Callable[[str], None]
    messages: int = 0
    rolled: list[str] = field(default_factory=list[str])
    killed: int = 0
    failures: list[str] = field(default_factory=list[str])

    def all(self) -> Line:
        later, contracted = self.folder / "next", self.folder / "contracted"
        plant_next(later)
        plant_next(contracted, contracted=True)
        before = plant_previous(self.folder / "previous")
        if before is None:
            self.say("no history here: the release before this schema is left out")
        else:
            self.roll(f"from {before[:7]}", Upgrade(self.folder / "previous", ROOT))
        self.roll("to the next", Upgrade(ROOT, later))
        self.roll("to a contracted one", Upgrade(ROOT, contracted, contracted=True))
        self.kill("sqlite", f"sqlite:///{self.folder / 'upgraded.db'}", later)
        self.kill("postgresql", self.server.create(), later)
        return {
            "rolled": self.rolled,
            "messages": self.messages,
            "migrations_killed": self.killed,
            "failures": len(self.failures),
        }

    def roll(self, name: str, upgrade: Upgrade) -> None:
        place = Place(self.folder / name.replace(" ", "-"), self.server.create(), self.server)
        result = asyncio.run(roll(upgrade, place, self.seed))
        self.server.drop(place.url)
        self.rolled.append(name)
        self.messages += result.verdict.messages
        self.failures += result.failures
        if result.verdict.red:
            self.failures.append(f"{name}: {result.verdict}")
        self.say(f"{'red' if result.red else 'green'} rolled {name}: {result.verdict.figures()}")

    def kill(self, name: str, url: str, later: Path) -> None:
        """Of an empty database first, then of one of this release."""
        with upgrader_in(ROOT) as opening, upgrader_in(later) as upgrading:
            for what in ("empty", "this release's"):
                with copies_of(url, self.server, self.folder / "copies") as fresh:
                    found = [
                        every_statement(upgrading, fresh),
                        random_moments(upgrading, fresh, self.seed, RANDOM_KILLS),
                    ]
                killed = sum(count for count, _ in found)
                wrong = [failure for _, failures in found for failure in failures]
                self.killed += killed
                self.failures += wrong
                verdict = "red" if wrong else "green"
                self.say(f"{verdict} {name}, {what}: {killed} upgrades killed")
                opening.open(url)


@contextmanager
def upgrades(server: Postgres, seed: int, say: Callable[[str], None]) -> Generator[Upgrades]:
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-upgrades-"))
    try:
        yield Upgrades(server, folder, seed, say)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
