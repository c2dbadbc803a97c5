"""A lead saves on one node while another takes the article's source away: real locks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from gateway.knowledge import edits
from gateway.knowledge.catalogue import article
from gateway.knowledge.edits import Edit
from gateway.knowledge.library import remove_origin, withdraw
from gateway.knowledge.versions import Content, Written
from gateway.store.opening import open_store
from gateway.store.unit import Unit
from tests.gateway.knowledge.site import ARTICLE, Desk, Site, folder
from tests.gateway.pipeline.losing import Meeting

pytestmark = pytest.mark.allow_blocking  # The test writes the article that it reads.

OURS = Content("Returns", "Send it back within 30 days.")


@pytest.mark.parametrize("gone", [partial(withdraw, ids=["returns"]), remove_origin])
async def test_the_first_edit_of_an_article_outlives_its_source_on_another_node(
    migrated_postgres_url: str, tmp_path: Path, gone: Callable[[Unit, str], object]
) -> None:
    one = await asyncio.to_thread(open_store, migrated_postgres_url)
    other = await asyncio.to_thread(open_store, migrated_postgres_url)
    try:
        desk = Desk(one, tmp_path / "files", Site())
        await desk.add(folder(tmp_path / "kb", returns=ARTICLE))
        before = await one.read(lambda reading: article(reading, "returns"))
        assert before is not None
        origin, edition = before.origin, before.edition
        meeting = Meeting()

        def saving(unit: Unit) -> None:
            edits.save(unit, Edit("returns", edition, OURS, (), Written("Lea")))
            meeting.wait()

        await meeting.of(one, saving, other, lambda unit: gone(unit, origin))
        after = await one.read(lambda reading: article(reading, "returns"))
        assert after is not None
        assert (after.body, after.ours) == (OURS.body, True)
    finally:
        for store in (one, other):
            await asyncio.to_thread(store.close)
