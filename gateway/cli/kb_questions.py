"""``frontdesk kb questions``: the questions whose right answer was said on the desk, as a folder
that ``frontdesk eval`` grades."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from brain.knowledge.documents import Document
from gateway.cli.failures import Failed
from gateway.cli.options import everywhere
from gateway.cli.showing import emit, safe
from gateway.cli.storing import configuration, opened
from gateway.grading.exporting import Known, export
from gateway.knowledge.questions import QuestionView, listed
from gateway.knowledge.stored import every_document
from gateway.store.unit import Reading


@click.command("questions")
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write them and the articles as a folder for `frontdesk eval`.",
)
@everywhere
def questions(out: Path | None, config: Path, *, as_json: bool) -> None:
    """List the questions that were kept under Try a question. Exit code 1 when there are none."""

    def query(reading: Reading) -> tuple[list[QuestionView], list[Document]]:
        return listed(reading), every_document(reading)

    with opened(configuration(config)) as store:
        found, documents = asyncio.run(store.read(query))
    if as_json:
        shown = [{"question": one.question, "document": one.document} for one in found]
        emit({"questions": shown, "out": None if out is None else str(out)})
    for one in () if as_json else found:
        click.echo(f"{safe(one.document or 'a person')}: {safe(one.question)}")
    if not found:
        raise Failed("no question was kept yet; try one on the desk and say what is right")
    if out is not None:
        kept = [Known(one.id, one.question, one.document) for one in found]
        export(out, [one for one in documents if not one.draft], kept)
        click.echo(f"grade them with `frontdesk eval {safe(str(out))}`", err=True)
