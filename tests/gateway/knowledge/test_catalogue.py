"""What the desk sees and changes of the knowledge."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from brain.contract import Audience
from gateway.knowledge.catalogue import (
    About,
    BadListCursor,
    NotPossible,
    Wanted,
    add_address,
    add_upload,
    article,
    articles,
    publish,
    read_again,
    remove_source,
    review,
    sources,
    unpublish,
)
from gateway.knowledge.records import ArticleState
from gateway.knowledge.shelves import StoredPassages
from gateway.store.schema.library import documents
from gateway.store.store import Store
from gateway.store.unit import Unit
from tests.gateway.conftest import ManualClock
from tests.gateway.knowledge.site import ARTICLE, HOST, Desk, folder

pytestmark = pytest.mark.allow_blocking  # The tests write the articles they read.

DRAFT = f"---\ndraft: true\n---\n{ARTICLE}"
GUIDE = "# Lamp\n\n1. Press the button for three seconds.\n2. Wait until it is green.\n"


async def listed(store: Store, state: ArticleState = "all", query: str = "") -> list[str]:
    wanted = Wanted(query, state)
    return [item.id for item in (await store.read(lambda r: articles(r, wanted))).items]


async def answering(store: Store) -> list[str]:
    return [passage.document for passage in await StoredPassages(store).all("main")]


async def test_articles_are_found_by_every_word_of_title_or_id(desk: Desk, tmp_path: Path) -> None:
    await desk.add(
        folder(tmp_path / "kb", returns=ARTICLE, lamp=GUIDE, percent="# 100% wool\n\nIt is.\n")
    )
    assert await listed(desk.store, query="RETURN") == ["returns"]
    assert await listed(desk.store, query="lam") == ["lamp"]
    assert await listed(desk.store, query="%") == ["percent"]
    assert await listed(desk.store, query="wool lamp") == []


async def test_pages_of_the_list_leave_none_out_and_show_none_twice(
    desk: Desk, tmp_path: Path, clock: ManualClock
) -> None:
    for name in ("c", "a", "d"):
        folder(tmp_path / "kb", **{name: f"# {name}\n\nWords.\n"})
    await desk.add(folder(tmp_path / "kb"))
    clock.pass_(5)
    await desk.add(folder(tmp_path / "kb", b="# b\n\nNewer words.\n"))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        wanted = Wanted(cursor=cursor, limit=1)
        page = await desk.store.read(lambda reading, wanted=wanted: articles(reading, wanted))
        seen += [item.id for item in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == ["b", "a", "c", "d"]


@pytest.mark.parametrize("cursor", ["x", "W10", "WzEsMl0", "\N{SNOWMAN}", "e30"])
async def test_a_cursor_that_is_none_is_refused(small_desk: Desk, cursor: str) -> None:
    with pytest.raises(BadListCursor):
        await small_desk.store.read(lambda reading: articles(reading, Wanted(cursor=cursor)))


async def test_review_shows_what_is_due_and_what_is_overdue(desk: Desk, tmp_path: Path) -> None:
    # The clock of these tests stands at 2027-01-15.
    dated = {
        name: f"---\nreview_by: {day}\n---\n# {name}\n\nWords.\n"
        for name, day in (("past", "2027-01-14"), ("soon", "2027-02-10"), ("far", "2027-03-20"))
    }
    await desk.add(folder(tmp_path / "kb", draft=DRAFT, **dated))
    assert sorted(await listed(desk.store, "review")) == ["past", "soon"]
    found = await desk.store.read(review)
    assert [item.id for item in found.overdue] == ["past"]
    assert [item.id for item in found.drafts] == ["draft"]


async def test_a_published_draft_answers_with_the_passages_of_its_body(
    desk: Desk, tmp_path: Path
) -> None:
    source = folder(tmp_path / "kb", returns=DRAFT)
    await desk.add(source)
    assert await publish(desk.store, "returns")
    (passage,) = await StoredPassages(desk.store).all("main")
    await desk.add(folder(tmp_path / "other", same=ARTICLE))
    same = [
        each for each in await StoredPassages(desk.store).all("main") if each.document == "same"
    ]
    assert (passage.text, passage.title_path) == (same[0].text, same[0].title_path)
    await desk.add(source)
    assert await answering(desk.store) == ["returns", "same"]


async def test_publishing_twice_makes_no_passage_twice(desk: Desk, tmp_path: Path) -> None:
    await desk.add(folder(tmp_path / "kb", returns=DRAFT))
    assert await publish(desk.store, "returns")
    assert await publish(desk.store, "returns")
    assert await answering(desk.store) == ["returns"]
    assert not await publish(desk.store, "nothing")


async def test_a_draft_without_words_is_not_published(small_desk: Desk, tmp_path: Path) -> None:
    await small_desk.add(folder(tmp_path / "kb", empty="---\ndraft: true\n---\n# Only a heading\n"))
    with pytest.raises(NotPossible, match="no text"):
        await publish(small_desk.store, "empty")


async def test_what_a_person_made_a_draft_stays_one_when_its_source_changes(
    desk: Desk, tmp_path: Path
) -> None:
    source = folder(tmp_path / "kb", returns=ARTICLE)
    await desk.add(source)
    assert await desk.store.write(lambda unit: unpublish(unit, "returns"))
    assert await answering(desk.store) == []
    folder(tmp_path / "kb", returns=ARTICLE.replace("60", "30"))
    (synced,) = await desk.add(source)
    assert synced.change.changed == ("returns",)
    assert await answering(desk.store) == []
    assert await publish(desk.store, "returns")
    (passage,) = await StoredPassages(desk.store).all("main")
    assert "30 days" in passage.text


async def test_a_file_that_is_no_draft_any_more_answers(desk: Desk, tmp_path: Path) -> None:
    source = folder(tmp_path / "kb", returns=DRAFT)
    await desk.add(source)
    await desk.add(folder(tmp_path / "kb", returns=ARTICLE))
    assert await answering(desk.store) == ["returns"]


async def test_an_article_shows_its_body_its_passages_and_its_source(
    desk: Desk, tmp_path: Path
) -> None:
    await desk.add(folder(tmp_path / "kb", returns=ARTICLE))
    found = await desk.store.read(lambda reading: article(reading, "returns"))
    assert found is not None
    assert "60 days" in found.body
    assert ["60 days" in passage.text for passage in found.passages] == [True]
    assert (found.place, found.passage_count) == (str(tmp_path / "kb"), 1)
    assert await desk.store.read(lambda reading: article(reading, "nothing")) is None


# --- Sources -------------------------------------------------------------------------------------


async def test_an_address_waits_to_be_read_on_its_terms(desk: Desk) -> None:
    about = About("customers", "en", "Kim")
    await desk.store.write(lambda unit: add_address(unit, f"{HOST}/a#top", "url", about, 12))
    (source,) = await desk.store.read(sources)
    assert (source.place, source.kind, source.state) == (f"{HOST}/a", "url", "waiting")
    assert (source.audience, source.language, source.owner) == ("customers", "en", "Kim")
    assert (source.refresh_hours, source.documents, source.configured) == (12, 0, False)


async def test_the_same_address_again_is_the_same_source(desk: Desk) -> None:
    first = await desk.store.write(lambda unit: add_address(unit, f"{HOST}/a", "url", About()))
    about = About("internal")
    again = await desk.store.write(lambda unit: add_address(unit, f"{HOST}/a", "sitemap", about))
    (source,) = await desk.store.read(sources)
    assert (first, source.id) == (again, first)
    assert (source.kind, source.audience) == ("sitemap", "internal")


@pytest.mark.parametrize(
    "url", ["", "ftp://x.example", "file:///etc/passwd", "https://me:pw@x.example/", "help.html"]
)
async def test_what_is_no_public_web_address_is_refused(small_desk: Desk, url: str) -> None:
    with pytest.raises(NotPossible):
        await small_desk.store.write(lambda unit: add_address(unit, url, "url", About()))
    assert await small_desk.store.read(sources) == []


async def test_another_file_of_the_same_name_takes_its_place(small_desk: Desk) -> None:
    for sha256 in ("a" * 64, "b" * 64):
        await small_desk.store.write(
            lambda unit, sha256=sha256: add_upload(unit, r"C:\kim\faq.md", sha256, About())
        )
    (source,) = await small_desk.store.read(sources)
    assert (source.place, source.origin, source.state) == ("faq.md", "upload:faq.md", "waiting")
    with pytest.raises(NotPossible, match="no name"):
        await small_desk.store.write(lambda unit: add_upload(unit, "folder/..", "a" * 64, About()))


async def test_removing_a_source_takes_its_articles_along(desk: Desk, tmp_path: Path) -> None:
    await desk.add(folder(tmp_path / "one", returns=ARTICLE))
    await desk.add(folder(tmp_path / "two", lamp=GUIDE))
    found = await desk.store.read(sources)
    (first,) = [source for source in found if source.place == str(tmp_path / "one")]
    assert await desk.store.write(lambda unit: remove_source(unit, first.id))
    assert not await desk.store.write(lambda unit: remove_source(unit, first.id))
    assert await listed(desk.store) == ["lamp"]
    assert not await desk.store.write(lambda unit: read_again(unit, first.id))


@pytest.mark.parametrize(
    "place", [f'[{"9" * 400}, "a"]', '[1.0, "\\ud800"]', '[1.0, "a\\u0000"]', "[]", "{"]
)
async def test_a_cursor_that_no_list_gave_is_refused(desk: Desk, place: str) -> None:
    cursor = base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")
    with pytest.raises(BadListCursor):
        await desk.store.read(lambda reading: articles(reading, Wanted(cursor=cursor)))


async def test_adding_it_once_more_never_opens_a_source_to_more_people(desk: Desk) -> None:
    def add(audience: Audience) -> Callable[[Unit], str]:
        return lambda unit: add_upload(unit, "prices.md", "0" * 64, About(audience))

    id = await desk.store.write(add("internal"))
    with pytest.raises(NotPossible, match="for the audience internal"):
        await desk.store.write(add("public"))
    assert await desk.store.write(add("internal")) == id
    (source,) = await desk.store.read(sources)
    assert source.audience == "internal"
    await desk.store.write(lambda unit: remove_source(unit, id))
    await desk.store.write(add("public"))
    assert await desk.store.write(add("customers"))


async def test_an_article_of_an_earlier_version_is_not_made_a_draft_without_its_text(
    desk: Desk, tmp_path: Path
) -> None:
    await desk.add(folder(tmp_path / "kb", returns=ARTICLE))
    await desk.store.write(lambda unit: unit.execute(update(documents).values(body="")))
    with pytest.raises(NotPossible, match="read its source again"):
        await desk.store.write(lambda unit: unpublish(unit, "returns"))
    assert await answering(desk.store) == ["returns"]
