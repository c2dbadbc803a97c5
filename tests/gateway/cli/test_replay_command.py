"""``frontdesk replay``: what past tickets would have come to, and that a wrong line is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.grading.replaying import Replayed, is_right, stretches
from gateway.grading.rows import Spoken, TicketGold
from tests.gateway.cli.desk import Desk, sentence

ARTICLES = {
    "returns": "# Returns\n\nYou can send a tent back within thirty days of delivery.\n",
    "vouchers": "# Vouchers\n\nA gift voucher is valid for three years from its purchase.\n",
}
TICKETS: list[dict[str, Any]] = [
    {
        "id": "t1",
        "text": "How long is a gift voucher valid?",
        "gold": {"decision": "answer", "sources": ["vouchers"]},
    },
    {"id": 2, "text": "I want to speak to a real person", "gold": {"decision": "answer"}},
    {
        "id": "t3",
        "messages": [
            "Hello",
            {"author": "staff", "text": "How can I help?"},
            {"author": "customer", "text": "How long is a gift voucher valid?"},
        ],
    },
]


@pytest.fixture
def shop(fresh: Desk) -> Desk:
    for name, text in ARTICLES.items():
        fresh.article(name, text)
    source = {"path": str(fresh.folder / "articles"), "demo": True}
    words = {"model": "characters"}
    knowledge = {"sources": [source], "embedding": words, "threshold": 0.1}
    fresh.configure(lambda settings: settings.update(brain={"knowledge": knowledge}))
    return fresh


def written(desk: Desk, *lines: str | dict[str, Any]) -> Path:
    file = desk.folder / "tickets.jsonl"
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    file.write_text("".join(f"{text}\n" for text in texts))
    return file


@pytest.mark.timeout(120)  # it builds an index
def test_each_ticket_has_its_answer_decision_and_sources(shop: Desk) -> None:
    found = shop.json("replay", str(written(shop, *TICKETS)))
    first, second, third = found["tickets"]
    (turn,) = first["turns"]
    assert (first["id"], first["right"], turn["decision"]) == ("t1", True, "reply")
    assert turn["sources"] == ["vouchers"]
    assert "three years" in turn["answer"]
    assert (second["id"], second["right"]) == ("2", False)
    assert second["turns"][0]["reasons"][0]["code"] == "asked_for_person"
    assert [turn["notice"] for turn in third["turns"]] == ["greeting", None]
    assert "three years" in third["turns"][1]["answer"]
    assert found["sums"].pop("median_seconds") > 0
    assert found["sums"] == {
        "tickets": 3, "turns": 4, "answered": 3, "people": 1, "silent": 0, "graded": 2, "right": 1,
        "answered_wrongly": 0, "cost_usd": 0.0,
    }  # fmt: skip


@pytest.mark.timeout(240)  # it builds an index for each
def test_two_configurations_are_compared_and_the_gate_holds_the_second(shop: Desk) -> None:
    careful = shop.folder / "careful.yaml"
    settings = yaml.safe_load(shop.config.read_text())
    settings["brain"]["knowledge"]["threshold"] = 1.0
    careful.write_text(yaml.safe_dump(settings))
    gate = shop.folder / "gate.yaml"
    gate.write_text("at_most: {worse: 0, answered_wrongly: 0}\n")
    tickets = str(written(shop, *TICKETS[:2]))
    options = ("--config", str(careful), "--gate", str(gate))
    found = shop.json("replay", tickets, *options, code=1)
    assert [(one["id"], one["to"]) for one in found["changes"]] == [("t1", "worse")]
    assert (found["sums"]["answered"], found["other"]["sums"]["answered"]) == (1, 0)
    assert found["gate"] == {
        "passed": False, "missed": [{"figure": "worse", "bound": "at most 0", "was": 1}],
    }  # fmt: skip


@pytest.mark.timeout(120)  # it builds an index
def test_the_table_has_a_line_for_each_turn_and_says_that_nothing_was_sent(shop: Desk) -> None:
    done = shop.run("replay", str(written(shop, *TICKETS)))
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["ID", "TIER", "DECISION", "SURE", "GOLD", "SOURCES", "ANSWER"]
    assert len(lines) == 6
    assert lines[1].split()[:3] == ["t1", "1", "reply"]
    assert "WRONG" in lines[2]
    assert "nothing was sent; 1 of 2 as they should be" in lines[-1]
    # Neither a store was made nor anything in it.
    assert not (shop.data / "frontdesk.db").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "a"', "tickets.jsonl:1"),
        ('{"text": "no id"}', "id: Field required"),
        ('{"id": "a"}', "either text or messages"),
        ('{"id": "a", "text": "x", "messages": ["y"]}', "either text or messages"),
        ('{"id": "a", "messages": [{"author": "staff", "text": "x"}]}', "is the customer's"),
        ("", "has no ticket"),
    ],
)
def test_a_line_that_is_no_ticket_is_named(shop: Desk, line: str, said: str) -> None:
    assert said in sentence(shop.run("replay", str(written(shop, line))), 2)


def test_a_file_that_is_not_there_is_said(shop: Desk) -> None:
    assert "is not there" in sentence(shop.run("replay", "nowhere.jsonl"), 2)


def test_what_the_customer_said_in_one_go_is_one_turn() -> None:
    said = [Spoken(text="a"), Spoken(text="b"), Spoken(author="staff", text="c"), Spoken(text="d")]
    assert [(len(before), len(new)) for before, new in stretches(said)] == [(0, 2), (3, 1)]


@pytest.mark.parametrize(
    ("gold", "right"),
    [
        ({}, True),
        ({"decision": "answer"}, True),
        ({"decision": "person"}, False),
        ({"sources": ["other"]}, False),
        ({"sources": ["other", "vouchers"]}, True),
        ({"sources": []}, True),
    ],
)
def test_right_is_what_the_gold_says_and_no_more(gold: dict[str, Any], right: bool) -> None:
    turn = Replayed("?", "reply", "!", None, 0.9, "en", ("vouchers",), (), None, None)
    assert is_right(turn, TicketGold.model_validate(gold)) == right
