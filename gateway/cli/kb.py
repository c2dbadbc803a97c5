"""``frontdesk kb``: help articles into the store, out of it, and found again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy import RowMapping

from brain.contract import Audience, Hit
from brain.settings import KnowledgeSource
from gateway.cli.failures import NEGATIVE, Failed, Misused
from gateway.cli.looking import hits_for
from gateway.cli.options import everywhere
from gateway.cli.progress import steps
from gateway.cli.showing import emit, indented, one_line, safe, table
from gateway.cli.storing import configuration, opened
from gateway.config.settings import Settings
from gateway.knowledge.library import listed, remove
from gateway.knowledge.sources import Sources, Synced
from gateway.store.store import Store
from gateway.web.control import TEXT_LIMIT, SearchBody

AUDIENCES: tuple[Audience, ...] = ("public", "customers", "internal")
LANGUAGE_FORM = r"[a-z]{2,3}"
SNIPPET = 300


@click.group("kb")
def kb() -> None:
    """Add, list, search and remove help articles."""


@kb.command("add")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--demo", is_flag=True, help="Answers on demo channels only.")
@click.option(
    "--audience",
    type=click.Choice(AUDIENCES),
    default="public",
    show_default=True,
    help="Who may be answered with it, where an article does not say something narrower.",
)
@click.option("--language", help="Of articles that do not say theirs: en, de, …")
@everywhere
def add(
    paths: tuple[str, ...],
    config: Path,
    *,
    audience: Audience,
    language: str | None,
    demo: bool,
    as_json: bool,
) -> None:
    """Read Markdown files, or all of a folder, into the store.

    Adding again brings changes; a folder's removed files are removed. A running gateway answers
    with them within seconds.
    """
    settings = configuration(config)
    if demo:
        _refuse_demo(settings)
    sources = [_source(path, audience, language, demo=demo) for path in paths]
    with opened(settings, make=True) as store:
        synced = asyncio.run(_add(store, sources))
    _tell_added(synced, as_json=as_json)
    if any(one.problems for one in synced):
        raise click.exceptions.Exit(NEGATIVE)


@kb.command("list")
@everywhere
def list_(config: Path, *, as_json: bool) -> None:
    """List the articles."""
    with opened(configuration(config)) as store:
        rows = asyncio.run(store.read(listed))
    if as_json:
        emit({"documents": [_document(row) for row in rows]})
        return
    if not rows:
        click.echo("no article is in the store; add some with `frontdesk kb add PATH`", err=True)
        return
    headings = ("ID", "LANGUAGE", "AUDIENCE", "PASSAGES", "MARKS", "TITLE")
    click.echo(table(headings, [_line(row) for row in rows]))


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


@kb.command("remove")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@everywhere
def remove_(ids: tuple[str, ...], config: Path, *, as_json: bool) -> None:
    """Remove articles by the ids that `kb list` shows."""
    settings = configuration(config)
    with opened(settings) as store:
        rows = {str(row["id"]): row for row in asyncio.run(store.read(listed))}
        removed = asyncio.run(store.write(lambda unit: remove(unit, ids)))
    missing = [id for id in ids if id not in removed]
    configured = {str(Path(s.place).resolve()) for s in settings.brain.knowledge.sources}
    returning = [id for id in removed if id in rows and rows[id]["origin"] in configured]
    if as_json:
        emit({"removed": list(removed), "missing": missing, "returning": returning})
    for id in () if as_json else removed:
        click.echo(f"removed {safe(id)}")
    for id in returning:
        click.echo(
            f"{safe(id)} comes from a source of the configuration and will be back at the next"
            " start; remove its file, or say draft: true in it",
            err=True,
        )
    if missing:
        raise Failed(f"there is no article {', '.join(map(safe, missing))}; see `kb list`")


def on_demo(settings: Settings) -> bool:
    """Whether customers of this configuration may be answered with the demo's articles."""
    return all(entry.demo for entry in settings.channels.values())


def _refuse_demo(settings: Settings) -> None:
    real = [name for name, entry in settings.channels.items() if not entry.demo]
    if real:
        raise Misused(
            f"demo articles beside a real channel ({', '.join(real)}): invented answers must never"
            " reach customers; leave out --demo, or say demo: true on each channel"
        )


def _source(path: str, audience: Audience, language: str | None, *, demo: bool) -> KnowledgeSource:
    if re.match(r"https?://", path, re.IGNORECASE):
        raise Misused(
            f"{path}: a web address cannot be added in this version; save the page as a Markdown"
            " file and add that"
        )
    if not Path(path).exists():
        raise Misused(f"{path}: there is no such file or folder")
    if language is not None and re.fullmatch(LANGUAGE_FORM, language) is None:
        raise Misused(f"{language!r} is no language; write its two letters, such as en or de")
    return KnowledgeSource(path=path, audience=audience, language=language, demo=demo)


async def _add(store: Store, sources: Sequence[KnowledgeSource]) -> list[Synced]:
    """One after the other, so that a broken one leaves the others in."""
    synced: list[Synced] = []
    with steps(len(sources), "added") as step:
        for source in sources:
            synced.append(await _added(store, source))
            step(source.place)
    return synced


async def _added(store: Store, source: KnowledgeSource) -> Synced:
    try:
        return await Sources(store).add(source)
    except OSError as error:
        raise Failed(f"{source.place} cannot be read: {error.strerror or error}") from error


def _tell_added(synced: Sequence[Synced], *, as_json: bool) -> None:
    if as_json:
        emit({"sources": [_synced(one) for one in synced]})
        return
    for one in synced:
        change = one.change
        click.echo(
            f"{safe(one.origin)}: {len(change.added)} added, {len(change.changed)} changed,"
            f" {len(change.removed)} removed, {change.unchanged} unchanged"
        )
        for problem in one.problems:
            click.echo(safe(problem.message), err=True)


def _synced(one: Synced) -> dict[str, object]:
    return {
        "origin": one.origin,
        "added": list(one.change.added),
        "changed": list(one.change.changed),
        "removed": list(one.change.removed),
        "unchanged": one.change.unchanged,
        "problems": [
            {"path": str(problem.path), "message": problem.message} for problem in one.problems
        ],
    }


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


def _document(row: RowMapping) -> dict[str, object]:
    names = ("id", "title", "origin", "url", "audience", "language", "passages", "added_at")
    marks = {"demo": bool(row["demo"]), "draft": bool(row["draft"])}
    return {**{name: row[name] for name in names}, **marks}


def _line(row: RowMapping) -> tuple[str, ...]:
    marks = [name for name in ("demo", "draft") if row[name]]
    return (
        row["id"],
        row["language"] or "-",
        row["audience"],
        str(row["passages"]),
        ",".join(marks) or "-",
        row["title"],
    )
