"""Contradictions that an answer met are kept for the lead, each once; what a person said is right
on both sides is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from brain.knowledge.lint.conflicts import find
from gateway.knowledge.conflicts import conflicts, dismiss
from gateway.knowledge.contradicting import StoredContradictions
from gateway.knowledge.shelves import StoredPassages
from tests.gateway.knowledge.site import Desk, folder

pytestmark = pytest.mark.allow_blocking  # The test writes the articles it reads.
OLD = (
    "---\ntrusted: true\npolicy: true\n---\n# Returns\n\nYou can return anything within {} days.\n"
)


async def test_they_are_kept_once_until_somebody_says_that_both_are_right(
    desk: Desk, tmp_path: Path
) -> None:
    await desk.add(folder(tmp_path / "kb", one=OLD.format(30), two=OLD.format(60)))
    passages = await StoredPassages(desk.store).all("main")
    assert {one.marks for one in passages} == {frozenset({"trusted", "policy"})}
    assert all(one.changed > 0 for one in passages)
    found = find(passages, (), None)
    assert found
    told = StoredContradictions(desk.store)
    assert list(await told.told("main", found)) == list(found)
    assert list(await told.told("main", found)) == list(found)
    (kept,) = await desk.store.read(conflicts)
    await desk.store.write(lambda unit: dismiss(unit, kept.id, "staff-ada"))
    assert await told.told("main", found) == []
