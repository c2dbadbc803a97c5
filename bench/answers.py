"""Grades the assistant on the demo's own labelled questions, as ``frontdesk eval`` does. It only
brings them into the form of a labelled set and names the questions that went wrong."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.cli.grades import shown

REPOSITORY = Path(__file__).parents[1]
ARTICLES = REPOSITORY / "gateway/demo/kb"
# Question to the article that answers it; question to why no article does.
QUESTIONS = REPOSITORY / "bench/questions.json"
UNANSWERABLE = REPOSITORY / "bench/unanswerable.json"
# Message to what it is.
MESSAGES = REPOSITORY / "bench/messages.json"
KNOWLEDGE = "demo"


def measure() -> dict[str, Any]:
    questions = _read(QUESTIONS)
    with tempfile.TemporaryDirectory(prefix="frontdesk-answers-") as temporary:
        folder = Path(temporary)
        _labelled(questions, _read(UNANSWERABLE), folder)
        _messages(_read(MESSAGES), folder)
        rows = folder / "rows.jsonl"
        command = [sys.executable, "-m", "gateway", "eval", str(folder), "--json"]
        done = subprocess.run(
            [*command, "--rows", str(rows)], cwd=REPOSITORY, check=True, stdout=subprocess.PIPE
        )
        figures: dict[str, Any] = json.loads(done.stdout)
        for line in _missed(questions, rows.read_text("utf-8").splitlines()):
            print(line, flush=True)
    print(shown(figures), flush=True)
    return figures


def _read(file: Path) -> dict[str, str]:
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def _labelled(answered: Mapping[str, str], not_: Mapping[str, str], folder: Path) -> None:
    """Write the questions and a copy of the demo's articles as a labelled set."""
    shutil.copytree(ARTICLES, folder / "kb" / KNOWLEDGE)
    asked = [_row(f"q{at:03}", question) for at, question in enumerate(answered)]
    others = [_row(f"u{at:03}", question) for at, question in enumerate(not_)]
    golds, kinds = answered.values(), not_.values()
    _write(
        folder / "retrieval.jsonl",
        [row | {"gold": [gold]} for row, gold in zip(asked, golds, strict=True)],
    )
    _write(
        folder / "oos.jsonl",
        [
            *(row | {"in_scope": True} for row in asked),
            *(row | {"in_scope": False, "kind": k} for row, k in zip(others, kinds, strict=True)),
        ],
    )


def _messages(labels: Mapping[str, str], folder: Path) -> None:
    """What is not routine is for people."""
    rows = [
        {"id": f"m{at:03}", "text": text, "label": label, "escalate": label != "routine"}
        for at, (text, label) in enumerate(labels.items())
    ]
    _write(folder / "triage.jsonl", rows)


def _row(id: str, question: str) -> dict[str, Any]:
    return {"id": id, "kb": KNOWLEDGE, "query": question}


def _missed(questions: Mapping[str, str], lines: Sequence[str]) -> Iterable[str]:
    """Where another article stands first."""
    for (question, gold), line in zip(questions.items(), lines, strict=False):
        ranked = json.loads(line)["ranked"]
        if ranked[:1] != [gold]:
            place = ranked.index(gold) + 1 if gold in ranked else "not found"
            yield f"{place:>9}  {question}  ({gold}; first {ranked[:1]})"


def _write(file: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
