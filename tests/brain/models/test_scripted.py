"""The scripted brain does what its script says."""

from __future__ import annotations

import pytest

from brain.contract import Brain, Decision, Owner, Said, TurnInput
from brain.models.scripted import Scripted


def turn(*texts: str, owner: Owner = "assistant") -> TurnInput:
    new = tuple(Said(seq=i, author="customer", text=t, at=0.0) for i, t in enumerate(texts))
    return TurnInput("t1", "main", "c1", "web", demo=True, owner=owner, new=new, language="de")


async def test_it_says_the_last_message_back() -> None:
    brain: Brain = Scripted()
    decision = await brain.decide(turn("one", "two"))
    assert (decision.kind, decision.text, decision.citations) == ("reply", "two", ())
    assert decision.language == "de"


async def test_it_is_silent_where_people_own() -> None:
    assert (await Scripted().decide(turn("hi", owner="staff"))).kind == "silent"


async def test_it_follows_the_script() -> None:
    brain = Scripted(lambda given: Decision(kind="note", text=given.turn))
    assert (await brain.decide(turn("hi"))).text == "t1"


async def test_what_the_script_raises_is_raised() -> None:
    def fail(_turn: TurnInput) -> Decision:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await Scripted(fail).decide(turn("hi"))
