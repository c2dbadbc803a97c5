"""Looking at what an MCP server offers, pinning it, and seeing that it still is so."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway.cli.desk import Desk, sentence
from tests.platforms.mcp import FakeMcp, fake_mcp, tool


@pytest.fixture
def server() -> Iterator[FakeMcp]:
    """In a thread of its own: a command has its own loop."""
    up, over = threading.Event(), asyncio.Event()
    found: list[tuple[FakeMcp, asyncio.AbstractEventLoop]] = []

    async def serve() -> None:
        async with fake_mcp() as fake:
            found.append((fake, asyncio.get_running_loop()))
            up.set()
            await over.wait()

    running = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    running.start()
    assert up.wait(10)
    fake, loop = found[0]
    yield fake
    loop.call_soon_threadsafe(over.set)
    running.join(10)


def _with(desk: Desk, server: FakeMcp) -> None:
    def change(settings: dict[str, Any]) -> None:
        settings["brain"] = {
            "actions": {
                "backends": {
                    "crm": {
                        "mcp": server.url, "tools": "tools.json",
                        "customer_argument": "customer_id",
                    }
                },
                "catalogue": {
                    "status": {"title": "Status", "kind": "read", "backend": "crm",
                               "tool": "get_order"},
                },
            }
        }  # fmt: skip

    desk.configure(change)


def test_what_a_server_offers_is_read_pinned_and_compared(desk: Desk, server: FakeMcp) -> None:
    _with(desk, server)
    offered = desk.json("tools", "crm")
    assert [one["name"] for one in offered["tools"]][:2] == ["get_order", "refund_order"]
    assert "cannot be read" in sentence(desk.run("check"), 2)
    (desk.folder / "tools.json").write_text(json.dumps(offered))
    assert desk.run("check").exit_code == 0
    assert "1 tools are as they were pinned" in desk.run("check", "--live").output
    server.listed[0] = tool("get_order", order={"type": "string"})
    seen = desk.run("check", "--live")
    assert seen.exit_code == 1
    assert "not as it was pinned" in seen.output


def test_a_server_that_is_not_one_is_said(desk: Desk, server: FakeMcp) -> None:
    _with(desk, server)
    assert "there are crm" in sentence(desk.run("tools", "shop"), 1)
    server.version = "1999-01-01"
    assert "does not say what it offers" in sentence(desk.run("tools", "crm"), 1)
