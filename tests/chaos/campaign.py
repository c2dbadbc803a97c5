"""A campaign: runs on both databases and on two nodes, and the four mutations; their sum. Every run
appends one line to a ledger, so that figures add up over days and a broken-off campaign goes on."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.home import ROOT
from tests.chaos.ledger import Ledger, Line, read
from tests.chaos.mutations import MUTATIONS, Mutation
from tests.chaos.oracle import COUNTED
from tests.chaos.plan import Engine, Plan, draw
from tests.chaos.postgres import Postgres
from tests.chaos.run import Result, run
from tests.gateway.kills.points import named_in_source

FOLDER = ROOT / "var" / "chaos"
RUNS = "runs.jsonl"
BLOWS_A_RUN = 25
# Of the kills on PostgreSQL, how many strike two nodes that run side by side.
TWO_NODES = 0.4
MUTATION_REST_SECONDS = 5.0
# Runs for what is missing are at most this many, with seeds of their own.
MORE_RUNS, FURTHER = 4, 10_000
FIGURES = (
    "messages",
    "lost",
    "doubled",
    "doubled_in_window",
    "misrouted",
    "order",
    "orphans",
)
OTHER_WAYS = ("random", "term", "stop")


@dataclass(frozen=True, slots=True)
class Sum:
    """What several runs came to. ``failures`` are their sentences."""

    kills: int = 0
    hits: Counter[str] = field(default_factory=Counter[str])
    figures: Counter[str] = field(default_factory=Counter[str])
    mutations_red: int = 0
    failures: tuple[str, ...] = ()

    @property
    def red(self) -> bool:
        return bool(self.failures) or any(self.figures[name] for name in COUNTED)

    def line(self, points: Sequence[str]) -> str:
        """The campaign's last line."""
        hits = {name: self.hits[name] for name in (*points, *OTHER_WAYS)}
        figures = {name: self.figures[name] for name in FIGURES}
        whole = {"kills": self.kills, "hits": hits, **figures, "mutations_red": self.mutations_red}
        return json.dumps(whole)


def total(lines: Iterable[Line]) -> Sum:
    """Of the runs' lines; a mutation counts where it showed, and nothing else of it."""
    kills, red, failures = 0, 0, list[str]()
    hits, figures = Counter[str](), Counter[str]()
    for line in lines:
        if line.get("mutation"):
            red += bool(line["red"])
            continue
        kills += line["kills"]
        hits.update(line["hits"])
        figures.update(line["verdict"])
        failures.extend(line["failures"])
    return Sum(kills, hits, figures, red, tuple(failures))


def plans(kills: int, seed: int, points: Sequence[str]) -> list[Plan]:
    """Half of the kills on each database, some of those on PostgreSQL with two nodes."""
    sqlite = kills // 2
    two = round((kills - sqlite) * TWO_NODES)
    shares: list[tuple[Engine, int, int]] = [
        ("sqlite", 1, sqlite),
        ("postgresql", 1, kills - sqlite - two),
        ("postgresql", 2, two),
    ]
    found: list[Plan] = []
    for engine, nodes, share in shares:
        for number, blows in enumerate(_pieces(share)):
            found.append(draw(seed + number, engine, nodes, blows, points))
    return found


def _pieces(blows: int) -> list[int]:
    """Runs of about equal length, none longer than a run may be."""
    count = -(-blows // BLOWS_A_RUN)
    return [blows // count + (number < blows % count) for number in range(count)]


def more(done: Sum, kills: int, seed: int, points: Sequence[str]) -> Plan | None:
    """A run for what is missing: points without a hit, or kills (an armed point may not be
    reached, and a stop that is asked for kills nobody)."""
    missed = [point for point in points if not done.hits[point]]
    lacking = max(kills - done.kills, 0)
    if not missed and not lacking:
        return None
    blows = max(min(lacking, BLOWS_A_RUN), 2 * len(missed), 3)
    return draw(seed, "sqlite", 1, blows, missed or points)


@dataclass
class Campaign:
    """``name`` marks its lines among those of others; ``say`` prints a line of progress."""

    name: str
    folder: Path
    postgres: Postgres
    say: Callable[[str], None]
    points: Sequence[str] = field(default_factory=lambda: sorted(named_in_source()))

    async def go(self, kills: int, seed: int) -> Sum:
        """The runs that it still lacks, and their sum with those that it has."""
        for plan in plans(kills, seed, self.points):
            await self.do(plan)
        for mutation in MUTATIONS:
            await self.do(mutation.plan(seed), mutation)
        for number in range(MORE_RUNS):
            plan = more(self.sum(), kills, seed + FURTHER + number, self.points)
            if plan is not None:
                await self.do(plan)
        return self.sum()

    def sum(self) -> Sum:
        return total(self._lines())

    async def do(self, plan: Plan, mutation: Mutation | None = None) -> None:
        """One run, unless it was done before; it leaves a line, and a failing one a replay."""
        name = "" if mutation is None else mutation.name
        if any(line["plan"] == plan.data() and line["mutation"] == name for line in self._lines()):
            return
        result = await try_out(plan, self.postgres, mutation)
        red = result.red if mutation is None else bool(getattr(result.verdict, mutation.shows))
        line = {
            "campaign": self.name,
            "mutation": name,
            "red": red,
            "engine": plan.engine,
            "nodes": len(plan.nodes),
            "seed": plan.seed,
            "kills": result.kills,
            "hits": dict(result.hits),
            "verdict": result.verdict.figures(),
            "examples": result.verdict.examples,
            "failures": result.failures,
            "seconds": round(result.seconds, 1),
            "plan": plan.data(),
        }
        if red and mutation is None:
            line["replay"] = str(self._keep(plan))
        ledger = Ledger(self.folder / RUNS)
        ledger.note("run", **line)
        ledger.close()
        self.say(told(line))

    def _keep(self, plan: Plan) -> Path:
        file = self.folder / f"replay-{plan.engine}-{len(plan.nodes)}-{plan.seed}.json"
        file.write_text(json.dumps(plan.data(), indent=1))
        return file

    def _lines(self) -> list[Line]:
        return [line for line in read(self.folder / RUNS) if line["campaign"] == self.name]


def told(line: Line) -> str:
    """A run in one line for people."""
    where = f"{line['engine']} x{line['nodes']} seed {line['seed']}"
    what = f"mutation {line['mutation']!r}: " if line["mutation"] else ""
    figures = " ".join(f"{name} {value}" for name, value in line["verdict"].items())
    verdict = "red" if line["red"] else "green"
    more = "".join(f"\n  {failure}" for failure in line["failures"])
    if "replay" in line:
        more += f"\n  replay: {line['replay']}"
    return f"{verdict} {what}{where}: kills {line['kills']} {figures} in {line['seconds']} s{more}"


async def try_out(plan: Plan, postgres: Postgres, mutation: Mutation | None = None) -> Result:
    """A run in a folder and on a database of its own, which are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-chaos-run-"))
    server = plan.engine == "postgresql"
    url = postgres.create() if server else f"sqlite:///{folder / 'frontdesk.db'}"
    try:
        if mutation is None:
            return await run(plan, folder, url)
        await asyncio.to_thread(mutation.plant, folder / "tree")
        return await run(plan, folder, url, folder / "tree", MUTATION_REST_SECONDS)
    finally:
        if server:
            postgres.drop(url)
        shutil.rmtree(folder, ignore_errors=True)
