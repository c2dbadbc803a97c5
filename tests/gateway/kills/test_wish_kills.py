"""A wish for a person survives a kill around its acknowledgement, with every model out of reach."""

from __future__ import annotations

import signal
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest

from tests.gateway.kills.process import GatewayHome, free_port
from tests.gateway.kills.visitors import Down, Visitor

WISH = "Ich möchte mit einem Menschen sprechen"
HEARD = "Ich gebe das jetzt an unser Team weiter"


@pytest.mark.timeout(150)
async def test_a_wish_for_a_person_survives_a_kill(sqlite_url: str, tmp_path: Path) -> None:
    home = GatewayHome(tmp_path / "killed", sqlite_url)
    config = home.folder / "config.yaml"
    nowhere = f"http://127.0.0.1:{free_port()}/v1"
    models = (
        f"models: {{down: {{provider: anthropic, model: claude-haiku-5-5, api_base: '{nowhere}'}}}}"
    )
    text = config.read_text().replace("languages: [en]", "languages: [en, de]")
    config.write_text(text.replace("brain: {", f"brain: {{{models}, "))
    async with aiohttp.ClientSession() as http:
        visitor: Visitor | None = None
        for point in ("turns.before_commit", "turns.inside_commit"):
            async with home.running(f"{point}=kill:1") as life:
                visitor = visitor or await newcomer(http, home.base)
                with suppress(Down):
                    await visitor.go_on()
                assert await life.death(15) == -signal.SIGKILL, point
        assert visitor is not None
        async with home.running():
            await visitor.go_on()
    shown = [visitor.seen[seq] for seq in sorted(visitor.seen)]
    assert [item["author"] for item in shown] == ["customer", "system"]
    assert shown[1]["text"].startswith(HEARD)


async def newcomer(http: aiohttp.ClientSession, base: str) -> Visitor:
    async with http.post(f"{base}/chat/web/sessions") as response:
        token: str = (await response.json())["token"]
    return Visitor(http, base, token, [(WISH, "")])
