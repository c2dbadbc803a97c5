"""What is written for grading is read back as it was."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from brain.knowledge.documents import Document
from brain.knowledge.frontmatter import split
from gateway.grading.exporting import NAME, Known, export
from gateway.grading.rows import read

pytestmark = pytest.mark.allow_blocking


def document(id: str) -> Document:
    return Document(
        id=id, title="Returns: how", source="kb", url="https://help.example/returns",
        audience="public", language="en", demo=True, draft=False, body="# Returns\n\nIn 60 days.",
        hash="", owner="Shop", review_by=date(2030, 1, 2), marks=frozenset({"trusted"}),
    )  # fmt: skip


def test_questions_and_articles_come_back_as_they_were(tmp_path: Path) -> None:
    ids = ["returns", "help.example.com/returns?a=1", "returns" * 30]
    known = [
        Known("q1", "How long?", ids[1]),
        Known("q2", "Who are you?", None),
        Known("q3", "Gone?", "no-longer-there"),
    ]
    export(tmp_path / "set", [document(id) for id in ids], known)
    found = read(tmp_path / "set")
    [row] = found.retrieval
    assert (row.query, [(one.query, one.in_scope) for one in found.oos]) == (
        "How long?",
        [("How long?", True), ("Who are you?", False)],
    )
    files = {file.stem: file for file in found.folders[NAME].iterdir()}
    assert (len(files), row.gold is not None and row.gold[0] in files) == (3, True)
    matter, body = split(files[row.gold[0] if row.gold else ""].read_text(encoding="utf-8"))
    assert (matter.title, matter.review_by, body.strip()) == (
        "Returns: how",
        date(2030, 1, 2),
        "# Returns\n\nIn 60 days.",
    )
