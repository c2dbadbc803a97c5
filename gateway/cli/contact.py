"""``frontdesk contact``: what a person may ask of a business about their data: a copy, and to be
forgotten."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click
from sqlalchemy import select

from gateway.cli.failures import Failed
from gateway.cli.finding import find
from gateway.cli.options import everywhere
from gateway.cli.showing import emit
from gateway.cli.storing import configuration, opened
from gateway.conversations.erasing import Erased, StillBusy, erase, unreferenced
from gateway.desk.exporting import export
from gateway.store.files import Files
from gateway.store.schema.conversation import contacts, conversations
from gateway.store.store import Store
from gateway.store.unit import Reading

_TABLES = {"contact": contacts, "conversation": conversations}


@click.group("contact")
def contact() -> None:
    """Privacy requests: export what is known about a person, or erase it."""


@contact.command("export")
@click.argument("id")
@everywhere
def export_(id: str, config: Path, *, as_json: bool) -> None:
    """Print everything that is known about a person as JSON, unmasked: it is for them.

    ID is the contact's, or that of one of their conversations.
    """
    del as_json  # It is JSON in any case.
    with opened(configuration(config)) as store:
        emit(asyncio.run(store.read(lambda reading: export(reading, contact_of(reading, id)))))


@contact.command("erase")
@click.argument("id")
@click.option("--yes", is_flag=True, help="Do not ask on a terminal.")
@everywhere
def erase_(id: str, config: Path, *, yes: bool, as_json: bool) -> None:
    """Erase a person: their words, files and accounts, and what was done for them.

    That something was said and done, and when, stays. It cannot be undone.
    """
    settings = configuration(config)
    with opened(settings) as store:
        person = asyncio.run(store.read(lambda reading: contact_of(reading, id)))
        if not yes and sys.stdin.isatty():
            click.confirm(f"Erase {person}, for good?", abort=True, err=True)
        try:
            done = asyncio.run(store.write(lambda unit: erase(unit, person)))
        except StillBusy as error:
            raise Failed(str(error)) from error
        files = _remove(store, Files(settings.store.files or settings.store.data / "files"), done)
    told = {
        "contact": done.contact,
        "conversations": done.conversations,
        "messages": done.messages,
        "actions": done.actions,
        "files": files,
    }
    if as_json:
        emit(told)
        return
    counted = ", ".join(f"{told[name]} {name}" for name in list(told)[1:])
    click.echo(f"{done.contact} is erased: {counted}")


def contact_of(reading: Reading, given: str) -> str:
    """The person whom an id of theirs, or of one of their conversations, means."""
    found = find(reading, _TABLES, given)
    if found.what == "contact":
        return found.id
    return str(
        reading.scalar(select(conversations.c.contact_id).where(conversations.c.id == found.id))
    )


def _remove(store: Store, files: Files, done: Erased) -> int:
    """Off the disk, once nothing refers to them; how many there were."""
    gone = asyncio.run(store.read(lambda reading: unreferenced(reading, done.files)))
    for file in gone:
        files.remove(file)
    return len(gone)
