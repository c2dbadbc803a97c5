"""Documents come into the store by content hash, once, and never over another source's."""

from __future__ import annotations

from pathlib import Path

import pytest

from brain.contract import Filter
from brain.settings import KnowledgeSource
from gateway.knowledge.library import listed, remove
from gateway.knowledge.shelves import StoredPassages
from gateway.knowledge.sources import Sources
from gateway.store.store import Store

pytestmark = pytest.mark.allow_blocking  # The tests write the articles they read.

ARTICLE = "# Returns\n\nSend it back within 60 days of delivery and we pay for the parcel.\n"


def folder(path: Path, **articles: str) -> KnowledgeSource:
    path.mkdir(exist_ok=True)
    for name, text in articles.items():
        (path / f"{name}.md").write_text(text, encoding="utf-8")
    return KnowledgeSource(path=str(path))


async def ids(store: Store) -> list[str]:
    return [row["id"] for row in await store.read(listed)]


async def test_a_second_sync_changes_nothing(store: Store, tmp_path: Path) -> None:
    source = folder(tmp_path / "kb", returns=ARTICLE)
    (first,) = await Sources(store).sync([source])
    version = await StoredPassages(store).version("main")
    (second,) = await Sources(store).sync([source])
    assert first.change.added == ("returns",)
    assert not second.change.anything
    assert second.change.unchanged == 1
    assert await StoredPassages(store).version("main") == version


async def test_changed_and_removed_files_follow(store: Store, tmp_path: Path) -> None:
    source = folder(tmp_path / "kb", returns=ARTICLE, shipping="# Shipping\n\nIt costs £4.\n")
    await Sources(store).sync([source])
    (tmp_path / "kb" / "shipping.md").unlink()
    folder(tmp_path / "kb", returns=ARTICLE.replace("60", "30"))
    (synced,) = await Sources(store).sync([source])
    assert (synced.change.changed, synced.change.removed) == (("returns",), ("shipping",))
    (passage,) = await StoredPassages(store).all("main")
    assert "30 days" in passage.text


async def test_an_id_that_another_source_has_is_left_out_and_said(
    store: Store, tmp_path: Path
) -> None:
    one = folder(tmp_path / "one", returns=ARTICLE)
    two = folder(tmp_path / "two", returns=ARTICLE.replace("60", "14"))
    _, second = await Sources(store).sync([one, two])
    assert [problem.path.name for problem in second.problems] == ["two"]
    assert "rename the file" in second.problems[0].message
    (passage,) = await StoredPassages(store).all("main")
    assert "60 days" in passage.text


async def test_the_demos_articles_stay_the_demos(store: Store, tmp_path: Path) -> None:
    source = folder(tmp_path / "kb", shown=ARTICLE)
    await Sources(store).add(source.model_copy(update={"demo": True}))
    await Sources(store).add(source)
    (passage,) = await StoredPassages(store).all("main")
    assert passage.demo


async def test_one_file_does_not_remove_its_neighbours(store: Store, tmp_path: Path) -> None:
    source = folder(tmp_path / "kb", returns=ARTICLE, shipping="# Shipping\n\nIt costs £4.\n")
    await Sources(store).sync([source])
    alone = KnowledgeSource(path=str(tmp_path / "other.md"))
    (tmp_path / "other.md").write_text("# Other\n\nSomething else entirely.\n", encoding="utf-8")
    await Sources(store).add(alone)
    assert sorted(await ids(store)) == ["other", "returns", "shipping"]


async def test_a_draft_is_listed_and_never_answers(store: Store, tmp_path: Path) -> None:
    source = folder(tmp_path / "kb", returns=f"---\ndraft: true\n---\n{ARTICLE}")
    await Sources(store).sync([source])
    assert await ids(store) == ["returns"]
    assert await StoredPassages(store).all("main") == []


@pytest.mark.parametrize(
    ("allowed", "seen"),
    [
        (Filter("main", demo=False), {"open"}),
        (Filter("main", demo=True), {"open", "shown"}),
        (Filter("main", demo=False, audiences=("public", "internal")), {"open", "secret"}),
        (Filter("other", demo=True, audiences=("public", "internal")), set[str]()),
    ],
)
async def test_only_what_the_filter_allows_is_resolved(
    store: Store, tmp_path: Path, allowed: Filter, seen: set[str]
) -> None:
    secret = f"---\naudience: internal\n---\n{ARTICLE}"
    demo = folder(tmp_path / "demo", shown=ARTICLE).model_copy(update={"demo": True})
    await Sources(store).sync([folder(tmp_path / "kb", open=ARTICLE, secret=secret), demo])
    shelves = StoredPassages(store)
    everything = [passage.id for passage in await shelves.all("main")]
    found = await shelves.resolve([*everything, "unknown"], allowed)
    assert {passage.document for passage in found} == seen


async def test_removing_takes_the_passages_along(store: Store, tmp_path: Path) -> None:
    await Sources(store).sync([folder(tmp_path / "kb", returns=ARTICLE)])
    assert await store.write(lambda unit: remove(unit, ["returns", "nothing"])) == ("returns",)
    assert await StoredPassages(store).all("main") == []
