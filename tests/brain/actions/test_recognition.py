"""Without a model, an action is recognised by the phrases of the configuration; a question about
its subject is none."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from brain.action_settings import ActionsSettings
from brain.actions.catalogue import Catalogue, catalogue_of
from brain.actions.recognition import wished
from brain.contract import Said

FILE = Path(__file__).parents[3] / "gateway" / "demo" / "shop" / "actions.yaml"


@pytest.fixture(scope="module")
def demo() -> Catalogue:
    return catalogue_of(ActionsSettings.model_validate(yaml.safe_load(FILE.read_text())), {})


def said(text: str, author: str = "customer", seq: int = 1) -> Said:
    return Said(seq, author, text, 0.0)  # pyright: ignore[reportArgumentType]  # one of the four


@pytest.mark.parametrize(
    ("text", "action", "arguments"),
    [
        ("I want a refund for order FH1000002", "refund", {"order": "FH1000002"}),
        ("can you refund fh1000002?", "refund", {"order": "FH1000002"}),
        ("Bitte die Bestellung FH1000002 erstatten", "refund", {"order": "FH1000002"}),
        ("where is my order FH1000003?", "order_status", {"order": "FH1000003"}),
        ("I'd like my money back", "refund", {}),
        ("please send my order FH1000005 back", "return_order", {"order": "FH1000005"}),
        (
            "change the delivery address of FH1000004 to 12 Mill Lane, Leeds LS1 4AB",
            "change_address",
            {"order": "FH1000004", "address": "12 Mill Lane, Leeds LS1 4AB"},
        ),
        ("reschedule FH1000004 to Friday", "reschedule", {"order": "FH1000004", "day": "Friday"}),
        ("reset my password", "reset_password", {}),
        ("call me back on +44 20 7946 0123", "call_back", {"phone": "+44 20 7946 0123"}),
        ("change my subscription to monthly box", "change_subscription", {"plan": "monthly box"}),
        (
            "change my email from a@b.example to c@d.example",
            "change_email",
            {"account": "a@b.example", "email": "c@d.example"},
        ),
    ],
)
def test_a_wish_is_read_off_the_words(
    demo: Catalogue, text: str, action: str, arguments: dict[str, str]
) -> None:
    wish = wished(demo, [said(text)], ())
    assert wish is not None
    assert (wish.request.action, dict(wish.request.arguments)) == (action, arguments)


@pytest.mark.parametrize(
    "text",
    [
        "How long does a refund take?",
        "When do I get my money back?",
        "How do I reset my password?",
        "Wie lange dauert die Erstattung?",
        "Can I change the delivery address?",
        "What does shipping cost?",
        "I want to talk to a person",
        "my refund? no idea",
        "hello",
        "refund " * 200,
    ],
)
def test_a_question_about_the_subject_is_none(demo: Catalogue, text: str) -> None:
    assert wished(demo, [said(text)], ()) is None


def test_the_answer_to_our_question_goes_on_with_what_was_wished(demo: Catalogue) -> None:
    asked = "Which order is it? The number begins with FH and has seven digits."
    history = [said("I want my money back"), said(f"Hi!\n\n{asked}", "assistant", 2)]
    wish = wished(demo, [said("FH1000002", seq=3)], history)
    assert wish is not None
    assert wish.request.action == "refund"
    assert dict(wish.request.arguments) == {"order": "FH1000002"}
    assert wished(demo, [said("never mind", seq=3)], history) is None
    assert wished(demo, [said("FH1000002", seq=3)], [said("hello"), history[1]]) is None
