"""Measures the knowledge's search at size: building, memory, and how long questions wait. Passages
are made up from a seed, so every run sees the same; it never judges what was found."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from brain.contract import Filter, Passage
from brain.knowledge.embedding import choose
from brain.knowledge.index import KnowledgeIndex
from gateway.clock import SystemClock

SIZE = "FRONTDESK_BENCH_PASSAGES"
PASSAGES = 10_000
QUESTIONS = 400
SECTIONS = 4
WORDS = (20, 120)
TENANT = "main"
ALLOWED = Filter(tenant=TENANT, demo=False)


def listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


THINGS = listed(
    "account address battery boots bracket buckle cable camera charger colour contract coupon "
    "crate cushion delivery device discount display engine fabric filter frame gasket gift "
    "hinge hose invoice jacket kettle label lamp lens license lock mattress membership menu "
    "mirror module motor mount nozzle order package panel parcel password payment pedal plan "
    "plug pump receipt refund report reset router saddle scanner screen seal sensor shelf "
    "shipment sleeve socket stove strap subscription switch tablet tent ticket timer token "
    "tool tray tyre update valve voucher warranty wheel window wrench zipper"
)
DOINGS = listed(
    "activate adjust attach book cancel change charge check choose clean close collect "
    "combine compare confirm connect copy declare deliver detach download dry empty exchange "
    "export extend fasten fill find fold forward hang import insert install invite join limit "
    "loosen measure merge move mute open order pack pair pause pay pick plan print protect "
    "register release remove rename renew repair replace report reserve restart return rinse "
    "save scan schedule select send share sort split start stop store swap tighten track "
    "transfer turn unlock update upload use verify wash withdraw"
)
PLACES = listed(
    "basket branch cellar counter dashboard depot drawer entrance garage kitchen letterbox "
    "locker office portal profile settings shop site store warehouse workshop"
)
KINDS = listed("Basic Classic Compact Duo Family Lite Max Mini Plus Pro Solo Travel Ultra")
SENTENCES = (
    "To {do} the {thing}, open the {place} and {do2} the {thing2} first.",
    "A {thing} that you {do} within {number} days costs nothing extra.",
    "If the {thing} does not {do}, {do2} it and wait {number} minutes.",
    "The {kind} {thing} comes with a {thing2} and a spare {thing3}.",
    "Error {code} means that the {thing} was not able to {do}.",
    "You may {do} up to {number} of them a month from your {place}.",
    "Never {do} the {thing} while the {thing2} is warm.",
    "Our {place} will {do} your {thing} and tell you by mail.",
    "Only the owner of the {thing} can {do} or {do2} it in the {place}.",
    "It takes {number} working days until the {thing} can be {do}ed again.",
)
ASKED = (
    "how do I {do} the {thing}",
    "can I {do} my {thing} in the {place}",
    "what does error {code} mean",
    "my {kind} {thing} will not {do}",
    "{thing} {thing2} {do}",
    "is it possible to {do} a {thing} after {number} days, because nobody could {do2} my {thing2}",
)


def filled(template: str, chance: random.Random) -> str:
    return template.format(
        do=chance.choice(DOINGS),
        do2=chance.choice(DOINGS),
        thing=chance.choice(THINGS),
        thing2=chance.choice(THINGS),
        thing3=chance.choice(THINGS),
        place=chance.choice(PLACES),
        kind=chance.choice(KINDS),
        number=chance.randint(2, 90),
        code=f"E-{chance.randint(1000, 9999)}",
    )


def passage(number: int) -> Passage:
    """Always the same for a number; some neighbours are sections of one document."""
    article = random.Random(f"article {number // SECTIONS}")  # noqa: S311  no secret
    title = filled("{do} the {kind} {thing}", article).capitalize()
    chance = random.Random(f"passage {number}")  # noqa: S311  no secret
    wanted = chance.randint(*WORDS)
    text: list[str] = []
    while sum(len(sentence.split()) for sentence in text) < wanted:
        text.append(filled(chance.choice(SENTENCES), chance))
    return Passage(
        id=f"{number:08}",
        document=f"article-{number // SECTIONS}",
        tenant=TENANT,
        title=title,
        title_path=(title, filled("{do} the {thing}", chance).capitalize()),
        text=" ".join(text),
        language="en",
    )


def questions(count: int) -> Iterator[str]:
    chance = random.Random("questions")  # noqa: S311  no secret
    for _ in range(count):
        yield filled(chance.choice(ASKED), chance)


class MadeUp:
    """Implements ``Passages``."""

    def __init__(self, count: int) -> None:
        self._passages = [passage(number) for number in range(count)]

    async def version(self, tenant: str) -> int:
        return 1

    async def all(self, tenant: str) -> Sequence[Passage]:
        return self._passages

    async def resolve(self, ids: Sequence[str], allowed: Filter) -> Sequence[Passage]:
        return [self._passages[int(id_)] for id_ in ids]


def opened(folder: Path, count: int) -> KnowledgeIndex:
    return KnowledgeIndex(
        folder / "index",
        MadeUp(count),
        lambda: choose(folder / "models").embedder,
        [TENANT],
        SystemClock(),
    )


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


async def _built(folder: Path, count: int) -> dict[str, float]:
    index = opened(folder, count)
    begun = time.perf_counter()
    report = await index.sync()
    seconds = time.perf_counter() - begun
    await index.close()
    return {
        "passages": report.passages,
        "build_s": round(seconds, 1),
        "build_peak_mb": peak_mb(),
    }


async def _searched(folder: Path, count: int) -> dict[str, float]:
    index = opened(folder, count)
    begun = time.perf_counter()
    await index.sync()
    opening = time.perf_counter() - begun
    times: list[float] = []
    for question in questions(QUESTIONS):
        begun = time.perf_counter()
        await index.search(question, ALLOWED)
        times.append((time.perf_counter() - begun) * 1000)
    await index.close()
    times.sort()
    return {
        "open_s": round(opening, 1),
        "search_p50_ms": round(times[len(times) // 2], 1),
        "search_p95_ms": round(times[int(0.95 * len(times))], 1),
        "search_peak_mb": peak_mb(),
    }


def building(folder: Path, count: int) -> dict[str, float]:
    return asyncio.run(_built(folder, count))


def searching(folder: Path, count: int) -> dict[str, float]:
    return asyncio.run(_searched(folder, count))


def alone(
    work: Callable[[Path, int], dict[str, float]], folder: Path, count: int
) -> dict[str, float]:
    """In a process of its own, so that its memory is its own too."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, folder, count).result()


def measure() -> dict[str, float]:
    count = int(os.environ.get(SIZE) or PASSAGES)
    print(f"Building an index of {count} passages; {SIZE} sets how many.", flush=True)
    with tempfile.TemporaryDirectory(prefix="frontdesk-search-") as temporary:
        folder = Path(temporary)
        figures = alone(building, folder, count)
        figures |= alone(searching, folder, count)
    for name, value in figures.items():
        print(f"{name:15} {value:10g}", flush=True)
    return figures
