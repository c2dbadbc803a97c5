"""The same questions put to several models, each on its own, and what came of them side by side. It
sends nothing and changes no setting that others hold."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal, TypeAlias, cast

from brain.contract import Brain, Clock, Decision, Said, TurnInput
from brain.settings import BrainSettings
from gateway.grading.rows import NotGradable
from gateway.store.store import MAIN

Grade: TypeAlias = Literal["right", "wrong", "handed over", "not graded"]

# What answers without any model; the others are held against it.
QUOTING = "without a model"


@dataclass(frozen=True, slots=True)
class Question:
    """``expect`` are words that a right answer has, ``person`` says that only a person is right."""

    id: str
    text: str
    expect: tuple[str, ...] = ()
    person: bool = False


@dataclass(frozen=True, slots=True)
class Came:
    """What one model made of one question; ``micros`` are millionths of a US dollar."""

    model: str
    question: Question
    kind: str
    text: str
    seconds: float
    micros: int
    written: bool
    grade: Grade


def read(file: Path) -> tuple[Question, ...]:
    """JSON lines: ``{"question", "id"?, "expect"?: [words], "person"?: true}``.

    Raises:
        NotGradable: a line is none of these, or there is none.
    """
    found: list[Question] = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        if line.strip():
            found.append(_question(line, number, file))
    if not found:
        raise NotGradable(f"{file} has no question; write one JSON object a line")
    return tuple(found)


def alone(name: str, settings: BrainSettings) -> BrainSettings:
    """The same settings with this model only, or with none at all."""
    models = {name: settings.models[name]} if name in settings.models else {}
    return settings.model_copy(update={"models": models, "routes": {}})


async def compared(
    questions: Sequence[Question],
    names: Sequence[str],
    brain_of: Callable[[str], Brain],
    clock: Clock,
) -> AsyncIterator[Came]:
    for name in names:
        brain = brain_of(name)
        # What is loaded at the first turn is not the model's time; a greeting asks no model.
        await brain.decide(_turn(Question("first", "hello"), clock.now()))
        for question in questions:
            began = clock.monotonic()
            decision = await brain.decide(_turn(question, clock.now()))
            yield _came(name, question, decision, clock.monotonic() - began)


def summed(came: Sequence[Came]) -> dict[str, object]:
    """One model's figures."""
    grades = [one.grade for one in came]
    return {
        "questions": len(came),
        "written": sum(one.written for one in came),
        "right": grades.count("right"),
        "wrong": grades.count("wrong"),
        "handed_over": sum(one.kind in {"hand_over", "draft"} for one in came),
        "cost_usd": round(sum(one.micros for one in came) / 1e6, 6),
        "median_seconds": round(median(one.seconds for one in came), 3),
    }


def _turn(question: Question, now: float) -> TurnInput:
    return TurnInput(
        turn=f"compare-{question.id}",
        tenant=MAIN,
        conversation=f"compare-{question.id}",
        channel="compare",
        demo=True,
        owner="assistant",
        new=(Said(1, "customer", question.text, now),),
        audiences=("public", "customers"),
        now=now,
    )


def _came(name: str, question: Question, decision: Decision, seconds: float) -> Came:
    told = cast("Mapping[str, Any]", decision.trace.detail.get("model") or {})
    return Came(
        name,
        question,
        decision.kind,
        decision.text,
        seconds,
        int(told.get("cost_micros", 0)),
        decision.trace.model == name and decision.kind == "reply",
        _grade(question, decision),
    )


def _grade(question: Question, decision: Decision) -> Grade:
    handed = decision.kind in {"hand_over", "draft"}
    if question.person:
        return "right" if handed else "wrong"
    if handed:
        return "handed over"
    if not question.expect:
        return "not graded"
    said = decision.text.casefold()
    return "right" if all(word.casefold() in said for word in question.expect) else "wrong"


def _question(line: str, number: int, file: Path) -> Question:
    try:
        row: Any = json.loads(line)
        return Question(
            str(row.get("id") or number),
            str(row["question"]),
            tuple(map(str, row.get("expect") or ())),
            bool(row.get("person", False)),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        form = '{"question": "…", "expect": ["…"]}'
        raise NotGradable(f"{file}, line {number}: write it as {form}") from error
