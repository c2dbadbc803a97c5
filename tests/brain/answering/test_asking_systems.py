"""What models are told of a verified customer and what they may ask the business's systems for:
reads within the turn, writes as proposals, and nothing where nobody is let."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from brain.action_settings import ActionsSettings
from brain.actions.acting import Acting
from brain.actions.catalogue import Catalogue, catalogue_of
from brain.acts import ActionRequest, Answered, Customer
from brain.answering.composing import Resources
from brain.answering.systems import Systems
from brain.contract import Brain, Said
from brain.settings import RouteRule
from tests.brain.answering.scene import ANSWER, TURN, Shelf, scene, traced, writes
from tests.platforms.models import Call, Move, Says

NAMED = {"order": {"type": "string", "pattern": "^A[0-9]+$"}}
ORDER: Mapping[str, object] = {
    "type": "object",
    "properties": NAMED,
    "required": ["order"],
    "additionalProperties": False,
}
REFUND: Mapping[str, object] = {
    **ORDER,
    "properties": {**NAMED, "amount": {"type": "number"}},
    "required": ["order", "amount"],
}
ADA = replace(TURN, customer=Customer("ada", "site"), may_act=True)
STRANGER = replace(TURN, may_act=True)


def catalogue() -> Catalogue:
    def action(title: str, kind: str, path: str, **more: object) -> Mapping[str, object]:
        method = "GET" if kind == "read" else "POST"
        made = {"title": title, "kind": kind, "backend": "shop", "method": method, "path": path}
        return {**made, **more}

    settings = {
        "backends": {"shop": {"url": "http://shop.example", "verify": "/codes"}},
        "catalogue": {
            "account": action(
                "Account", "read", "/me", context={"tier": "plan", "tags": "region"}
            ),
            "order_status": action(
                "Order status", "read", "/orders/{order}", parameters=ORDER,
                answer="Order {order} is {status}.", prompts={"order": "Which order is it?"},
                missing="I can't find order {order}.",
            ),
            "refund": action(
                "Refund an order", "write", "/orders/{order}/refund", parameters=REFUND,
                lookup={"path": "/orders/{order}", "fill": {"amount": "total"}},
                prompts={"order": "Which order is it?"}, touches=["money"], amount="amount",
                missing="I can't find order {order}.",
            ),
            "hours": action(
                "Shop hours", "read", "/hours", verified=False, parameters={
                    "type": "object", "properties": {}, "additionalProperties": False},
                answer="The shop is open {open}.",
            ),
        },
    }  # fmt: skip
    return catalogue_of(ActionsSettings.model_validate(settings), {})


class Shop:
    """Implements ``Actions`` for one customer; ``calls`` is all that it was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Mapping[str, Any], str | None]] = []
        self.codes: list[Mapping[str, Any]] = []

    async def read(self, request: ActionRequest, customer: str | None) -> Answered:
        self.calls.append((request.action, dict(request.arguments), customer))
        if request.action == "hours":
            return Answered("done", {"open": "from nine to five"})
        if customer != "ada":
            return Answered("refused", reason="not theirs")
        if request.action == "account":
            return Answered("done", {"plan": "gold", "region": "eu", "card": "4111 1111 1111 1111"})
        if request.arguments["order"] != "A1":
            return Answered("refused", reason="not theirs")
        return Answered("done", {"status": "on its way", "carrier": "Northwind"})

    async def look_up(self, request: ActionRequest, customer: str | None) -> Answered:
        if (customer, request.arguments.get("order")) != ("ada", "A1"):
            return Answered("refused", reason="not theirs")
        return Answered("done", {"total": 49.0})

    async def write(self, request: ActionRequest, customer: str | None, key: str) -> Answered:
        raise AssertionError("the brain never writes")

    async def read_back(self, request: ActionRequest, customer: str | None, key: str) -> Answered:
        raise AssertionError("the brain never writes")

    async def send_code(self, request: ActionRequest, code: str) -> Answered:
        self.codes.append(dict(request.arguments))
        return Answered("done", {"customer": "ada", "masked": "a•••@example.com"})


def asks(name: str, said: str = "", **arguments: object) -> Says:
    """A model that asks for an action."""
    action = {"name": name, "arguments": said or json.dumps(arguments)}
    return writes(confidence=0.0, action=action)


def says(*sentences: str) -> Says:
    return writes(*sentences, action={"name": "", "arguments": "{}"})


def at_work(shop: Shop, script: Callable[[Call], Move], **more: Any) -> Any:
    """A scene with hands."""
    things = catalogue()

    def resources(_shelf: Shelf) -> Resources:
        return Resources(Systems(things, shop, lambda text: text.replace("4111", "••••")))

    def around(inner: Brain) -> Brain:
        return Acting(inner, things, shop, lambda: "123456")

    return scene(script, resources=resources, around=around, **{"base": ADA, **more})


async def test_a_read_is_made_within_the_turn_and_bears_the_answer() -> None:
    shop = Shop()

    def script(call: Call) -> Move:
        return (
            asks("order_status", order="A1")
            if call.number == 1
            else says("Order A1 is on its way.")
        )

    async with at_work(shop, script) as on:
        decision = await on.turn("Has my parcel A1 left yet?")
        assert (decision.kind, decision.text) == ("reply", "Order A1 is on its way.")
        assert decision.citations == ()
        assert ("order_status", {"order": "A1"}, "ada") in shop.calls
        told = on.documents()[-1]["systems"]
        assert any("carrier Northwind" in one["text"] for one in told)
        assert traced(decision)["systems"] == [{"action": "order_status", "came": "read"}]


async def test_a_write_becomes_a_proposal_with_what_the_system_fills_in() -> None:
    async with at_work(Shop(), lambda _: asks("refund", order="A1", amount=9999)) as on:
        decision = await on.turn("I want nothing to do with A1 any more, give me what I paid")
        assert decision.kind == "propose_action"
        assert decision.action == ActionRequest(
            "refund", {"order": "A1", "amount": 49.0}, by_model=True
        )
        assert on.asked() == ["small"]


@pytest.mark.parametrize(
    ("asked", "note"),
    [
        (asks("export_customers"), "export_customers: there is no such action"),
        (asks("order_status", "not json"), "order_status: arguments is no JSON object"),
        (asks("order_status", '["A1"]'), "order_status: arguments is no JSON object"),
        (asks("order_status", order="all"), "order_status: 'all' does not match '^A[0-9]+$'"),
        (asks("order_status", order=7), "order_status: 7 is not of type 'string'"),
        (asks("order_status", order="A1", admin=True), "order_status takes no admin"),
        (asks("order_status", order="A2"), "order_status: the system has nothing: not theirs"),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_said_and_asked_of_nobody(asked: Says, note: str) -> None:
    shop = Shop()
    async with at_work(shop, lambda call: asked if call.number == 1 else says(ANSWER)) as on:
        decision = await on.turn()
        assert decision.text == ANSWER
        assert on.documents()[1]["notes"] == [note]
        assert all(customer == "ada" for _, _, customer in shop.calls)


async def test_who_the_customer_is_is_never_an_argument() -> None:
    shop = Shop()

    def script(call: Call) -> Move:
        first = asks("order_status", order="A1", customer="bob", key="k1")
        return first if call.number == 1 else says("Order A1 is on its way.")

    async with at_work(shop, script) as on:
        await on.turn("Where is A1?")
        assert ("order_status", {"order": "A1"}, "ada") in shop.calls


async def test_a_model_asks_at_most_three_times() -> None:
    shop = Shop()
    async with at_work(shop, lambda _: asks("order_status", order="A1")) as on:
        decision = await on.turn()
        # Offered nothing any more, what still asks is no answer; the passage stands.
        assert decision.kind == "reply"
        assert decision.text.startswith(ANSWER)
        assert len(shop.calls) <= 1 + 3
        assert on.asked().count("small") == 3 + 2, "three rounds, and one repair"


async def test_a_stranger_is_asked_who_they_are_by_their_own_words_only() -> None:
    shop = Shop()
    async with at_work(shop, lambda _: asks("order_status", order="A1"), base=STRANGER) as on:
        assert (await on.turn("has parcel A1 left?")).notice == "verify"
        assert shop.codes == [{"order": "A1"}]
        decision = await on.turn("has my parcel left?")
        assert (decision.kind, decision.text) == ("clarify", "Which order is it?")
        assert len(shop.codes) == 1
        assert shop.calls == [], "nothing is read for somebody who may be anybody"


async def test_what_needs_nobody_is_read_for_anybody() -> None:
    shop = Shop()

    def script(call: Call) -> Move:
        return asks("hours") if call.number == 1 else says("The shop is open from nine to five.")

    async with at_work(shop, script, base=STRANGER) as on:
        decision = await on.turn("when can I come to you?")
        assert decision.text == "The shop is open from nine to five."


async def test_what_the_systems_know_is_told_only_of_who_is_verified_and_masked() -> None:
    shop = Shop()
    async with at_work(shop, lambda _: says(ANSWER)) as on:
        await on.turn()
        (entry,) = on.documents()[0]["systems"]
        assert "plan gold" in entry["text"]
        assert "4111" not in entry["text"]
    async with at_work(shop, lambda _: says(ANSWER), base=STRANGER) as on:
        await on.turn()
        assert "systems" not in on.documents()[0]
        assert [name for name, _, _ in shop.calls] == ["account"]


async def test_where_nobody_may_act_nothing_is_offered() -> None:
    async with at_work(Shop(), lambda _: writes(ANSWER), base=TURN) as on:
        await on.turn()
        (call,) = on.providers.calls
        assert "refund" not in call.system
        assert "action" not in json.dumps(call.body.get("output_config", {}))


async def test_a_route_knows_the_customers_tier_and_tags() -> None:
    rules = (
        RouteRule(why="gold is EU's", customers=("gold",), tags=("eu",), demand=("eu",),
                  models=("small", "large")),
        RouteRule(why="anybody", models=("small",)),
    )  # fmt: skip
    tags = {"large": ("eu",)}
    async with at_work(Shop(), lambda _: says(ANSWER), rules=rules, tags=tags) as on:
        told = traced(await on.turn())
        assert on.asked() == ["large"]
        assert told["route"] == "rule 1: gold is EU's"
        assert told["left_out"] == {"small": "it has no tag eu"}
    async with at_work(Shop(), lambda _: says(ANSWER), rules=rules, base=STRANGER) as on:
        await on.turn()
        assert on.asked() == ["small"]


async def test_hard_rules_stand_whatever_a_model_asks_for() -> None:
    rule = {"name": "lawyer", "when": {"words": ["lawyer"]}}
    second = {"name": "broken", "when": {"words": ["broken"]}, "tier": 2}
    brain = {"escalation": {"rules": [rule, second]}}
    async with at_work(Shop(), lambda _: asks("refund", order="A1"), brain=brain) as on:
        for words in ("I want to talk to a human", "My lawyer writes tomorrow"):
            assert (await on.turn(words)).kind == "hand_over", words
        assert on.asked() == []
        assert (await on.turn("A1 is broken, I want what I paid")).kind == "hand_over"


async def test_a_systems_words_bear_nothing_that_they_do_not_say() -> None:
    def script(call: Call) -> Move:
        if call.number == 1:
            return asks("order_status", order="A1")
        return says("Order A1 arrives in 3 days.", "Order A1 was refunded.")

    async with at_work(Shop(), script) as on:
        decision = await on.turn("Has my parcel A1 left yet?")
        assert "3 days" not in decision.text
        assert "refunded" not in decision.text


async def test_long_ago_is_summed_up_once_beside_the_answer() -> None:
    history = tuple(
        Said(seq, "customer" if seq % 2 else "assistant", f"line {seq}", 0.0)
        for seq in range(1, 31)
    )

    def script(call: Call) -> Move:
        summing = "sum up" in call.system
        return (
            Says(json.dumps({"summary": "They asked about boots."})) if summing else writes(ANSWER)
        )

    async with scene(script) as on:
        decision = await on.turn(history=history)
        assert decision.text == ANSWER
        assert (decision.summary, decision.summed) == ("They asked about boots.", 22)
        case = replace(TURN.case, summary=decision.summary, summed=decision.summed)
        again = await on.turn(history=history, case=case)
        assert again.summary == ""
        told = on.documents()[-1]
        assert told["earlier"] == "They asked about boots."
        assert [line["text"] for line in told["conversation"]] == [
            f"line {seq}" for seq in range(23, 31)
        ]
        assert len(on.providers.calls) == 3


async def test_without_a_summary_older_lines_are_left_out() -> None:
    history = tuple(Said(seq, "customer", f"line {seq}", 0.0) for seq in range(1, 31))

    def script(call: Call) -> Move:
        return Says("no json") if "sum up" in call.system else writes(ANSWER)

    async with scene(script) as on:
        decision = await on.turn(history=history)
        assert (decision.text, decision.summary) == (ANSWER, "")
        assert len(on.documents()[0]["conversation"]) == 20
