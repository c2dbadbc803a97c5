"""Articles that are written and edited here: versions, two at once, and what their source says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from brain.settings import KnowledgeSource
from gateway.knowledge import edits, versions
from gateway.knowledge.catalogue import NotPossible, Wanted, article, articles, remove, review
from gateway.knowledge.edits import ArticleMoved, Seen, UnknownArticle
from gateway.knowledge.library import DESK, remove_origin
from gateway.knowledge.records import Article
from gateway.knowledge.shelves import StoredPassages
from gateway.knowledge.versions import Content, Written
from gateway.knowledge.writing import BODY_LIMIT, Draft, Writing
from gateway.store.store import Store
from tests.gateway.knowledge.site import ARTICLE, Desk, folder

pytestmark = pytest.mark.allow_blocking  # The tests write the articles they read.

SHORT = Content("Returns", "# Returns\n\nSend it back within 30 days.")


def by(name: str = "Lea", why: str = "customers asked") -> Written:
    return Written(name, why, uuid4().hex)


async def found(store: Store, id: str = "returns") -> Article:
    one = await store.read(lambda reading: article(reading, id))
    assert one is not None
    return one


async def seen(store: Store, id: str = "returns") -> Seen:
    """What a lead has before them who decides between ours and the source's."""
    one = await found(store, id)
    assert one.source is not None
    return Seen(id, one.edition, one.source.edition)


async def edited(desk: Desk, content: Content = SHORT) -> Writing:
    writing = Writing(desk.store)
    await writing.write(Draft(content, "returns", (await found(desk.store)).edition), by())
    return writing


async def outlives_its_file(desk: Desk, tmp_path: Path) -> tuple[KnowledgeSource, Writing]:
    """The folder that the article is gone from, which was edited here before."""
    place = folder(tmp_path / "kb", returns=ARTICLE, lamp="# Lamp\n\nIt is green.\n")
    await desk.add(place)
    writing = await edited(desk)
    (tmp_path / "kb" / "returns.md").unlink()
    await desk.add(place)
    return place, writing


async def answers(store: Store) -> list[str]:
    return [passage.text for passage in await StoredPassages(store).all("main")]


async def numbers(store: Store, id: str = "returns") -> list[tuple[int, str | None]]:
    listed = await store.read(lambda reading: versions.listed(reading, id))
    return [(one.number, one.by) for one in listed]


async def listed(store: Store) -> list[str]:
    return [one.id for one in (await store.read(lambda r: articles(r, Wanted()))).items]


async def test_a_new_article_answers_and_a_repeated_request_writes_it_once(desk: Desk) -> None:
    writing, written = Writing(desk.store), by()
    before = await StoredPassages(desk.store).version("main")
    first = await writing.write(Draft(SHORT), written)
    assert await writing.write(Draft(SHORT), written) == first
    assert first.id.startswith("returns-")
    assert (await listed(desk.store), await answers(desk.store)) == (
        [first.id],
        ["Send it back within 30 days."],
    )
    assert await StoredPassages(desk.store).version("main") > before
    assert (await found(desk.store, first.id)).origin == DESK
    draft = await writing.write(Draft(replace(SHORT, title="Later")), by(), as_draft=True)
    assert (await found(desk.store, draft.id)).draft
    assert len(await answers(desk.store)) == 1


async def test_what_is_proposed_is_as_new_as_if_it_were_saved(desk: Desk) -> None:
    writing = Writing(desk.store)
    saved = await writing.write(Draft(SHORT), by())
    (before,) = await StoredPassages(desk.store).all("main")
    (proposed,) = await writing.cut(Draft(replace(SHORT, body="Never."), saved.id, saved.edition))
    assert proposed.changed >= before.changed > 0


async def test_the_second_of_two_leads_writes_nothing_and_sees_the_first(
    desk: Desk, tmp_path: Path
) -> None:
    await desk.add(folder(tmp_path / "kb", returns=ARTICLE))
    writing = Writing(desk.store)
    seen = (await found(desk.store)).edition
    first = await writing.write(Draft(SHORT, "returns", seen), by("Lea"))
    with pytest.raises(ArticleMoved) as moved:
        await writing.write(Draft(replace(SHORT, body="Never."), "returns", seen), by("Max"))
    assert (moved.value.edition, moved.value.content.body) == (first.edition, SHORT.body)
    assert await answers(desk.store) == ["Send it back within 30 days."]
    await writing.write(Draft(replace(SHORT, body="Never."), "returns", first.edition), by("Max"))
    assert await numbers(desk.store) == [(2, "Max"), (1, "Lea"), (0, None)]
    assert await answers(desk.store) == ["Never."]


async def test_an_earlier_version_is_gone_back_to_as_a_new_one(desk: Desk, tmp_path: Path) -> None:
    await desk.add(folder(tmp_path / "kb", returns=ARTICLE))
    writing = Writing(desk.store)
    whole = await found(desk.store)
    saved = await writing.write(Draft(SHORT, "returns", whole.edition), by())
    back = await writing.restore("returns", 0, saved.edition, by("Max"))
    assert (await found(desk.store)).body == whole.body
    assert await numbers(desk.store) == [(2, "Max"), (1, "Lea"), (0, None)]
    with pytest.raises(UnknownArticle):
        await writing.restore("returns", 9, back.edition, by())
    await desk.store.write(lambda unit: remove(unit, ["returns"]))
    assert await numbers(desk.store) == []


async def test_what_the_source_says_later_waits_for_a_decision(desk: Desk, tmp_path: Path) -> None:
    place = folder(tmp_path / "kb", returns=ARTICLE)
    await desk.add(place)
    writing = Writing(desk.store)
    saved = await writing.write(Draft(SHORT, "returns", (await found(desk.store)).edition), by())
    await desk.add(place)
    assert (await desk.store.read(review)).source == ()
    newer = ARTICLE.replace("60", "90")
    await desk.add(folder(tmp_path / "kb", returns=newer))
    one = await found(desk.store)
    assert (one.body, one.edition) == (SHORT.body, saved.edition)
    assert one.source is not None
    assert (one.source.state, "90 days" in one.source.content.body) == ("changed", True)
    assert [each.id for each in (await desk.store.read(review)).source] == ["returns"]
    await writing.keep_ours(await seen(desk.store))
    await desk.add(place)
    assert (await desk.store.read(review)).source == ()
    both, asked = await seen(desk.store), by("Max")
    taken = await writing.take_source(both, asked)
    assert await writing.take_source(both, asked) == taken
    assert not (await found(desk.store)).ours
    assert "90 days" in (await answers(desk.store))[0]
    # It follows its source again, and what that changes is a version too.
    await desk.add(folder(tmp_path / "kb", returns=ARTICLE))
    assert "60 days" in (await answers(desk.store))[0]
    assert await numbers(desk.store) == [(3, None), (2, "Max"), (1, "Lea"), (0, None)]


async def test_an_edited_article_outlives_its_file_until_somebody_decides(
    desk: Desk, tmp_path: Path
) -> None:
    place = folder(tmp_path / "kb", returns=ARTICLE, lamp="# Lamp\n\nIt is green.\n")
    await desk.add(place)
    writing = await edited(desk)
    (tmp_path / "kb" / "returns.md").unlink()
    for _ in range(2):
        await desk.add(place)
        one = await found(desk.store)
        assert one.source is not None
        assert (one.source.state, one.draft) == ("gone", False)
    await desk.add(folder(tmp_path / "kb", returns=ARTICLE))
    back = (await found(desk.store)).source
    assert back is not None
    assert back.state == "changed"
    (tmp_path / "kb" / "returns.md").unlink()
    await desk.add(place)
    both = await seen(desk.store)
    await writing.take_source(both, by())
    assert await listed(desk.store) == ["lamp"]
    # The unit may run again after its commit was in doubt.
    await desk.store.write(lambda unit: edits.give_up(unit, both))


async def test_who_decides_without_having_seen_the_sources_newest_text_is_told(
    small_desk: Desk, tmp_path: Path
) -> None:
    await small_desk.add(folder(tmp_path / "kb", returns=ARTICLE))
    writing = await edited(small_desk)
    await small_desk.add(folder(tmp_path / "kb", returns=ARTICLE.replace("60", "90")))
    older = await seen(small_desk.store)
    await small_desk.add(folder(tmp_path / "kb", returns=ARTICLE.replace("60", "120")))
    with pytest.raises(ArticleMoved):
        await writing.keep_ours(older)
    with pytest.raises(ArticleMoved):
        await writing.take_source(older, by())
    assert [each.id for each in (await small_desk.store.read(review)).source] == ["returns"]
    assert (await found(small_desk.store)).body == SHORT.body
    await writing.take_source(await seen(small_desk.store), by())
    assert "120 days" in (await answers(small_desk.store))[0]


async def test_a_source_that_calls_its_text_a_draft_is_taken_as_one(
    small_desk: Desk, tmp_path: Path
) -> None:
    await small_desk.add(folder(tmp_path / "kb", returns=ARTICLE))
    writing = await edited(small_desk)
    await small_desk.add(folder(tmp_path / "kb", returns=f"---\ndraft: true\n---\n{ARTICLE}"))
    await writing.take_source(await seen(small_desk.store), by())
    one = await found(small_desk.store)
    assert (one.ours, one.draft, await answers(small_desk.store)) == (False, True, [])


async def test_a_colleagues_newer_text_is_not_removed_with_the_one_that_was_seen(
    small_desk: Desk, tmp_path: Path
) -> None:
    _, writing = await outlives_its_file(small_desk, tmp_path)
    both = await seen(small_desk.store)
    await edited(small_desk, replace(SHORT, body="Within 14 days."))
    with pytest.raises(ArticleMoved):
        await writing.take_source(both, by())
    assert (await found(small_desk.store)).body == "Within 14 days."
    await writing.keep_ours(await seen(small_desk.store))
    with pytest.raises(NotPossible):
        await writing.take_source(await seen(small_desk.store), by())


async def test_what_is_kept_without_its_source_is_asked_about_once(
    desk: Desk, tmp_path: Path
) -> None:
    place, writing = await outlives_its_file(desk, tmp_path)
    await writing.keep_ours(await seen(desk.store))
    await desk.add(place)
    assert (await desk.store.read(review)).source == ()
    # Its own earlier text must not follow a source that would take it away.
    await writing.restore("returns", 0, (await found(desk.store)).edition, by())
    await desk.add(place)
    assert (await found(desk.store)).ours
    await desk.add(folder(tmp_path / "kb", returns=ARTICLE))
    assert [each.id for each in (await desk.store.read(review)).source] == ["returns"]


async def test_an_edit_that_is_taken_back_follows_its_source_again(
    small_desk: Desk, tmp_path: Path
) -> None:
    # As its file has it, and not as a form would send it.
    await small_desk.add(folder(tmp_path / "kb", returns=f"\n\n{ARTICLE}\n\n"))
    writing = await edited(small_desk)
    await writing.restore("returns", 0, "1", by())
    assert not (await found(small_desk.store)).ours
    await small_desk.add(folder(tmp_path / "kb", returns=ARTICLE.replace("60", "90")))
    assert "90 days" in (await answers(small_desk.store))[0]
    assert (await small_desk.store.read(review)).source == ()


async def test_what_was_written_here_is_no_source_to_remove(small_desk: Desk) -> None:
    saved = await Writing(small_desk.store).write(Draft(SHORT), by())
    with pytest.raises(NotPossible):
        await small_desk.store.write(lambda unit: remove_origin(unit, DESK))
    assert await listed(small_desk.store) == [saved.id]


async def test_a_source_of_edited_articles_alone_is_followed_when_it_goes(
    small_desk: Desk, tmp_path: Path
) -> None:
    await small_desk.add(folder(tmp_path / "kb", returns=ARTICLE))
    await edited(small_desk)
    before = await StoredPassages(small_desk.store).version("main")
    origin = (await found(small_desk.store)).origin
    done = await small_desk.store.write(lambda unit: remove_origin(unit, origin))
    assert done == ("returns",)
    assert await StoredPassages(small_desk.store).version("main") > before


async def test_who_removes_a_source_loses_no_work(desk: Desk, tmp_path: Path) -> None:
    place = folder(tmp_path / "kb", returns=ARTICLE, lamp="# Lamp\n\nIt is green.\n")
    await desk.add(place)
    writing = Writing(desk.store)
    await writing.write(Draft(SHORT, "returns", (await found(desk.store)).edition), by())
    origin = (await found(desk.store)).origin
    await desk.store.write(lambda unit: remove_origin(unit, origin))
    assert (await listed(desk.store), await answers(desk.store)) == (["returns"], [])
    one = await found(desk.store)
    assert (one.origin, one.draft, one.source) == (DESK, True, None)


@pytest.mark.parametrize("body", ["", "x" * (BODY_LIMIT + 1), "> " * 80 + "deep"])
async def test_what_cannot_answer_is_refused(small_desk: Desk, body: str) -> None:
    with pytest.raises(NotPossible):
        await Writing(small_desk.store).write(Draft(replace(SHORT, body=body)), by())
    assert await listed(small_desk.store) == []
