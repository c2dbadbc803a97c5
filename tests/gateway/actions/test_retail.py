"""Scripted conversations of a public benchmark against its retail tools: all its writes are made,
none before a yes, none after a no, none for another customer's order."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from brain.action_settings import ActionsSettings
from brain.actions.catalogue import Catalogue, catalogue_of
from brain.acts import ActionRequest, Answered
from brain.contract import Decision, TurnInput
from gateway.store.store import Store
from tests.conftest import absent
from tests.gateway.actions.shop import ActingRig, Ledger
from tests.gateway.conftest import ManualClock

DATA = Path(__file__).parents[4] / "shared" / "data" / "dev"
WRITES = ("cancel_", "exchange_", "return_", "modify_")


def _rows() -> Sequence[Mapping[str, Any]]:
    file = DATA / "actions.jsonl"
    if not file.exists():
        return ()
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


ROWS = _rows()
every_row = pytest.mark.parametrize("row", ROWS or [{}], ids=lambda row: row.get("id", "absent"))


@pytest.fixture(scope="module")
def database() -> Mapping[str, Any]:
    if not ROWS:
        absent("The scripted conversations are not here", "they lie beside the repository")
    found: Mapping[str, Any] = json.loads((DATA / "retail" / "db.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def offered(database: Mapping[str, Any]) -> Catalogue:
    """Its tools that write, as actions; whose order it is, is asked before any is shown."""
    tools = json.loads((DATA / "retail" / "tools.json").read_text("utf-8"))
    actions = {tool["name"]: _action(tool) for tool in tools if tool["name"].startswith(WRITES)}
    settings = ActionsSettings.model_validate(
        {"backends": {"shop": {"url": "http://retail.example"}}, "catalogue": actions}
    )
    return catalogue_of(settings, {})


def _action(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    schema: dict[str, Any] = {**tool["parameters"], "additionalProperties": False}
    # Who it is for comes from the conversation and from nowhere else.
    schema["properties"] = {k: v for k, v in schema["properties"].items() if k != "user_id"}
    schema["required"] = [name for name in schema["required"] if name != "user_id"]
    action: dict[str, Any] = {
        "title": tool["name"].replace("_", " "),
        "kind": "write",
        "backend": "shop",
        "method": "POST",
        "path": f"/{tool['name']}",
        "parameters": schema,
        "touches": ["money"],
    }
    if "order_id" in schema["properties"]:
        action["lookup"] = {"path": "/orders/{order_id}"}
    return action


class Retail(Ledger):
    """The retail database: an order is there for its own customer only."""

    def __init__(self, database: Mapping[str, Any]) -> None:
        super().__init__()
        self._orders: Mapping[str, Any] = database["orders"]

    async def look_up(self, request: ActionRequest, customer: str | None) -> Answered:
        order = self._orders.get(str(request.arguments.get("order_id")))
        if order is None or order["user_id"] != customer:
            return Answered("refused", reason="no such order of this customer")
        return Answered("done")

    @property
    def writes(self) -> list[dict[str, Any]]:
        return [{"name": name, "arguments": dict(given)} for _, name, given, _ in self.effects]


def _obeys(calls: Sequence[Mapping[str, Any]]) -> Any:
    """A brain that asks for the reference's writes, one after the other."""
    left = list(calls)

    def decide(turn: TurnInput) -> Decision:
        if not left:
            return Decision(kind="reply", text="I see.", confidence=1.0)
        call = left.pop(0)
        request = ActionRequest(call["name"], call["arguments"])
        return Decision(kind="propose_action", action=request, language="en")

    return decide


def _rig(
    row: Mapping[str, Any],
    around: tuple[Store, ManualClock, Path],
    offered: Catalogue,
    database: Mapping[str, Any],
    user: str | None = None,
) -> ActingRig:
    store, clock, folder = around
    ledger = Retail(database)
    rig = ActingRig(
        store, clock, folder, ledger=ledger, offered=offered, user=user or row["user_id"]
    )
    rig.brain.answer = _obeys(row["expected_write_calls"])
    return rig


def _turns(row: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
    """What is said first, and the words that say yes."""
    first, *answers = row["scripted_turns"] or [row["user_instruction"][:300], "yes"]
    return first, answers


@pytest.fixture
def around(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> tuple[Store, ManualClock, Path]:
    return sqlite_store, clock, tmp_path


@every_row
async def test_the_writes_of_the_reference_are_made_after_a_yes_and_not_before(
    row: Mapping[str, Any],
    around: tuple[Store, ManualClock, Path],
    offered: Catalogue,
    database: Mapping[str, Any],
) -> None:
    rig = _rig(row, around, offered, database)
    first, answers = _turns(row)
    await rig.say_and_settle(first)
    assert rig.ledger.effects == []
    await rig.say_and_settle(*answers)
    assert isinstance(rig.ledger, Retail)
    assert rig.ledger.writes == row["expected_write_calls"]
    assert {effect[3] for effect in rig.ledger.effects} <= {row["user_id"]}


@every_row
async def test_none_is_made_after_a_no(
    row: Mapping[str, Any],
    around: tuple[Store, ManualClock, Path],
    offered: Catalogue,
    database: Mapping[str, Any],
) -> None:
    rig = _rig(row, around, offered, database)
    first, answers = _turns(row)
    await rig.say_and_settle(first, "no", *answers)
    assert rig.ledger.asked == {}


@every_row
async def test_none_is_made_for_another_customers_order(
    row: Mapping[str, Any],
    around: tuple[Store, ManualClock, Path],
    offered: Catalogue,
    database: Mapping[str, Any],
) -> None:
    others = [user for user in database["users"] if user != row["user_id"]]
    rig = _rig(row, around, offered, database, user=others[0])
    first, answers = _turns(row)
    await rig.say_and_settle(first, *answers)
    assert rig.ledger.asked == {}
    assert await rig.rows() == []
