"""``frontdesk run``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from gateway.bootstrap.serving import Announcement
from gateway.bootstrap.serving import run as serve


@click.command("run")
@click.option(
    "-c", "--config", default="config.yaml", show_default=True, type=click.Path(path_type=Path)
)
def run(config: Path) -> None:
    """Start the gateway."""
    serve(config, os.environ, announce)


def announce(told: Announcement) -> None:
    """Say where everything is; the sign-in link stands on stdout only, never in a log."""
    if told.demo is not None:
        click.echo(f"  Demo page     {told.demo}")
    click.echo(f"  Web desk      {told.desk}")
    if told.first_link is not None:
        click.echo(f"  First sign-in {told.first_link}   (once, within 15 minutes)")
    click.echo(f"  Health        {told.health}")
