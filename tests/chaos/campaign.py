"""A campaign: its runs one after the other, and their sum. Every run appends one line to a ledger,
so that figures add up over days and a broken-off campaign goes on."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.chaos.home import ROOT
from tests.chaos.ledger import Ledger, Line, read
from tests.chaos.mutations import MUTATIONS, Mutation
from tests.chaos.oracle import COUNTED
from tests.chaos.plan import Plan
from tests.chaos.postgres import Postgres
from tests.chaos.run import Place, Result, run
from tests.chaos.shares import more, plans, stops
from tests.chaos.storms import ON_A_LINK, ON_THE_SERVER
from tests.gateway.kills.points import under_load

FOLDER = ROOT / "var" / "chaos"
RUNS = "runs.jsonl"
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
STORMS = (
    *(f"server.{what}" for what in ON_THE_SERVER),
    *(f"database.{what}" for what in ON_A_LINK),
    *(f"platform.{what}" for what in ON_A_LINK),
)


@dataclass(frozen=True, slots=True)
class Sum:
    """What several runs came to. ``failures`` are their sentences."""

    kills: int = 0
    hits: Counter[str] = field(default_factory=Counter[str])
    figures: Counter[str] = field(default_factory=Counter[str])
    mutations_red: int = 0
    failures: tuple[str, ...] = ()
    slowest_exit: float = 0.0

    @property
    def red(self) -> bool:
        return bool(self.failures) or any(self.figures[name] for name in COUNTED)

    def line(self, points: Sequence[str]) -> str:
        """The campaign's last line."""
        hits = {name: self.hits[name] for name in (*points, *OTHER_WAYS)}
        figures = {name: self.figures[name] for name in FIGURES}
        whole = {"kills": self.kills, "hits": hits, **figures, "mutations_red": self.mutations_red}
        storms = {name: self.hits[name] for name in STORMS}
        more = {"refused": self.figures["refused"], "storms": storms, "terms": self.hits["term"]}
        return json.dumps({**whole, **more, "slowest_exit_s": round(self.slowest_exit, 1)})


def total(lines: Iterable[Line]) -> Sum:
    """Of the runs' lines; a mutation counts where it showed, and nothing else of it."""
    kills, red, failures, slowest = 0, 0, list[str](), 0.0
    hits, figures = Counter[str](), Counter[str]()
    for line in lines:
        if line.get("mutation"):
            red += bool(line["red"])
            continue
        kills += line["kills"]
        hits.update(line["hits"])
        figures.update(line["verdict"])
        failures.extend(line["failures"])
        slowest = max(slowest, line["slowest_exit"])
    return Sum(kills, hits, figures, red, tuple(failures), slowest)


@dataclass
class Campaign:
    """``name`` marks its lines among those of others; ``say`` prints a line of progress. ``crowd``
    is how many conversations go on at a time, 0 for the usual; where leases have to run out it
    stays the usual."""

    name: str
    folder: Path
    postgres: Postgres
    say: Callable[[str], None]
    points: Sequence[str] = field(default_factory=under_load)
    crowd: int = 0

    async def go(self, kills: int, seed: int) -> Sum:
        """Kill ``kills`` times and try the mutations: the runs that it still lacks, and their sum
        with those that it has."""
        for plan in plans(kills, seed, self.points):
            await self.do(plan if plan.fast else replace(plan, crowd=self.crowd))
        for mutation in MUTATIONS:
            await self.do(mutation.plan(seed), mutation)
        for number in range(MORE_RUNS):
            done = self.sum()
            plan = more(done.kills, done.hits, kills, seed + FURTHER + number, self.points)
            if plan is not None:
                await self.do(plan)
        return self.sum()

    async def stop(self, terms: int, seed: int) -> Sum:
        """Ask nodes to stop ``terms`` times, and nothing else."""
        for plan in stops(terms, seed):
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
            "kind": plan.kind,
            "engine": plan.engine,
            "nodes": len(plan.nodes),
            "seed": plan.seed,
            "kills": result.kills,
            "hits": dict(result.hits),
            "verdict": result.verdict.figures(),
            "examples": result.verdict.examples,
            "failures": result.failures,
            "seconds": round(result.seconds, 1),
            "slowest_exit": round(result.slowest_exit, 1),
            "plan": plan.data(),
        }
        if red and mutation is None:
            line["replay"] = str(self._keep(plan))
        ledger = Ledger(self.folder / RUNS)
        ledger.note("run", **line)
        ledger.close()
        self.say(told(line))

    def _keep(self, plan: Plan) -> Path:
        file = self.folder / f"replay-{plan.kind.replace(' ', '-')}-{plan.seed}.json"
        file.write_text(json.dumps(plan.data(), indent=1))
        return file

    def _lines(self) -> list[Line]:
        return [line for line in read(self.folder / RUNS) if line["campaign"] == self.name]


def told(line: Line) -> str:
    """A run in one line for people."""
    where = f"{line['kind']} seed {line['seed']}"
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
            return await run(plan, Place(folder, url, postgres))
        await asyncio.to_thread(mutation.plant, folder / "tree")
        place = Place(folder, url, postgres, folder / "tree", MUTATION_REST_SECONDS)
        return await run(plan, place)
    finally:
        if server:
            postgres.drop(url)
        shutil.rmtree(folder, ignore_errors=True)
