"""``frontdesk doctor``: what is wrong on this machine, and how to mend it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click

from gateway.cli import diagnosis, machine
from gateway.cli.contents import contents_findings
from gateway.cli.findings import Finding, bad, good, tell
from gateway.cli.options import everywhere
from gateway.cli.storing import is_missing
from gateway.config.load import load
from gateway.errors import ConfigurationError
from gateway.notices.check import texts_check
from gateway.telemetry.logs import log_to_stderr


@click.command("doctor")
@everywhere
def doctor(config: Path, *, as_json: bool) -> None:
    """Look for what is wrong on this machine. Exit code 1 when something is."""
    log_to_stderr(level="error")
    tell(_looks(config), as_json=as_json)


def _looks(config: Path) -> Iterator[Finding]:
    yield diagnosis.python_finding()
    yield diagnosis.model_finding()
    yield diagnosis.env_finding(config.absolute().parent)
    try:
        loaded = load(config, os.environ, (texts_check,))
    except ConfigurationError as error:
        for problem in error.problems:
            yield bad("configuration", str(problem))
        return
    settings = loaded.settings
    yield good("configuration", f"{config} is valid, {len(loaded.warnings)} warnings")
    yield from diagnosis.data_findings(settings.store.data)
    yield machine.privacy_finding(settings.store.data)
    yield diagnosis.key_finding(settings.store.data)
    yield machine.fsync_finding(settings.store.data)
    yield machine.clock_finding()
    yield from diagnosis.store_findings(settings)
    if not is_missing(settings):
        yield from contents_findings(settings)
    yield diagnosis.port_finding(settings)
