"""``frontdesk staff``: the people of the desk. A secret it makes stands alone on stdout, and no
password is ever an argument, which other users of the machine could read."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from argon2 import PasswordHasher

from gateway.cli.failures import Failed, Misused
from gateway.cli.options import everywhere
from gateway.cli.showing import emit, table, when
from gateway.cli.storing import configuration, opened
from gateway.clock import SystemClock
from gateway.config.settings import Settings
from gateway.people.passwords import Passwords
from gateway.people.people import People
from gateway.people.records import LinkRefused, Role, Scope, Unsuitable
from gateway.people.scripts import DAYS
from gateway.people.throttle import REFUSED_TOKENS, Failures, SignInThrottle

LONGEST_INPUT = 4096


@click.group("staff")
def staff() -> None:
    """Add and list the people of the desk, make tokens for scripts."""


@staff.command("add")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(("agent", "lead")),
    default="agent",
    show_default=True,
    help="A lead also looks after the staff and the settings.",
)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@everywhere
def add(name: str, config: Path, *, role: Role, password_stdin: bool, as_json: bool) -> None:
    """Add a member of staff; asks for the password where it is a terminal."""
    settings = configuration(config)
    password = _password(from_stdin=password_stdin)
    try:
        with _people(settings, make=True) as people:
            actor = asyncio.run(people.add(name, role, password))
    except Unsuitable as error:
        raise Misused(str(error)) from error
    if as_json:
        emit({"id": actor.id, "name": actor.name, "role": actor.role})
        return
    click.echo(f"{actor.name} is on the staff as {actor.role}; sign in at {settings.base_url}/desk")


@staff.command("list")
@everywhere
def list_(config: Path, *, as_json: bool) -> None:
    """List who is and was on the staff."""
    with _people(configuration(config)) as people:
        members = asyncio.run(people.listed())
    if as_json:
        emit({"staff": [asdict(member) for member in members]})
        return
    if not members:
        click.echo("nobody is on the staff yet; `frontdesk staff add NAME`", err=True)
        return
    lines = [(one.role, when(one.created_at), when(one.disabled_at), one.name) for one in members]
    click.echo(table(("ROLE", "ADDED", "DISABLED", "NAME"), lines))


@staff.command("disable")
@click.argument("name")
@everywhere
def disable(name: str, config: Path, *, as_json: bool) -> None:
    """End everything that somebody can do here: sign-ins, sessions, tokens."""
    with _people(configuration(config)) as people:
        asyncio.run(people.disable(name))
    if as_json:
        emit({"name": name, "disabled": True})
        return
    click.echo(f"{name} is signed out everywhere and cannot sign in any more")


@staff.command("revoke")
@click.argument("name")
@everywhere
def revoke(name: str, config: Path, *, as_json: bool) -> None:
    """End somebody's sessions and API tokens; they may sign in again."""
    with _people(configuration(config)) as people:
        ended = asyncio.run(people.revoke(name))
    if as_json:
        emit({"name": name, "sessions": ended.sessions, "tokens": ended.tokens})
        return
    click.echo(f"{name}: sessions ended {ended.sessions}, API tokens ended {ended.tokens}")


@staff.command("token")
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice(("desk", "read")),
    default="desk",
    show_default=True,
    help="desk: all that the person may do; read: looking only.",
)
@click.option("--days", type=click.IntRange(1, 366), default=DAYS, show_default=True)
@everywhere
def token(name: str, config: Path, *, scope: Scope, days: int, as_json: bool) -> None:
    """Make an API token with which a script acts for somebody. It is shown this once."""
    with _people(configuration(config)) as people:
        secret = asyncio.run(people.new_token(name, scope, days))
    if as_json:
        emit({"name": name, "scope": scope, "days": days, "token": secret})
        return
    click.echo(secret)


@staff.command("link")
@everywhere
def link(config: Path, *, as_json: bool) -> None:
    """Make a one-time link for the first sign-in, while nobody is on the staff."""
    settings = configuration(config)
    try:
        with _people(settings, make=True) as people:
            secret = asyncio.run(people.new_link())
    except LinkRefused as error:
        raise Failed(
            "somebody is on the staff already, and such a link makes the first only; add others"
            " with `frontdesk staff add NAME`"
        ) from error
    address = f"{settings.base_url}/desk/welcome#{secret}"
    if as_json:
        emit({"link": address})
        return
    click.echo(address)


@contextmanager
def _people(settings: Settings, *, make: bool = False) -> Generator[People]:
    clock = SystemClock()
    with opened(settings, make=make) as store:
        yield People(
            store,
            Passwords(PasswordHasher()),
            SignInThrottle(clock),
            Failures(REFUSED_TOKENS, clock),
        )


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return _from_stdin()
    if not sys.stdin.isatty():
        raise Misused("say --password-stdin to read the password from standard input")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return password


def _from_stdin() -> str:
    raw = sys.stdin.buffer.read(LONGEST_INPUT)
    try:
        return raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise Misused("the password on standard input is not UTF-8") from error
