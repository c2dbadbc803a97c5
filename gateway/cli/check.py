"""``frontdesk check``: whether the configuration is right, and with ``--live`` whether it works."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from gateway.bootstrap.acting import actions_check, catalogue_for
from gateway.bootstrap.limiting import bounds_said
from gateway.bootstrap.offline import ChannelReport, check_channels, temporary_store
from gateway.bootstrap.servers import ServerReport, check_servers
from gateway.bootstrap.trying import ModelReport, check_models
from gateway.cli.diagnosis import store_findings
from gateway.cli.failures import WRONG
from gateway.cli.findings import Finding, bad, good, note, tell
from gateway.cli.options import everywhere
from gateway.cli.showing import emit
from gateway.clock import SystemClock
from gateway.config.load import Loaded, load
from gateway.config.settings import Settings
from gateway.errors import ConfigurationError, Problem
from gateway.notices.check import texts_check
from gateway.telemetry.logs import log_to_stderr


@click.command("check")
@click.option(
    "--live", is_flag=True, help="Also try the store, log in to every channel and ask every model."
)
@everywhere
def check(config: Path, *, live: bool, as_json: bool) -> None:
    """Validate the configuration without starting. Exit code 2 when it is wrong, 1 when something
    does not work with --live."""
    try:
        loaded = load(config, os.environ, (texts_check, actions_check))
    except ConfigurationError as error:
        if as_json:
            emit({"ok": False, "problems": [_problem(one) for one in error.problems]})
            raise click.exceptions.Exit(WRONG) from error
        raise
    for warning in loaded.warnings:
        click.echo(f"warning: {warning}", err=True)
    for bound in bounds_said(loaded.settings):
        click.echo(f"note: {bound}", err=True)
    if live:
        log_to_stderr(level="warning")
        tell(_live(config, loaded.settings), as_json=as_json)
        return
    _valid(config, loaded, as_json=as_json)


def _valid(config: Path, loaded: Loaded, *, as_json: bool) -> None:
    settings = loaded.settings
    if as_json:
        warnings = [_problem(one) for one in loaded.warnings]
        emit({"ok": True, "warnings": warnings, "channels": list(settings.channels)})
        return
    click.echo(_summary(config, settings))


def _summary(config: Path, settings: Settings) -> str:
    channels = ", ".join(settings.channels) or "none"
    return f"{config} is valid; channels: {channels}; store: {settings.store.url.split(':')[0]}"


def _live(config: Path, settings: Settings) -> Iterator[Finding]:
    yield good("configuration", _summary(config, settings))
    yield from store_findings(settings)
    with TemporaryDirectory() as folder, temporary_store(Path(folder)) as store:
        reports = asyncio.run(check_channels(settings, store, SystemClock()))
    for report in reports:
        yield from _channel(report)
    for model in asyncio.run(check_models(settings, SystemClock())):
        yield _model(model)
    catalogue = catalogue_for(settings.brain.actions)
    for server in asyncio.run(check_servers(settings, catalogue)):
        yield _server(server)


def _channel(report: ChannelReport) -> Iterator[Finding]:
    name = f"channel {report.name} ({report.kind})"
    for line in report.works:
        yield good(name, line)
    if report.problem is not None:
        yield bad(name, report.problem)
    elif not report.works:
        yield good(name, "is set up; it has nothing more to try")


def _model(report: ModelReport) -> Finding:
    name = f"model {report.name}"
    if report.problem:
        return bad(name, report.problem, report.mend)
    return note(name, report.works, report.mend) if report.mend else good(name, report.works)


def _server(report: ServerReport) -> Finding:
    name = f"mcp {report.name}"
    if report.problem is not None:
        return bad(name, report.problem)
    return good(name, f"{report.tools} tools are as they were pinned")


def _problem(problem: Problem) -> dict[str, object]:
    found = asdict(problem)
    return {**found, "path": list(problem.path)}
