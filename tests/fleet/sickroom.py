"""Channels that cannot work, beside those that do: a platform that takes connections and never
answers, one that nobody reaches, and one that refuses the credentials."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from tests.gateway.kills.process import free_port
from tests.platforms.discord_world import TOKEN as DISCORD_TOKEN
from tests.platforms.slack import BOT_TOKEN, SIGNING_SECRET

REFUSAL = b'{"ok": false, "error_code": 401, "description": "Unauthorized"}'
REFUSES = (
    b"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nConnection: close\r\n"
    b"Content-Length: " + str(len(REFUSAL)).encode() + b"\r\n\r\n" + REFUSAL
)


@asynccontextmanager
async def sickroom() -> AsyncGenerator[Mapping[str, Mapping[str, Any]]]:
    """What stands in the configuration for each of them, by its name."""
    silent = await asyncio.start_server(_silent, "127.0.0.1", 0)
    refusing = await asyncio.start_server(_refuse, "127.0.0.1", 0)
    async with silent, refusing:
        gone = f"127.0.0.1:{free_port()}"
        yield {
            "hangs": {
                "kind": "slack",
                "bot_token": BOT_TOKEN,
                "signing_secret": SIGNING_SECRET,
                "api_base": f"http://{_at(silent)}/api/",
            },
            "gone": {
                "kind": "discord",
                "token": DISCORD_TOKEN,
                "api_base": f"http://{gone}/api/v10",
                "gateway_base": f"ws://{gone}",
            },
            "refused": {
                "kind": "telegram",
                "token": "7000009:TEST-a-token-that-is-dead-and-gone",
                "api_base": f"http://{_at(refusing)}",
            },
        }


def _at(server: asyncio.Server) -> str:
    host, port = server.sockets[0].getsockname()[:2]
    return f"{host}:{port}"


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Whatever comes is read, and nothing is said."""
    await reader.read()
    writer.close()


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(REFUSES)
    await writer.drain()
    writer.close()
