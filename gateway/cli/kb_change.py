"""``frontdesk kb remove``, ``publish`` and ``unpublish``: what answers and what does not."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from gateway.bootstrap.reading import command_checking
from gateway.cli.failures import Failed, Misused
from gateway.cli.kb_add import conflicts_json, warn_of
from gateway.cli.options import everywhere
from gateway.cli.showing import emit, safe
from gateway.cli.storing import configuration, opened
from gateway.knowledge import catalogue
from gateway.knowledge.library import remove_origin, there
from gateway.knowledge.places import places_of
from gateway.knowledge.records import Article
from gateway.store.store import Store
from gateway.store.unit import Unit


@dataclass(frozen=True, slots=True)
class Removed:
    """``documents`` by id, whole ``sources`` by place, and what was ``missing``; ``returning`` are
    documents that their source will bring again."""

    documents: tuple[str, ...]
    sources: tuple[str, ...]
    missing: tuple[str, ...]
    returning: tuple[str, ...]


@click.command("remove")
@click.argument("names", metavar="ID_OR_SOURCE...", nargs=-1, required=True)
@everywhere
def remove(names: tuple[str, ...], config: Path, *, as_json: bool) -> None:
    """Remove articles by their ids, or whole sources by their paths and addresses."""
    settings = configuration(config)
    origins = {name: str(Path(name).resolve()) for name in names}
    again = {place.origin for place in places_of(settings.brain.knowledge.sources)[0]}
    with opened(settings) as store:
        done = asyncio.run(store.write(lambda unit: _remove(unit, origins, again)))
    if as_json:
        emit(
            {
                "removed": list(done.documents),
                "sources": list(done.sources),
                "missing": list(done.missing),
                "returning": list(done.returning),
            }
        )
    for name in () if as_json else (*done.documents, *done.sources):
        click.echo(f"removed {safe(name)}")
    for id in done.returning:
        click.echo(
            f"{safe(id)} comes from a source that is read again, and will be back with it; remove"
            " it there, or `frontdesk kb unpublish` it",
            err=True,
        )
    if done.missing:
        raise Failed(
            f"there is no article or source {', '.join(map(safe, done.missing))}; see `kb list`"
        )


def _remove(unit: Unit, origins: Mapping[str, str], again: Collection[str]) -> Removed:
    documents = there(unit, list(origins))
    returning = _returning(unit, documents, again)
    catalogue.remove(unit, documents)
    rest = [name for name in origins if name not in documents]
    sources = [name for name in rest if _remove_source(unit, name, origins[name])]
    missing = [name for name in rest if name not in sources]
    return Removed(documents, tuple(sources), tuple(missing), tuple(returning))


def _remove_source(unit: Unit, name: str, path: str) -> bool:
    for source in catalogue.sources(unit):
        if name in (source.id, source.place, source.origin) or path == source.origin:
            return catalogue.remove_source(unit, source.id)
    return bool(remove_origin(unit, name) or remove_origin(unit, path))


def _returning(unit: Unit, documents: Sequence[str], again: Collection[str]) -> list[str]:
    refreshed = {source.origin for source in catalogue.sources(unit) if source.refresh_hours}
    shown = (catalogue.article(unit, id) for id in documents)
    return [
        one.id
        for one in shown
        if one is not None and (one.origin in again or one.origin in refreshed)
    ]


@click.command("publish")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="They were read; do not show them and ask.")
@everywhere
def publish(ids: tuple[str, ...], config: Path, *, yes: bool, as_json: bool) -> None:
    """Let drafts answer. Each is shown first, and you are asked whether it is right."""
    if as_json and not yes:
        raise Misused("--json cannot ask; read the drafts and say --yes")
    settings = configuration(config)
    with opened(settings) as store:
        found = _known(store, ids)
        chosen = [one.id for one in found if yes or not one.draft or _is_right(one)]
        for id in chosen:
            asyncio.run(catalogue.publish(store, id))
        conflicts = asyncio.run(command_checking(store, settings).check(chosen))
    if as_json:
        emit({"published": chosen, "conflicts": conflicts_json(conflicts)})
        return
    for id in chosen:
        click.echo(f"published {safe(id)}")
    warn_of(conflicts)


def _is_right(article: Article) -> bool:
    click.echo(f"{safe(article.title)}\n\n{safe(article.body)}\n")
    return click.confirm("Is this right, and free of anything personal? Publish it", err=True)


@click.command("unpublish")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@everywhere
def unpublish(ids: tuple[str, ...], config: Path, *, as_json: bool) -> None:
    """Make articles drafts, which answer nobody until they are published again."""
    with opened(configuration(config)) as store:
        found = [one.id for one in _known(store, ids)]
        for id in found:
            asyncio.run(store.write(lambda unit, id=id: catalogue.unpublish(unit, id)))
    if as_json:
        emit({"unpublished": found})
    for id in () if as_json else found:
        click.echo(f"{safe(id)} is a draft now")


def _known(store: Store, ids: Sequence[str]) -> list[Article]:
    found = {
        id: asyncio.run(store.read(lambda reading, id=id: catalogue.article(reading, id)))
        for id in ids
    }
    missing = [id for id, article in found.items() if article is None]
    if missing:
        raise Failed(f"there is no article {', '.join(map(safe, missing))}; see `kb list`")
    return [article for article in found.values() if article is not None]
