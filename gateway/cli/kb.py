"""``frontdesk kb``: help articles into the store, out of it, and found again."""

from __future__ import annotations

from pathlib import Path

import click

from brain.contract import Audience, Hit
from gateway.cli.failures import Failed, Misused
from gateway.cli.kb_add import AUDIENCES, add
from gateway.cli.kb_change import publish, remove, unpublish
from gateway.cli.kb_lint import lint
from gateway.cli.kb_list import list_
from gateway.cli.kb_questions import questions
from gateway.cli.looking import hits_for
from gateway.cli.options import everywhere
from gateway.cli.showing import emit, indented, one_line, safe
from gateway.cli.storing import configuration
from gateway.config.settings import Settings
from gateway.web.control import TEXT_LIMIT, SearchBody

SNIPPET = 300


@click.group("kb")
def kb() -> None:
    """Add, list, search, check and remove help articles."""


for _command in (add, list_, remove, publish, unpublish, lint, questions):
    kb.add_command(_command)


@kb.command("search")
@click.argument("query")
@click.option("--limit", type=click.IntRange(1, 50), default=8, show_default=True)
@click.option(
    "--audience",
    "audiences",
    multiple=True,
    type=click.Choice(AUDIENCES),
    default=("public",),
    show_default=True,
    help="Who asks; may be given several times.",
)
@click.option(
    "--demo/--no-demo", default=None, help="With the demo's articles; as the channels are."
)
@everywhere
def search(
    query: str,
    config: Path,
    *,
    limit: int,
    audiences: tuple[Audience, ...],
    demo: bool | None,
    as_json: bool,
) -> None:
    """Show what the assistant finds for a question. Exit code 1 when it finds nothing."""
    if not query.strip():
        raise Misused("there is nothing to search for; write a question")
    settings = configuration(config)
    shown = on_demo(settings) if demo is None else demo
    body = SearchBody(query=query[:TEXT_LIMIT], limit=limit, demo=shown, audiences=audiences)
    hits = hits_for(settings, body)
    if as_json:
        emit({"query": query, "hits": [_hit(hit) for hit in hits]})
    for place, hit in enumerate(() if as_json else hits, start=1):
        title = safe(" > ".join(hit.passage.title_path) or hit.passage.title)
        click.echo(f"{place}. {hit.score:.2f}  {title}  ({safe(hit.passage.document)})")
        click.echo(indented(one_line(hit.passage.text, SNIPPET)))
    if not hits:
        raise Failed("nothing was found")


def on_demo(settings: Settings) -> bool:
    """Whether customers of this configuration may be answered with the demo's articles."""
    return all(entry.demo for entry in settings.channels.values())


def _hit(hit: Hit) -> dict[str, object]:
    return {
        "passage": hit.passage.id,
        "document": hit.passage.document,
        "title": hit.passage.title,
        "title_path": list(hit.passage.title_path),
        "url": hit.passage.url,
        "audience": hit.passage.audience,
        "language": hit.passage.language,
        "demo": hit.passage.demo,
        "score": round(hit.score, 4),
        "dense": round(hit.dense, 4),
        "lexical": round(hit.lexical, 4),
        "text": hit.passage.text,
    }
