"""The examples of the API channel's page, run as they stand there against the real gateway."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.gateway.kills.process import GatewayHome, free_port

PAGE = (Path(__file__).parents[3] / "docs" / "channels" / "api.md").read_text("utf-8")
SECRET = "whsec_" + base64.b64encode(b"a-secret-of-the-page-s-two-examples").decode()
PATIENCE_SECONDS = 20.0
CONFIG = """
server: {{host: 127.0.0.1, port: {port}}}
store: {{url: "sqlite:///data/frontdesk.db", data: data}}
business: {{name: Fernhill Outdoor, languages: [en]}}
channels:
  crm: {{kind: api, secret: "${{CRM_SECRET}}", url: "http://127.0.0.1:{bridge}/deliver",
        quiet_seconds: 0.05, idempotent: true}}
brain: {{knowledge: {{sources: [{{path: kb}}]}}}}
rollout: {{channels: {{crm: auto}}}}
"""


def example(language: str, mark: str) -> str:
    """The block of the page that holds ``mark``."""
    blocks = re.findall(rf"^ *```{language}\n(.*?)^ *```$", PAGE, re.MULTILINE | re.DOTALL)
    return next(block for block in blocks if mark in block)


@pytest.fixture
def bridge_port() -> int:
    return free_port()


@pytest.fixture
def home(tmp_path: Path, bridge_port: int) -> GatewayHome:
    home = GatewayHome(tmp_path / "home", "")
    written = CONFIG.format(port=home.port, bridge=bridge_port)
    (home.folder / "config.yaml").write_text(written)
    (home.folder / ".env").write_text(f"CRM_SECRET={SECRET}\n")
    (home.folder / ".env").chmod(0o600)
    return home


@asynccontextmanager
async def bridge(
    folder: Path, home: GatewayHome, port: int
) -> AsyncGenerator[asyncio.subprocess.Process]:
    (folder / "bridge.py").write_text(example("python", "Type as a customer"))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "bridge.py",
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={
            **os.environ,
            "CRM_SECRET": SECRET,
            "BRIDGE_PORT": str(port),
            "GATEWAY": f"{home.base}/webhooks/crm",
        },
    )
    try:
        yield process
    finally:
        process.kill()
        await process.communicate()


async def printed(process: asyncio.subprocess.Process, words: str) -> str:
    """Everything that is printed up to these words."""
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not any(words in line for line in lines):
            line = await process.stdout.readline()
            assert line, lines
            lines.append(line.decode())
    return "".join(lines)


@pytest.mark.timeout(90)
async def test_the_bridge_brings_a_question_and_shows_its_answer(
    tmp_path: Path, home: GatewayHome, bridge_port: int
) -> None:
    async with home.running(), bridge(tmp_path, home, bridge_port) as process:
        assert process.stdin is not None
        process.stdin.write(b"What does shipping cost?\n")
        await process.stdin.drain()
        shown = await printed(process, "[Talk to a person]")
        assert shown.startswith("assistant: ")
        assert "4.90 euros" in shown


@pytest.mark.timeout(90)
@pytest.mark.skipif(
    any(shutil.which(name) is None for name in ("sh", "curl", "openssl", "base64", "od")),
    reason="the page's example takes curl, openssl, base64 and od; install them",
)
async def test_the_message_of_the_page_is_taken_once(home: GatewayHome) -> None:
    script = example("sh", "webhook-timestamp").replace("http://127.0.0.1:8080", home.base)
    async with home.running():
        for new in (True, False):
            process = await asyncio.create_subprocess_exec(
                "sh",
                "-c",
                script,
                stdout=asyncio.subprocess.PIPE,
                env={**os.environ, "CRM_SECRET": SECRET},
            )
            told, _ = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
            assert json.loads(told) == {"id": "e-1001", "new": new}
