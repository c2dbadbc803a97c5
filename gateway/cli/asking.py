"""Asking the gateway that runs on this machine, through its control socket."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from pydantic import BaseModel, TypeAdapter, ValidationError

from brain.contract import Decision, Hit, TurnInput
from gateway.cli.failures import Failed
from gateway.web.control import (
    DECISION,
    HISTORY_LIMIT,
    HITS,
    TEXT_LIMIT,
    DecideBody,
    SaidBody,
    SearchBody,
)

# Longer than a search waits for the first index.
SECONDS = 90.0
OK = 200
T = TypeVar("T")


class RunningGateway:
    """Implements Brain, and searches. ``control`` is where its control socket is."""

    def __init__(self, control: Path) -> None:
        self._path = str(control)

    async def search(self, body: SearchBody) -> list[Hit]:
        """
        Raises:
            Failed: it cannot search now, or does not answer.
        """
        answer = await self._ask("/search", body)
        return _valid(HITS, answer.get("hits"))

    async def decide(self, turn: TurnInput) -> Decision:
        """
        Raises:
            Failed: it cannot decide now, or does not answer.
        """
        answer = await self._ask("/decide", as_body(turn))
        return _valid(DECISION, answer)

    async def _ask(self, path: str, body: BaseModel) -> Mapping[str, Any]:
        connector = aiohttp.UnixConnector(self._path)
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
                session.post(
                    f"http://gateway{path}", json=body.model_dump(mode="json")
                ) as response,
            ):
                answer: Mapping[str, Any] = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            raise Failed(
                f"the running gateway does not answer ({error or type(error).__name__}); its log"
                " says why"
            ) from error
        if response.status != OK:
            raise Failed(str(answer.get("detail") or f"the gateway answered {response.status}"))
        return answer


def as_body(turn: TurnInput) -> DecideBody:
    """A turn with one new message as the gateway's control socket takes it."""
    asked = turn.new[-1]
    return DecideBody(
        text=asked.text[:TEXT_LIMIT],
        choice=asked.choice,
        history=tuple(
            SaidBody(
                author=said.author,
                text=said.text[:TEXT_LIMIT],
                at=said.at,
                notice=said.notice,
                choice=said.choice,
                passages=said.passages,
            )
            for said in turn.history[-HISTORY_LIMIT:]
        ),
        demo=turn.demo,
        language=turn.language,
        channel=turn.channel,
        unsuccessful=turn.case.unsuccessful,
        guide=turn.case.guide,
    )


def _valid(shape: TypeAdapter[T], answer: object) -> T:
    try:
        return shape.validate_python(answer)
    except ValidationError as error:
        raise Failed(
            "the running gateway answers in another form, so it is of another version; restart it"
        ) from error
