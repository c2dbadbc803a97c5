"""``frontdesk kb lint``: what somebody should look at in the knowledge."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from brain.knowledge.lint.review import Finding, review
from gateway.bootstrap.reading import command_checking
from gateway.cli.failures import NEGATIVE
from gateway.cli.kb_add import conflicts_json, warn_of
from gateway.cli.options import everywhere
from gateway.cli.progress import working
from gateway.cli.showing import emit, safe
from gateway.cli.storing import configuration, opened
from gateway.config.settings import Settings
from gateway.knowledge.conflicts import Pair
from gateway.knowledge.shelves import StoredPassages
from gateway.knowledge.stored import every_document
from gateway.store.store import MAIN, Store


@click.command("lint")
@everywhere
def lint(config: Path, *, as_json: bool) -> None:
    """Look for articles that contradict each other or need a look. Exit code 1 when some do."""
    settings = configuration(config)
    with opened(settings) as store, working("comparing the articles"):
        conflicts, findings = asyncio.run(_looked(store, settings))
    if as_json:
        shown = [asdict(finding) for finding in findings]
        emit({"conflicts": conflicts_json(conflicts), "findings": shown})
    else:
        warn_of(conflicts)
        for finding in findings:
            click.echo(f"{safe(finding.document)}: {safe(finding.message)}", err=True)
        if not conflicts and not findings:
            click.echo("nothing needs a look")
    if conflicts or findings:
        raise click.exceptions.Exit(NEGATIVE)


async def _looked(store: Store, settings: Settings) -> tuple[Sequence[Pair], Sequence[Finding]]:
    conflicts = await command_checking(store, settings).check_all()
    documents = await store.read(every_document)
    passages = await StoredPassages(store).all(MAIN)
    today = datetime.now(UTC).date()
    return conflicts, await asyncio.to_thread(review, documents, passages, today)
