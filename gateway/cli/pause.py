"""``frontdesk pause`` and ``resume``: the big off switch, beside a running gateway through its
store."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click

from gateway.cli.failures import Misused
from gateway.cli.options import everywhere
from gateway.cli.showing import emit, table, when
from gateway.cli.storing import configuration, opened
from gateway.config.settings import Settings
from gateway.desk import switch
from gateway.desk.switch import Turned, UnknownChannel
from gateway.store.unit import Unit

BY = "the command line"


def who() -> str:
    """Who turns the switch, as far as this machine knows it."""
    try:
        return f"{BY} ({os.environ.get('SUDO_USER') or getpass.getuser()})"
    except (OSError, KeyError):
        # A container may run under a number that has no name.
        return BY


@click.command("pause")
@click.argument("channel", required=False)
@everywhere
def pause(channel: str | None, config: Path, *, as_json: bool) -> None:
    """Silence the assistant at once, on a CHANNEL or on all of them.

    People get what customers write until `frontdesk resume`. Staff go on writing as before.
    """
    settings = configuration(config)
    turned = _turn(settings, lambda unit: switch.pause(unit, channel, who(), settings.channels))
    where = channel or "every channel"
    _tell(turned, f"the assistant is silent on {where}; people answer", as_json=as_json)


@click.command("resume")
@click.argument("channel", required=False)
@everywhere
def resume(channel: str | None, config: Path, *, as_json: bool) -> None:
    """Let the assistant answer again, on a CHANNEL or where all were paused.

    What customers write from now on is its own again; who waits for a person keeps waiting.
    """
    settings = configuration(config)
    turned = _turn(settings, lambda unit: switch.resume(unit, channel, who(), settings.channels))
    where = f"the pause of {channel or 'all channels'}"
    said = f"{where} is over" if turned.changed else f"{where} was not in force"
    _tell(turned, said, as_json=as_json)


def _turn(settings: Settings, unit: Callable[[Unit], Turned]) -> Turned:
    """
    Raises:
        Misused: no channel has this name.
    """
    try:
        with opened(settings) as store:
            return asyncio.run(store.write(unit, urgent=True))
    except UnknownChannel as error:
        raise Misused(str(error)) from error


def _tell(turned: Turned, said: str, *, as_json: bool) -> None:
    if as_json:
        emit(asdict(turned))
        return
    click.echo(said)
    if turned.paused:
        lines = [(one["channel"] or "all", when(one["since"]), one["by"]) for one in turned.paused]
        click.echo(table(("PAUSED", "SINCE", "BY"), lines))
