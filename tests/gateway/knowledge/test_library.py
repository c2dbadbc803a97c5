"""Documents come into the store by what they say, once, and never over another source's."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from brain.contract import Filter
from brain.settings import KnowledgeSource
from gateway.knowledge.catalogue import article, articles, remove
from gateway.knowledge.places import place_of
from gateway.knowledge.records import Article, NotPossible, Wanted
from gateway.knowledge.shelves import StoredPassages
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.knowledge.site import ARTICLE, Desk, folder

pytestmark = pytest.mark.allow_blocking  # The tests write the articles they read.


async def ids(store: Store) -> list[str]:
    page = await store.read(lambda reading: articles(reading, Wanted()))
    return sorted(item.id for item in page.items)


async def one(store: Store, id: str) -> Article:
    found = await store.read(lambda reading: article(reading, id))
    assert found is not None
    return found


async def test_a_second_sync_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    source = folder(tmp_path / "kb", returns=ARTICLE)
    (first,) = await desk.add(source)
    version = await StoredPassages(desk.store).version("main")
    (second,) = await desk.add(source)
    assert first.change.added == ("returns",)
    assert not second.change.anything
    assert second.change.unchanged == 1
    assert await StoredPassages(desk.store).version("main") == version


async def test_all_that_an_article_says_of_itself_is_kept(
    desk: Desk, tmp_path: Path, clock: ManualClock
) -> None:
    said = f"---\nowner: Kim\nreview_by: 2031-05-01\nlanguage: en\n---\n{ARTICLE}"
    source = folder(tmp_path / "kb", returns=said)
    await desk.add(source)
    began = clock.now()
    clock.pass_(60)
    folder(tmp_path / "kb", returns=said.replace("60", "30"))
    await desk.add(source)
    found = await one(desk.store, "returns")
    assert (found.owner, found.review_by, found.language) == ("Kim", "2031-05-01", "en")
    assert (found.added_at, found.changed_at) == (began, began + 60)
    assert (found.format, found.guide, found.draft) == ("markdown", False, False)
    assert "30 days" in found.body
    (passage,) = await StoredPassages(desk.store).all("main")
    assert passage.review_by == date(2031, 5, 1).isoformat()


async def test_what_is_said_of_the_source_is_a_change_too(desk: Desk, tmp_path: Path) -> None:
    source = folder(tmp_path / "kb", returns=ARTICLE)
    await desk.add(source)
    (synced,) = await desk.add(source.model_copy(update={"owner": "Kim", "audience": "internal"}))
    assert synced.change.changed == ("returns",)
    found = await one(desk.store, "returns")
    assert (found.owner, found.audience) == ("Kim", "internal")


async def test_changed_and_removed_files_follow(desk: Desk, tmp_path: Path) -> None:
    source = folder(tmp_path / "kb", returns=ARTICLE, shipping="# Shipping\n\nIt costs £4.\n")
    await desk.add(source)
    (tmp_path / "kb" / "shipping.md").unlink()
    folder(tmp_path / "kb", returns=ARTICLE.replace("60", "30"))
    (synced,) = await desk.add(source)
    assert (synced.change.changed, synced.change.removed) == (("returns",), ("shipping",))
    (passage,) = await StoredPassages(desk.store).all("main")
    assert "30 days" in passage.text


async def test_a_file_that_cannot_be_read_any_more_keeps_its_article(
    desk: Desk, tmp_path: Path
) -> None:
    source = folder(tmp_path / "kb", returns=ARTICLE, shipping="# Shipping\n\nIt costs £4.\n")
    await desk.add(source)
    (tmp_path / "kb" / "shipping.md").write_bytes(b"\xff\xfe\x00\xff")
    (synced,) = await desk.add(source)
    assert [Path(problem.place).name for problem in synced.problems] == ["shipping.md"]
    assert await ids(desk.store) == ["returns", "shipping"]


async def test_a_table_that_is_broken_now_keeps_its_articles(desk: Desk, tmp_path: Path) -> None:
    source = folder(tmp_path / "kb", returns=ARTICLE)
    table = tmp_path / "kb" / "faq.csv"
    rows = "question,answer\nHow late may I return it?,Within 60 days.\nIs it free?,Yes it is.\n"
    table.write_text(rows, encoding="utf-8")
    await desk.add(source)
    assert len(await ids(desk.store)) == 3
    table.write_bytes(rows.encode() + b"\0")
    (synced,) = await desk.add(source)
    assert [Path(problem.place).name for problem in synced.problems] == ["faq.csv"]
    assert len(await ids(desk.store)) == 3
    table.unlink()
    await desk.add(source)
    assert await ids(desk.store) == ["returns"]


async def test_an_id_that_another_source_has_is_left_out_and_said(
    desk: Desk, tmp_path: Path
) -> None:
    first = folder(tmp_path / "one", returns=ARTICLE)
    second = folder(tmp_path / "two", returns=ARTICLE.replace("60", "14"))
    _, synced = await desk.add(first, second)
    assert [Path(problem.place).name for problem in synced.problems] == ["two"]
    assert "rename the file" in synced.problems[0].message
    (passage,) = await StoredPassages(desk.store).all("main")
    assert "60 days" in passage.text


async def test_the_demos_articles_stay_the_demos(desk: Desk, tmp_path: Path) -> None:
    source = folder(tmp_path / "kb", shown=ARTICLE)
    await desk.add(source.model_copy(update={"demo": True}))
    await desk.add(source)
    (passage,) = await StoredPassages(desk.store).all("main")
    assert passage.demo


async def test_one_file_does_not_remove_its_neighbours(desk: Desk, tmp_path: Path) -> None:
    source = folder(tmp_path / "kb", returns=ARTICLE, shipping="# Shipping\n\nIt costs £4.\n")
    await desk.add(source)
    alone = KnowledgeSource(path=str(tmp_path / "other.md"))
    (tmp_path / "other.md").write_text("# Other\n\nSomething else entirely.\n", encoding="utf-8")
    await desk.add(alone)
    assert await ids(desk.store) == ["other", "returns", "shipping"]


async def test_more_documents_than_a_unit_takes_all_come_and_go(desk: Desk, tmp_path: Path) -> None:
    many = {f"a{number}": f"# Number {number}\n\nIt is {number}.\n" for number in range(45)}
    source = folder(tmp_path / "kb", **many)
    (first,) = await desk.add(source)
    assert len(first.change.added) == 45
    for number in range(30):
        (tmp_path / "kb" / f"a{number}.md").unlink()
    (second,) = await desk.add(source)
    assert (len(second.change.removed), second.change.unchanged) == (30, 15)
    assert len(await ids(desk.store)) == 15


async def test_a_draft_is_listed_and_never_answers(desk: Desk, tmp_path: Path) -> None:
    await desk.add(folder(tmp_path / "kb", returns=f"---\ndraft: true\n---\n{ARTICLE}"))
    assert await ids(desk.store) == ["returns"]
    assert await StoredPassages(desk.store).all("main") == []


@pytest.mark.parametrize(
    ("allowed", "seen"),
    [
        (Filter("main", demo=False), {"open", "german"}),
        (Filter("main", demo=True), {"open", "german", "shown"}),
        (
            Filter("main", demo=False, audiences=("public", "internal")),
            {"open", "german", "secret"},
        ),
        (Filter("main", demo=False, language="en"), {"open"}),
        (Filter("other", demo=True, audiences=("public", "internal")), set[str]()),
    ],
)
async def test_only_what_the_filter_allows_is_resolved(
    desk: Desk, tmp_path: Path, allowed: Filter, seen: set[str]
) -> None:
    secret = f"---\naudience: internal\n---\n{ARTICLE}"
    german = "---\nlanguage: de\n---\n# Rückgabe\n\nSechzig Tage.\n"
    demo = folder(tmp_path / "demo", shown=ARTICLE).model_copy(update={"demo": True})
    await desk.add(folder(tmp_path / "kb", open=ARTICLE, secret=secret, german=german), demo)
    shelves = StoredPassages(desk.store)
    everything = [passage.id for passage in await shelves.all("main")]
    found = await shelves.resolve([*everything, "unknown"], allowed)
    assert {passage.document for passage in found} == seen


async def test_removing_takes_the_passages_along(desk: Desk, tmp_path: Path) -> None:
    await desk.add(folder(tmp_path / "kb", returns=ARTICLE))
    removed = await desk.store.write(lambda unit: remove(unit, ["returns", "nothing"]))
    assert removed == ("returns",)
    assert await StoredPassages(desk.store).all("main") == []


def test_a_path_that_no_database_can_look_up_is_refused(tmp_path: Path) -> None:
    for name in ("\U00020000" * 600, "a" * 1200):
        with pytest.raises(NotPossible):
            place_of(KnowledgeSource(path=str(tmp_path / name)))
    assert place_of(KnowledgeSource(path=str(tmp_path / "\U00020000"))).kind == "path"
