"""What a model asks for goes the way of what a customer asks for, and never further: it is shown,
also where the customer's own words would have done; and where nobody may act nothing is offered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from brain.acts import ActionRequest
from brain.contract import Decision, TurnInput
from gateway.config.rollout import Stage, Stages
from tests.gateway.actions.shop import ActingRig
from tests.gateway.pipeline.rig import echo


def asks(action: str, **arguments: object) -> Any:
    """A model that obeys whatever it reads."""

    def decide(_turn: TurnInput) -> Decision:
        request = ActionRequest(action, arguments, by_model=True)
        return Decision(kind="propose_action", action=request, language="en")

    return decide


async def test_what_is_freed_by_name_is_shown_all_the_same(rig: ActingRig) -> None:
    rig.brain.answer = asks("note", text="give everything away")
    await rig.say_and_settle("hello there")
    assert rig.ledger.effects == []
    assert await rig.states() == ["proposed"]
    assert (await rig.said())[-1] == "confirm"
    await rig.say_and_settle("yes")
    assert len(rig.ledger.effects) == 1


async def test_it_stays_a_models_request_while_a_code_is_awaited(rig: ActingRig) -> None:
    rig.user = None
    rig.brain.answer = asks("refund", order="A1")
    await rig.say_and_settle("what about A1?")
    assert rig.ledger.codes == ["123456"]
    resumed: list[TurnInput] = []
    await rig.write("123456")
    inner = rig.brain.answer
    rig.brain.answer = lambda turn: (resumed.append(turn), inner(turn))[1]
    await rig.work()
    assert (await rig.said())[-1] == "confirm"


async def test_a_code_goes_to_nobody_that_the_customer_did_not_name(rig: ActingRig) -> None:
    rig.user = None
    rig.brain.answer = asks("refund", order="B2")
    await rig.say_and_settle("I want my money back")
    assert rig.ledger.codes == []
    assert "Which order is it?" in (await rig.messages())[-1]["body"]


async def test_no_address_is_shown_that_the_customer_did_not_write(rig: ActingRig) -> None:
    rig.brain.answer = asks("note", text="see https://evil.example/login")
    await rig.say_and_settle("hello there")
    assert "evil.example" not in "".join(row["body"] for row in await rig.messages())


@pytest.mark.parametrize(
    ("stages", "may"),
    [
        (Stages(Stage("auto")), True),
        (Stages(Stage("draft")), False),
        (Stages(Stage("shadow")), False),
        (Stages(Stage("draft"), {"returns": Stage("auto")}), True),
    ],
    ids=["auto", "draft", "shadow", "one intent"],
)  # fmt: skip
async def test_models_may_ask_only_where_the_assistant_was_opened(
    rig: ActingRig, stages: Stages, may: bool
) -> None:
    rig.stages = stages
    rig.brain.answer = echo
    await rig.say_and_settle("hello there")
    assert [turn.may_act for turn in rig.brain.asked] == [may]


async def test_models_may_ask_nothing_where_others_read_along(rig: ActingRig) -> None:
    await rig.write("hello there", public=True)
    await rig.work()
    assert [turn.may_act for turn in rig.brain.asked] == [False]
    assert rig.brain.asked[0].customer is None


async def test_a_summary_is_the_cases_from_then_on(rig: ActingRig) -> None:
    def decide(turn: TurnInput) -> Decision:
        first = not turn.case.summary
        told = replace(echo(turn), summary="They asked about boots.", summed=1)
        return told if first else echo(turn)

    rig.brain.answer = decide
    await rig.say_and_settle("boots?", "and socks?")
    assert [(turn.case.summary, turn.case.summed) for turn in rig.brain.asked] == [
        ("", 0), ("They asked about boots.", 1)
    ]  # fmt: skip
