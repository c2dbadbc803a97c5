"""``check --live`` asks each model one short question, and says how to mend what does not work."""

from __future__ import annotations

from typing import Any

from tests.gateway.cli.desk import Desk
from tests.gateway.cli.serving import served
from tests.platforms.models import Call, Fails, Move, Providers, Says

READY = '{"ready": true}'
MOVES: dict[str, Move] = {
    "well": Says(READY, read=(60, 0, 0), output=6),
    "silent-on-cost": Says(READY, output=None),
    "locked": Fails(401, "no such key sk-secret-0123456789abcdef"),
    "poor": Fails(429, "insufficient_quota"),
    "busy": Fails(529, "overloaded"),
    "chatty": Says("Of course I am ready!"),
}


def script(call: Call) -> Move:
    return MOVES[call.model]


def models(providers: Providers) -> dict[str, Any]:
    price = {"input": 1.0, "output": 5.0}
    base = providers.base("openai")
    found: dict[str, Any] = {
        name: {"provider": "openai", "model": name, "api_base": base, "price": price}
        for name in MOVES
    }
    found["dear"] = {**found["well"], "price": {"input": 9_000.0, "output": 9_000.0}}
    return found


def test_each_model_is_asked_once_and_told_line_by_line(desk: Desk) -> None:
    with served(script) as providers:
        brain = {"models": models(providers), "knowledge": {"embedding": {"model": "characters"}}}
        desk.configure(lambda settings: settings.update(brain=brain))
        found = desk.json("check", "--live", code=1)
        asked = [call.model for call in providers.calls]
        lines = desk.run("check", "--live").stdout.splitlines()
    told = {one["name"]: one for one in found["findings"] if one["name"].startswith("model ")}
    assert {name.removeprefix("model "): one["ok"] for name, one in told.items()} == {
        "well": True, "silent-on-cost": True, "locked": False, "poor": False, "busy": False,
        "chatty": False, "dear": False,
    }  # fmt: skip
    assert sorted(asked) == sorted(MOVES)
    assert "that cost 0.000090 US dollars" in told["model well"]["what"]
    assert "tells no tokens" in told["model silent-on-cost"]["mend"]
    assert (
        "check api_key, model and api_base of brain.models.locked" in told["model locked"]["mend"]
    )
    assert "check api_key" in told["model poor"]["mend"]
    assert "try again later" in told["model busy"]["mend"]
    assert "parameters.structured of brain.models.chatty" in told["model chatty"]["mend"]
    assert "was not asked" in told["model dear"]["what"]
    assert any(line.startswith("✓ model well: answers as well in ") for line in lines)
    assert any(line.startswith("✗ model locked: ") for line in lines)


def test_what_works_ends_well(desk: Desk) -> None:
    with served(script) as providers:
        one = {"well": models(providers)["well"]}
        desk.configure(lambda settings: settings.update(brain={"models": one}))
        assert desk.json("check", "--live")["ok"] is True


def test_an_embeddings_api_that_is_not_there_is_told(desk: Desk) -> None:
    embedding = {"model": "e", "api_base": "http://127.0.0.1:9/v1"}
    brain = {"knowledge": {"embedding": embedding}}
    desk.configure(lambda settings: settings.update(brain=brain))
    found = desk.json("check", "--live", code=1)
    (line,) = [one for one in found["findings"] if one["name"] == "model embeddings"]
    assert "found by words alone" in line["mend"]
