"""Listing models, and comparing them on the same questions, over providers on loopback."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.gateway.cli.desk import Desk
from tests.platforms.models import Call, Move, Providers, Says

ANSWER = "The loyalty card gives five percent off every order."


def script(call: Call) -> Move:
    """One model knows, the other invents."""
    said = ANSWER if call.model == "good-model" else "The loyalty card gives fifty percent off."
    sentence = {"text": said, "sources": ["p1"], "place": "same"}
    reply = {"sentences": [sentence], "confidence": 0.9, "handoff": "", "missing": ""}
    return Says(json.dumps(reply))


@pytest.fixture
def providers() -> Iterator[Providers]:
    """Served from a thread: commands have an event loop of their own."""
    serving, loop = Providers(script), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result(10)
    yield serving
    asyncio.run_coroutine_threadsafe(serving.__aexit__(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def configured(desk: Desk, providers: Providers) -> Callable[[dict[str, Any]], object]:
    def model(name: str) -> dict[str, Any]:
        base = providers.base("openai")
        price = {"input": 1.0, "output": 5.0}
        return {"provider": "openai", "model": name, "api_base": base, "price": price}

    def change(settings: dict[str, Any]) -> None:
        settings["brain"] = {
            "models": {"good": model("good-model"), "bad": model("bad-model")},
            "knowledge": {
                "sources": [{"path": str(desk.article().parent)}],
                "embedding": {"model": "characters"},
            },
        }

    return change


def test_models_are_listed_with_their_prices(desk: Desk, providers: Providers) -> None:
    desk.configure(configured(desk, providers))
    assert "good-model" in desk.run("models", "list").output
    rows = desk.json("models", "list")
    assert rows["as_of"] == "2026-11-21"
    costs = {one["name"]: (one["input"], one["output"]) for one in rows["models"]}
    assert costs == {"good": (1.0, 5.0), "bad": (1.0, 5.0)}


def test_without_models_the_list_says_what_answers_then(desk: Desk) -> None:
    desk.configure()
    assert "quotes its articles" in desk.run("models", "list").output


@pytest.mark.timeout(180)  # learns the intents, which takes long on a busy machine
def test_models_side_by_side(desk: Desk, providers: Providers) -> None:
    desk.configure(configured(desk, providers))
    file = desk.folder / "questions.jsonl"
    rows = [
        {"question": "What does the loyalty card give?", "expect": ["five percent"]},
        {"id": "human", "question": "I want to talk to a human", "person": True},
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    told = desk.json("models", "compare", str(file))["models"]
    assert set(told) == {"without a model", "good", "bad"}
    good, bad = told["good"], told["bad"]
    assert (good["written"], good["right"], good["wrong"]) == (1, 2, 0)
    assert good["answers"][0]["text"] == ANSWER
    assert good["cost_usd"] == pytest.approx((100 + 20 * 5) / 1e6)
    assert bad["written"] == 0, "what no passage bears is not sent"
    assert told["without a model"]["cost_usd"] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "has no question"), ("{}", "line 1"), ("[1]", "line 1"), ("{", "line 1")],
)
def test_a_file_that_is_none_is_refused(
    desk: Desk, providers: Providers, text: str, said: str
) -> None:
    desk.configure(configured(desk, providers))
    file = desk.folder / "questions.jsonl"
    file.write_text(text)
    done = desk.run("models", "compare", str(file))
    assert done.exit_code == 2
    assert said in done.output


def test_a_model_that_is_not_there_is_named(desk: Desk, providers: Providers) -> None:
    desk.configure(configured(desk, providers))
    file = desk.folder / "questions.jsonl"
    file.write_text("{}")
    done = desk.run("models", "compare", str(file), "--model", "huge")
    assert done.exit_code == 2
    assert "there are bad, good" in done.output
