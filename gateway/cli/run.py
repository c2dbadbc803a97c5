"""``frontdesk run``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from gateway.bootstrap.serving import Announcement, CannotListen
from gateway.bootstrap.serving import run as serve
from gateway.cli.failures import Misused
from gateway.cli.options import everywhere
from gateway.cli.showing import emit


@click.command("run")
@everywhere
def run(config: Path, *, as_json: bool) -> None:
    """Start the gateway.

    SIGTERM and Ctrl-C stop it, SIGHUP reads the configuration again.
    """
    try:
        serve(config, os.environ, announce_as_json if as_json else announce)
    except CannotListen as error:
        raise Misused(str(error)) from error


def announce(told: Announcement) -> None:
    """Say where everything is; the sign-in link stands on stdout only, never in a log."""
    if told.demo is not None:
        click.echo(f"  Demo page     {told.demo}")
    click.echo(f"  Web desk      {told.desk}")
    if told.first_link is not None:
        click.echo(f"  First sign-in {told.first_link}   (once, within 15 minutes)")
    click.echo(f"  Health        {told.health}")


def announce_as_json(told: Announcement) -> None:
    emit(
        {
            "demo": told.demo,
            "desk": told.desk,
            "first_sign_in": told.first_link,
            "health": told.health,
        }
    )
