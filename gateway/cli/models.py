"""``frontdesk models``: which models are configured and what they cost, and the same questions put
to each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from brain.contract import KnowledgeUnavailable
from brain.models.pricing import PriceList, listed
from brain.settings import ModelSettings
from gateway.bootstrap.offline import Offline
from gateway.cli.failures import Failed, Misused
from gateway.cli.options import everywhere
from gateway.cli.progress import steps, working
from gateway.cli.showing import emit, indented, one_line, safe, table
from gateway.cli.storing import configuration
from gateway.cli.thinking import library
from gateway.clock import SystemClock
from gateway.config.settings import Settings
from gateway.grading.comparing import QUOTING, Came, Question, alone, compared, read, summed
from gateway.grading.rows import NotGradable
from gateway.knowledge.shelves import StoredPassages

_SUMS = ("written", "right", "wrong", "handed_over", "cost_usd", "median_seconds")


@click.group("models")
def models() -> None:
    """List the configured models, and compare them on the same questions."""


@models.command("list")
@everywhere
def list_(config: Path, *, as_json: bool) -> None:
    """List the configured models, with what a million tokens cost in US dollars."""
    settings, prices = configuration(config), listed()
    rows = [_row(name, model, prices) for name, model in settings.brain.models.items()]
    if as_json:
        emit({"as_of": prices.as_of.isoformat(), "models": rows})
    elif rows:
        head = ("name", "provider", "model", "input", "output", "context", "tags")
        lines = [[safe(str(row[key])) for key in head] for row in rows]
        click.echo(table([key.upper() for key in head], lines))
        click.echo(f"Listed prices are of {prices.as_of}.")
    else:
        click.echo("No model is configured: the assistant quotes its articles. See brain.models.")


@models.command("compare")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--model", "chosen", multiple=True, help="Only this one; may be repeated.")
@everywhere
def compare(file: Path, chosen: tuple[str, ...], config: Path, *, as_json: bool) -> None:
    """Put the questions of FILE to each configured model, and to none.

    FILE has a JSON object on each line: question, and for a grade either expect (words that a right
    answer has) or person (true where only a person is right). Nothing is sent to customers; models
    are paid for, one dollar at most.
    """
    settings = configuration(config)
    names = _names(settings, chosen)
    try:
        questions = read(file)
    except NotGradable as error:
        raise Misused(str(error)) from error
    came = _asked(settings, questions, names)
    if as_json:
        emit({"models": {name: _document(came, name) for name in names}})
        return
    for question in questions:
        _show(question, [one for one in came if one.question == question])
    lines = [[name, *_figures(came, name)] for name in names]
    click.echo(table(["MODEL", *(key.upper().replace("_", " ") for key in _SUMS)], lines))


def _names(settings: Settings, chosen: Sequence[str]) -> tuple[str, ...]:
    known = settings.brain.models
    wrong = next((name for name in chosen if name not in known), None)
    if wrong is not None:
        raise Misused(f"no model is named {wrong!r}; there are {', '.join(known) or 'none'}")
    return (QUOTING, *(chosen or known))


def _asked(
    settings: Settings, questions: Sequence[Question], names: Sequence[str]
) -> tuple[Came, ...]:
    with asyncio.Runner() as runner, ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        passages = StoredPassages(library(settings, folder, stack, runner))
        offline = Offline(settings, passages, folder, SystemClock())
        stack.callback(lambda: runner.run(offline.close()))
        try:
            with working("building an index"):
                runner.run(offline.prepare())
        except KnowledgeUnavailable as error:
            raise Failed(str(error)) from error
        return runner.run(_all(offline, settings, questions, names))


async def _all(
    offline: Offline, settings: Settings, questions: Sequence[Question], names: Sequence[str]
) -> tuple[Came, ...]:
    found: list[Came] = []
    with steps(len(names), "asked") as show:
        for name in names:
            brain = offline.brain_of(alone(name, settings.brain))
            each = compared(questions, [name], lambda _, brain=brain: brain, SystemClock())
            found.extend([one async for one in each])
            show(safe(name))
    return tuple(found)


def _row(name: str, model: ModelSettings, prices: PriceList) -> dict[str, object]:
    tariff = prices.of(model)
    tier = tariff.tiers[0] if tariff is not None else None
    return {
        "name": name,
        "provider": model.provider,
        "model": model.model,
        "api_base": model.api_base,
        "input": tier.input if tier else None,
        "output": tier.output if tier else None,
        "context": model.context,
        "tags": ", ".join(model.tags),
    }


def _show(question: Question, came: Sequence[Came]) -> None:
    click.echo(f"{one_line(question.text, 100)}")
    for one in came:
        cost = f"${one.micros / 1e6:.4f}"
        click.echo(f"  {safe(one.model)}: {one.grade}, {one.seconds:.1f} s, {cost}")
        click.echo(indented(one.text or f"({one.kind})"))
    click.echo()


def _figures(came: Sequence[Came], name: str) -> list[str]:
    sums = summed([one for one in came if one.model == name])
    return [str(sums[key]) for key in _SUMS]


def _document(came: Sequence[Came], name: str) -> dict[str, object]:
    own = [one for one in came if one.model == name]
    answers = [
        {
            "id": one.question.id,
            "question": one.question.text,
            "decision": one.kind,
            "text": one.text,
            "written": one.written,
            "grade": one.grade,
            "seconds": round(one.seconds, 3),
            "cost_usd": one.micros / 1e6,
        }
        for one in own
    ]
    return {**summed(own), "answers": answers}
