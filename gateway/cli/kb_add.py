"""``frontdesk kb add``: files, folders, pages, websites and resolved conversations into the store,
with a warning of what contradicts what is there."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from brain.contract import Audience
from brain.settings import KnowledgeSource
from gateway.bootstrap.reading import command_checking, syncing_of
from gateway.cli.failures import NEGATIVE, Misused
from gateway.cli.options import everywhere
from gateway.cli.progress import counting, steps
from gateway.cli.showing import emit, safe
from gateway.cli.storing import configuration, opened
from gateway.clock import SystemClock
from gateway.config.settings import Settings
from gateway.knowledge.conflicts import Pair
from gateway.knowledge.origins import Place
from gateway.knowledge.places import place_of
from gateway.knowledge.records import About, NotPossible, is_storable
from gateway.knowledge.resolved import place_of_conversations
from gateway.knowledge.sources import Sources
from gateway.knowledge.syncing import Synced
from gateway.store.store import Store

AUDIENCES: tuple[Audience, ...] = ("public", "customers", "internal")
LANGUAGE_FORM = r"[a-z]{2,3}"
SINCE_FORM = r"(\d{1,4})([dw]?)"
WEEK_DAYS = 7
_WEB = re.compile(r"https?://", re.IGNORECASE)
_SITEMAP = re.compile(r"\.xml(\.gz)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is said about all that is added; ``days`` is None without resolved conversations."""

    about: About
    sitemap: bool
    refresh_hours: int
    days: float | None


@click.command("add")
@click.argument("places", metavar="PATH_OR_URL...", nargs=-1)
@click.option(
    "--sitemap", is_flag=True, help="Addresses are sitemaps, also without .xml at the end."
)
@click.option("--demo", is_flag=True, help="Answers on demo channels only.")
@click.option(
    "--audience",
    type=click.Choice(AUDIENCES),
    default="public",
    show_default=True,
    help="Who may be answered with it, where an article does not say something narrower.",
)
@click.option("--language", help="Of articles that do not say theirs: en, de, …")
@click.option("--owner", help="Who vouches for articles that do not say it themselves.")
@click.option(
    "--refresh-hours",
    type=click.IntRange(0, 24 * 365),
    default=24,
    show_default=True,
    help="How often the gateway reads an address again; 0 for never.",
)
@click.option("--resolved", is_flag=True, help="Drafts from conversations that staff resolved.")
@click.option("--since", default="90d", show_default=True, help="How far back, with --resolved.")
@everywhere
def add(  # noqa: PLR0913  each is an option
    places: tuple[str, ...],
    config: Path,
    *,
    sitemap: bool,
    demo: bool,
    audience: Audience,
    language: str | None,
    owner: str | None,
    refresh_hours: int,
    resolved: bool,
    since: str,
    as_json: bool,
) -> None:
    """Read files, folders, web pages and websites into the store.

    Markdown, text, HTML, PDF, DOCX, and CSV with a question and an answer in each row. Adding
    again brings changes; what is no longer there is removed. A running gateway answers with it
    within seconds.
    """
    settings = configuration(config)
    if demo:
        _refuse_demo(settings)
    if language is not None and re.fullmatch(LANGUAGE_FORM, language) is None:
        raise Misused(f"{language!r} is no language; write its two letters, such as en or de")
    about = About(audience, language, owner, demo)
    asked = Asked(about, sitemap, refresh_hours, _days(since) if resolved else None)
    wanted = _wanted(places, asked)
    with opened(settings, make=True) as store:
        synced, conflicts = asyncio.run(_add(store, settings, wanted))
    _tell(synced, conflicts, as_json=as_json)
    if any(one.problems or one.error for one in synced):
        raise click.exceptions.Exit(NEGATIVE)


def _refuse_demo(settings: Settings) -> None:
    real = [name for name, entry in settings.channels.items() if not entry.demo]
    if real:
        raise Misused(
            f"demo articles beside a real channel ({', '.join(real)}): invented answers must never"
            " reach customers; leave out --demo, or say demo: true on each channel"
        )


def _wanted(places: Sequence[str], asked: Asked) -> list[Place]:
    """Everything is looked at before anything is added."""
    wanted = [_place(place, asked) for place in places]
    if asked.days is not None:
        wanted.append(place_of_conversations(asked.about, asked.days))
    if not wanted:
        raise Misused("there is nothing to add; name files, folders or addresses, or --resolved")
    return wanted


def _place(place: str, asked: Asked) -> Place:
    try:
        return place_of(_source(place, asked))
    except NotPossible as error:
        raise Misused(str(error)) from error


def _source(place: str, asked: Asked) -> KnowledgeSource:
    about = asked.about
    said: dict[str, object] = {
        "audience": about.audience,
        "language": about.language,
        "owner": about.owner,
        "demo": about.demo,
    }
    if _WEB.match(place):
        kind = "sitemap" if asked.sitemap or _SITEMAP.search(place) else "url"
        said["refresh_hours"] = asked.refresh_hours
        return KnowledgeSource.model_validate({kind: place, **said})
    if not Path(place).exists():
        raise Misused(f"{place}: there is no such file or folder")
    if not is_storable(str(Path(place).resolve())):
        raise Misused(f"{safe(place)}: the path is not UTF-8; rename it")
    return KnowledgeSource.model_validate({"path": place, "refresh_hours": 0, **said})


def _days(since: str) -> float:
    found = re.fullmatch(SINCE_FORM, since)
    if found is None:
        raise Misused(f"--since {since}: write a number of days or weeks, such as 90d or 6w")
    return float(found[1]) * (WEEK_DAYS if found[2] == "w" else 1)


async def _add(
    store: Store, settings: Settings, places: Sequence[Place]
) -> tuple[list[Synced], list[Pair]]:
    syncing = syncing_of(store, lambda: settings, SystemClock())
    sources = Sources(store, syncing, f"command:{os.getpid()}")
    synced: list[Synced] = []
    with steps(len(places), "added") as step:
        for place in places:
            with counting(place.place) as count:
                synced.append(await sources.add(place, count))
            step(place.place)
    new = [id for one in synced for id in (*one.change.added, *one.change.changed)]
    return synced, await command_checking(store, settings).check(new)


def _tell(synced: Sequence[Synced], conflicts: Sequence[Pair], *, as_json: bool) -> None:
    if as_json:
        emit({"sources": [_synced(one) for one in synced], "conflicts": conflicts_json(conflicts)})
        return
    for one in synced:
        change = one.change
        drafts = ", as drafts" if one.place.kind == "conversations" else ""
        click.echo(
            f"{safe(one.place.place)}: {len(change.added)} added{drafts}, {len(change.changed)}"
            f" changed, {len(change.removed)} removed, {change.unchanged} unchanged"
        )
        if one.error is not None:
            click.echo(safe(f"{one.place.place}: {one.error}"), err=True)
        for problem in one.problems:
            click.echo(safe(problem.message), err=True)
    warn_of(conflicts)


def warn_of(conflicts: Sequence[Pair]) -> None:
    """Say on stderr what contradicts what."""
    for pair in conflicts:
        click.echo(safe(f"these two answer the same question differently: {pair.about}"), err=True)
        for side in (pair.left, pair.right):
            click.echo(safe(f"    {side.title} ({side.document}): {side.quote}"), err=True)


def conflicts_json(conflicts: Sequence[Pair]) -> list[dict[str, object]]:
    return [
        {"about": pair.about, "left": asdict(pair.left), "right": asdict(pair.right)}
        for pair in conflicts
    ]


def _synced(one: Synced) -> dict[str, object]:
    return {
        "origin": one.place.origin,
        "kind": one.place.kind,
        "added": list(one.change.added),
        "changed": list(one.change.changed),
        "removed": list(one.change.removed),
        "unchanged": one.change.unchanged,
        "error": one.error,
        "problems": [
            {"path": problem.place, "message": problem.message} for problem in one.problems
        ],
    }
