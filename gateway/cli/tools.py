"""``frontdesk tools``: what an MCP server offers, to be read and then pinned."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from gateway.bootstrap.servers import ServerUnusable, tools_of
from gateway.cli.failures import Failed
from gateway.cli.options import everywhere
from gateway.cli.showing import emit
from gateway.cli.storing import configuration


@click.command("tools")
@click.argument("backend")
@everywhere
def tools(backend: str, config: Path, *, as_json: bool) -> None:
    """Print the tools of an MCP server as JSON.

    Read them, and keep them in the file that the backend's `tools` names: what differs from that
    file is not called.
    """
    del as_json  # It is JSON in any case.
    try:
        listed = asyncio.run(tools_of(configuration(config), backend))
    except ServerUnusable as error:
        raise Failed(str(error)) from error
    emit({"tools": [dict(tool) for tool in listed]})
