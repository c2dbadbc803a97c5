"""The ways in which both sides of a comparison ask a model: a script in process, a bare HTTP call,
or the openai SDK. The model itself is a stub that answers at once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeAlias

import aiohttp

# From a question to its answer.
Model: TypeAlias = Callable[[str], Awaitable[str]]
Way: TypeAlias = Literal["scripted", "http", "openai"]
WAYS: tuple[Way, ...] = ("scripted", "http", "openai")
QUESTION = "My order has not arrived yet, and the tracking page has said the same for a week."
ANSWER = (
    "Your parcel left our warehouse. It usually arrives **within three working days**.\n\n"
    "If it has not come by then, write to us again and we shall send another one."
)


async def scripted(_question: str) -> str:
    return ANSWER


@asynccontextmanager
async def asking(way: Way, base: str) -> AsyncGenerator[Model]:
    """``base`` is where the stub listens."""
    if way == "scripted":
        yield scripted
    elif way == "http":
        async with aiohttp.ClientSession() as http:
            yield _bare(http, f"{base}/v1/chat/completions")
    else:
        async with _sdk(f"{base}/v1") as model:
            yield model


def _bare(http: aiohttp.ClientSession, url: str) -> Model:
    async def ask(question: str) -> str:
        async with http.post(url, json=_request(question)) as response:
            answered: dict[str, Any] = await response.json()
        text: str = answered["choices"][0]["message"]["content"]
        return text

    return ask


@asynccontextmanager
async def _sdk(url: str) -> AsyncGenerator[Model]:
    from openai import AsyncOpenAI  # noqa: PLC0415  # whoever asks without it must not pay for it

    async with AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:

        async def ask(question: str) -> str:
            answered = await client.chat.completions.create(
                model="stub", messages=[{"role": "user", "content": question}]
            )
            return answered.choices[0].message.content or ""

        yield ask


def _request(question: str) -> dict[str, object]:
    return {"model": "stub", "messages": [{"role": "user", "content": question}]}
