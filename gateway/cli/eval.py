"""``frontdesk eval``: grades the assistant on labelled questions, with the brain that would answer
customers, over articles of their own. It touches neither the store nor a running gateway."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from click.core import ParameterSource

from brain.contract import KnowledgeUnavailable
from gateway.bootstrap.offline import Offline, read_folder, temporary_store
from gateway.bootstrap.thinking import LateEmbedder, reader_of
from gateway.cli.failures import Failed, Misused
from gateway.cli.grades import shown
from gateway.cli.options import everywhere
from gateway.cli.progress import steps, working
from gateway.cli.showing import emit, safe
from gateway.cli.storing import configuration
from gateway.clock import SystemClock
from gateway.config.settings import Settings, StoreSettings
from gateway.grading.answering import Answered, Shelf, TriageExam
from gateway.grading.figures import Results, figures
from gateway.grading.grading import Grading
from gateway.grading.rows import LabelledSet, NotGradable, read
from gateway.knowledge.shelves import StoredPassages
from gateway.store.store import MAIN, Store
from gateway.telemetry.logs import log_to_stderr

# So many rows are one step of the progress.
_STEP = 20


@click.command("eval")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--rows",
    "into",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what came of each row to this file, as JSON lines.",
)
@everywhere
@click.pass_context
def eval_(
    context: click.Context, folder: Path, into: Path | None, config: Path, *, as_json: bool
) -> None:
    """Grade the assistant on labelled questions.

    DIR holds kb/NAME/ with articles, and some of retrieval.jsonl, oos.jsonl and triage.jsonl.
    Rows without their answer are answered but not graded.
    """
    given = context.get_parameter_source("config") is not ParameterSource.DEFAULT
    settings = configuration(config) if given or config.exists() else _defaults()
    labelled = _labelled(folder)
    if into is not None:
        # Whether it can be written shows before the work, not after it.
        into.open("a").close()
    results = grade(settings, labelled)
    if into is not None:
        _write(into, results.answers())
    found = figures(results)
    if as_json:
        emit(found)
        return
    click.echo(shown(found))


def grade(settings: Settings, labelled: LabelledSet) -> Results:
    """Put every row to the brain of these settings; blocking.

    Raises:
        Failed: an index cannot be built or searched here.
    """
    try:
        return asyncio.run(_graded(settings, labelled))
    except KnowledgeUnavailable as error:
        raise Failed(str(error)) from error


async def _graded(settings: Settings, labelled: LabelledSet) -> Results:
    clock = SystemClock()
    brain = settings.brain
    embedder = LateEmbedder(settings.store.data / "models", brain.knowledge.embedding).local()
    await asyncio.to_thread(settings.store.data.mkdir, 0o700, parents=True, exist_ok=True)
    reader = await asyncio.to_thread(reader_of, brain, embedder)

    @asynccontextmanager
    async def open_shelf(folder: Path) -> AsyncGenerator[Shelf]:
        stack = ExitStack()
        try:
            temporary, store = await asyncio.to_thread(_emptied, stack)
            async with _shelf(settings, folder, temporary, store) as shelf:
                yield shelf
        finally:
            await asyncio.to_thread(stack.close)

    grading = Grading(open_shelf, TriageExam(reader, brain, clock), clock)
    total = len(labelled.retrieval) + len(labelled.oos) + len(labelled.triage)
    done = 0
    with steps(-(-total // _STEP), "answered") as show:

        def step(what: str) -> None:
            nonlocal done
            done += 1
            if done % _STEP == 0 or done == total:
                show(f"{safe(what)} ({done} of {total} rows)")

        return await grading.run(labelled, step)


def _emptied(stack: ExitStack) -> tuple[Path, Store]:
    """A new folder and an empty store in it, until the stack is closed; blocking."""
    temporary = Path(stack.enter_context(TemporaryDirectory(prefix="frontdesk-eval-")))
    return temporary, stack.enter_context(temporary_store(temporary))


@asynccontextmanager
async def _shelf(
    settings: Settings, folder: Path, temporary: Path, store: Store
) -> AsyncGenerator[Shelf]:
    synced = await read_folder(settings, store, folder)
    if synced.error is not None:
        raise Failed(synced.error)
    for problem in synced.problems:
        click.echo(safe(problem.message), err=True)
    passages = StoredPassages(store)
    offline = Offline(settings, passages, temporary, SystemClock())
    count = len(synced.change.added)
    try:
        with working(f"building the index of {safe(folder.name)}, {count} articles"):
            await offline.prepare()
        files = await asyncio.to_thread(_files, folder)
        yield Shelf(MAIN, offline.knowledge, offline.brain, passages, frozenset(files))
    finally:
        await offline.close()


def _files(folder: Path) -> Sequence[str]:
    """The documents' names in labelled rows."""
    found = (file.relative_to(folder) for file in folder.rglob("*") if file.is_file())
    return ["__".join(file.with_suffix("").parts) for file in found]


def _defaults() -> Settings:
    log_to_stderr(level="warning")
    return Settings(store=StoreSettings(data=Path(os.environ.get("FRONTDESK_DATA") or "var")))


def _labelled(folder: Path) -> LabelledSet:
    try:
        return read(folder)
    except NotGradable as error:
        raise Misused(str(error)) from error


def _write(file: Path, answers: Sequence[Answered]) -> None:
    lines = [json.dumps(answer.line()) for answer in answers]
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
