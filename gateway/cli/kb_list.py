"""``frontdesk kb list``: the articles as the store has them, and where they come from."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from gateway.cli.failures import Misused
from gateway.cli.options import everywhere
from gateway.cli.showing import emit, table, when
from gateway.cli.storing import configuration, opened
from gateway.knowledge.catalogue import articles, sources
from gateway.knowledge.records import ArticleState, ArticleView, SourceView, Wanted

# Nobody has as many articles.
ALL = 1_000_000
_DAY = len("2026-01-01")


@click.command("list")
@click.option("--drafts", is_flag=True, help="Those that answer nobody yet.")
@click.option("--review", is_flag=True, help="Those whose review is due within 30 days, or was.")
@click.option("--conflicts", is_flag=True, help="Those that contradict another.")
@click.option("--sources", "as_sources", is_flag=True, help="Where articles come from instead.")
@everywhere
def list_(
    config: Path, *, drafts: bool, review: bool, conflicts: bool, as_sources: bool, as_json: bool
) -> None:
    """List the articles, those that changed last first."""
    chosen = [
        state
        for state, is_chosen in (("draft", drafts), ("review", review), ("conflict", conflicts))
        if is_chosen
    ]
    if len(chosen) + as_sources > 1:
        raise Misused("--drafts, --review, --conflicts and --sources exclude each other")
    if as_sources:
        _list_sources(config, as_json=as_json)
    else:
        _list_articles(config, Wanted(state=_state(chosen), limit=ALL), as_json=as_json)


def _state(chosen: Sequence[str]) -> ArticleState:
    match chosen:
        case ["draft"]:
            return "draft"
        case ["review"]:
            return "review"
        case ["conflict"]:
            return "conflict"
        case _:
            return "all"


def _list_articles(config: Path, wanted: Wanted, *, as_json: bool) -> None:
    with opened(configuration(config)) as store:
        items = asyncio.run(store.read(lambda reading: articles(reading, wanted))).items
    if as_json:
        emit({"documents": [_document(item) for item in items]})
    elif items:
        headings = ("ID", "FORMAT", "LANGUAGE", "AUDIENCE", "OWNER", "REVIEW", "CHANGED")
        more = ("PASSAGES", "MARKS", "TITLE")
        click.echo(table((*headings, *more), [_line(item) for item in items]))
    elif wanted.state == "all":
        click.echo("no article is in the store; add some with `frontdesk kb add PATH`", err=True)
    else:
        click.echo("no article is one of these", err=True)


def _list_sources(config: Path, *, as_json: bool) -> None:
    with opened(configuration(config)) as store:
        found = asyncio.run(store.read(sources))
    if as_json:
        emit({"sources": [asdict(source) for source in found]})
    elif found:
        headings = ("KIND", "STATE", "ARTICLES", "LEFT OUT", "READ", "PLACE")
        click.echo(table(headings, [_source_line(source) for source in found]))
    else:
        click.echo("there is no source; add one with `frontdesk kb add PATH_OR_URL`", err=True)
    for source in () if as_json else found:
        if source.error is not None:
            click.echo(f"{source.place}: {source.error}", err=True)


def _source_line(source: SourceView) -> tuple[str, ...]:
    reading = source.state == "reading" and source.total is not None
    return (
        source.kind,
        f"reading {source.done}/{source.total}" if reading else source.state,
        str(source.documents),
        str(len(source.problems)),
        when(source.synced_at),
        source.place,
    )


def _document(item: ArticleView) -> dict[str, object]:
    shown = asdict(item)
    shown["passages"] = shown.pop("passage_count")
    return shown


def _line(item: ArticleView) -> tuple[str, ...]:
    marks = {
        "demo": item.demo,
        "draft": item.draft,
        "guide": item.guide,
        "overdue": item.overdue,
    }
    return (
        item.id,
        item.format,
        item.language or "-",
        item.audience,
        item.owner or "-",
        item.review_by or "-",
        when(item.changed_at or item.added_at)[:_DAY],
        str(item.passage_count),
        ",".join(name for name, is_marked in marks.items() if is_marked) or "-",
        item.title,
    )
