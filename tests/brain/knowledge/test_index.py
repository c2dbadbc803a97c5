"""The index follows the store, shows nobody what is not theirs, and never leaves a gap."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from brain.contract import Audience, Filter, Hit, KnowledgeUnavailable
from brain.knowledge.index import KnowledgeIndex
from tests.brain.knowledge.fake_store import (
    PUBLIC,
    FakePassages,
    HeldEmbedder,
    HurriedClock,
    TrustingPassages,
    passage,
    shop,
)

Opened = Callable[..., KnowledgeIndex]


def ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.passage.id for hit in hits]


async def test_the_fitting_passage_comes_first_with_scores_in_range(
    opened: Opened, store: FakePassages
) -> None:
    hits = await opened(store).search("return an unused item", PUBLIC)
    assert hits[0].passage.id == "returns"
    assert all(0 <= hit.score <= 1 for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].dense > 0
    assert hits[0].lexical > 0


async def test_limit_holds(opened: Opened, store: FakePassages) -> None:
    assert len(await opened(store).search("the tent boots return shipping", PUBLIC, 2)) == 2
    assert await opened(store).search("tent", PUBLIC, 0) == ()


async def test_an_identifier_survives_fusion(opened: Opened, store: FakePassages) -> None:
    store.put([*shop(), *(passage(f"p{i}", "Tents", "Tent poles and tents.") for i in range(20))])
    hits = await opened(store).search("my tent says E-4031", PUBLIC, 3)
    assert hits[0].passage.id == "error"


async def test_misspelt_words_are_found(opened: Opened, store: FakePassages) -> None:
    hits = await opened(store).search("shiping", PUBLIC, 1)
    assert hits[0].passage.id == "shipping"
    assert hits[0].lexical > 0


async def test_empty_knowledge_finds_nothing(opened: Opened) -> None:
    index = opened(FakePassages([]))
    assert await index.search("anything", PUBLIC) == ()
    assert await index.search("  ", PUBLIC) == ()


@pytest.mark.parametrize(
    ("audiences", "seen"),
    [
        (("public",), {"open"}),
        (("public", "customers"), {"open", "account"}),
        (("public", "customers", "internal"), {"open", "account", "secret"}),
    ],
)
async def test_audiences_are_kept_apart_by_the_index_itself(
    opened: Opened, audiences: tuple[Audience, ...], seen: set[str]
) -> None:
    rows = [
        passage("open", "Discount", "Discount rules of the shop.", audience="public"),
        passage("account", "Discount", "Discount rules of the shop.", audience="customers"),
        passage("secret", "Discount", "Discount rules of the shop.", audience="internal"),
    ]
    index = opened(TrustingPassages(rows))
    allowed = Filter("main", demo=False, audiences=audiences)
    assert set(ids(await index.search("discount rules", allowed))) == seen
    assert set(ids(await index.search('"Discount rules"', allowed))) == seen


@pytest.mark.parametrize(("demo", "seen"), [(True, ["real", "shown"]), (False, ["real"])])
async def test_demo_passages_answer_on_demo_channels_only(
    opened: Opened, demo: bool, seen: list[str]
) -> None:
    rows = [
        passage("shown", "Returns", "Return within 30 days.", demo=True),
        passage("real", "Returns", "Return within 30 days.", demo=False),
    ]
    index = opened(TrustingPassages(rows))
    assert sorted(ids(await index.search("returns", Filter("main", demo=demo)))) == seen


async def test_tenants_never_meet(opened: Opened) -> None:
    rows = [
        passage("ours", "Returns", "Return within 30 days."),
        passage("theirs", "Returns", "Return within 30 days.", tenant="other"),
    ]
    index = opened(TrustingPassages(rows), tenants=("main", "other"))
    assert ids(await index.search("returns", PUBLIC)) == ["ours"]
    assert ids(await index.search("returns", Filter("other", demo=False))) == ["theirs"]
    assert ids(await index.search("returns", Filter("nobody", demo=False))) == []


@pytest.mark.parametrize(
    ("language", "seen"),
    [
        (None, {"english", "british", "german", "any"}),
        ("en", {"english", "british", "any"}),
        ("en-US", {"english", "british", "any"}),
        ("de", {"german", "any"}),
        ("fr", {"any"}),
    ],
)
async def test_languages_are_kept_apart_by_the_index_itself(
    opened: Opened, language: str | None, seen: set[str]
) -> None:
    rows = [
        passage("english", "Discount", "Discount rules of the shop.", language="en"),
        passage("british", "Discount", "Discount rules of the shop.", language="en-GB"),
        passage("german", "Discount", "Discount rules of the shop.", language="de"),
        passage("any", "Discount", "Discount rules of the shop."),
    ]
    index = opened(TrustingPassages(rows))
    allowed = Filter("main", demo=False, language=language)
    assert set(ids(await index.search("discount rules", allowed))) == seen
    assert set(ids(await index.search('"Discount rules"', allowed))) == seen


async def test_a_language_that_came_or_went_is_known_at_once(opened: Opened) -> None:
    english = passage("english", "Returns", "Return within 30 days.", language="en")
    german = passage("german", "Returns", "Return within 30 days.", language="de")
    store = TrustingPassages([english])
    index = opened(store)
    assert ids(await index.search("returns", PUBLIC)) == ["english"]
    store.put([english, german])
    await index.sync()
    assert set(ids(await index.search("returns", PUBLIC))) == {"english", "german"}
    store.put([german])
    await index.sync()
    assert ids(await index.search("returns", PUBLIC)) == ["german"]


@pytest.mark.parametrize(
    "question",
    [
        "is the trail lamp 200 waterproof",
        "Trail Lamp 200: waterproof?",
        "can the Lamp 200 get wet",
        "IS THE TRAIL LAMP 200 WATERPROOF",
    ],
)
async def test_a_name_of_ordinary_words_finds_its_own_article(
    opened: Opened, question: str
) -> None:
    same = "This lamp is waterproof to a depth of one metre and floats."
    # The others speak of 200 too, and in more of the question's words.
    more = f"Is it waterproof? I mean: {same} It weighs 200 grams and lasts 200 hours."
    rows = [
        passage(f"lamp-{n}", f"Trail Lamp {n}", same if n == 200 else more)
        for n in (100, 200, 300, 400, 500)
    ]
    index = opened(FakePassages([*shop(), *rows]))
    (first,) = await index.search(question, PUBLIC, 1)
    assert first.passage.id == "lamp-200"


async def test_several_passages_of_a_document_are_found(opened: Opened) -> None:
    rows = [
        passage(f"r{i}", "Returns", f"Return an item, part {i}.", document="returns")
        for i in range(3)
    ]
    index = opened(FakePassages([*shop(), *rows]))
    hits = await index.search("return an item", PUBLIC, 4)
    assert {"r0", "r1", "r2"} <= set(ids(hits))


async def test_a_misspelt_word_beside_an_identifier_changes_nothing(opened: Opened) -> None:
    rows = [
        passage("one", "Stove", "Error E-4031: the valve is closed."),
        passage("two", "Stove", "Error E-4013: the burner is cold."),
    ]
    hits = await opened(FakePassages(rows)).search("stoev eror E-4013", PUBLIC)
    assert ids(hits)[0] == "two"
    assert hits[0].score > hits[1].score + 0.2


async def test_an_identifier_is_never_taken_for_a_misspelt_one(opened: Opened) -> None:
    index = opened(FakePassages())
    (own,) = await index.search("what is E-4031", PUBLIC, 1)
    other = await index.search("what is E-4013", PUBLIC)
    assert own.passage.id == "error"
    assert all(hit.score < own.score - 0.2 for hit in other)


async def test_what_is_overdue_for_review_loses_a_near_tie(opened: Opened) -> None:
    text = "You can return unused items within 30 days."
    rows = [
        passage("a-past", "Returning an item", text, review_by="1969-12-31"),
        passage("b-vouched", "Returning an item", text, review_by="1970-01-01"),
        *shop()[1:],
    ]
    hits = await opened(FakePassages(rows)).search("return an unused item", PUBLIC)
    assert ids(hits)[:2] == ["b-vouched", "a-past"]


async def test_what_the_store_no_longer_has_is_not_shown(
    opened: Opened, store: FakePassages
) -> None:
    index = opened(store)
    await index.sync()
    store.rows = [row for row in store.rows if row.id != "returns"]
    assert "returns" not in ids(await index.search("return an unused item", PUBLIC))


async def test_what_was_written_anew_is_found_before_the_next_look(
    opened: Opened, store: FakePassages
) -> None:
    index = opened(store)
    await index.sync()
    others = [row for row in store.rows if row.id != "returns"]
    store.put([passage("returns-2", "Returning an item", "You have 60 days to return."), *others])
    hits = await index.search("how long can I return an item", PUBLIC)
    assert hits[0].passage.text == "You have 60 days to return."


async def test_what_was_waited_for_in_vain_is_not_taken_for_the_newest(
    opened: Opened, store: FakePassages, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = HeldEmbedder()
    index = opened(store, embedder=embedder)
    await index.sync()
    embedder.gate.clear()
    store.put([passage("returns-2", "Returning an item", "You have 60 days."), *shop()[1:]])
    with monkeypatch.context() as hurried:
        hurried.setattr("brain.knowledge.index._CATCH_UP_SECONDS", 0)
        assert "returns-2" not in ids(await index.search("return an unused item", PUBLIC))
    embedder.gate.set()
    await index.sync()
    store.put([passage("returns-3", "Returning an item", "You have 90 days."), *shop()[1:]])
    assert "returns-3" in ids(await index.search("return an unused item", PUBLIC))


async def test_while_embedding_fails_a_search_waits_for_no_newer_index(
    opened: Opened, store: FakePassages
) -> None:
    embedder = HeldEmbedder()
    index = opened(store, embedder=embedder)
    await index.sync()
    store.put([passage("returns-2", "Returning an item", "You have 60 days."), *shop()[1:]])
    embedder.fails = True
    for _ in range(3):
        assert "returns-2" not in ids(await index.search("return an unused item", PUBLIC))
    assert store.reads == 2
    embedder.fails = False
    await index.sync()
    store.put([passage("returns-3", "Returning an item", "You have 90 days."), *shop()[1:]])
    assert "returns-3" in ids(await index.search("return an unused item", PUBLIC))


async def test_only_new_passages_are_embedded(opened: Opened, store: FakePassages) -> None:
    embedder = HeldEmbedder()
    index = opened(store, embedder=embedder)
    assert (await index.sync()).added == 5
    embedder.texts.clear()
    new = passage("hours", "Opening hours", "We are open from nine to five.")
    store.put([*shop()[1:], new])
    report = await index.sync()
    assert (report.added, report.removed, report.passages, report.rebuilt) == (1, 1, 5, False)
    assert embedder.texts == [
        "Opening hours\nWe are open from nine to five.",
        "Opening hours",
    ]
    assert ids(await index.search("when are you open", PUBLIC, 1)) == ["hours"]


async def test_an_unchanged_version_reads_nothing(opened: Opened, store: FakePassages) -> None:
    index = opened(store)
    await index.sync()
    report = await index.sync()
    assert (report.passages, report.added, store.reads) == (5, 0, 1)


async def test_a_changed_audience_moves_the_passage(opened: Opened) -> None:
    row = passage("note", "Returns", "Return within 30 days.")
    store = TrustingPassages([row])
    index = opened(store)
    await index.sync()
    store.put([replace(row, audience="internal")])
    await index.sync()
    assert ids(await index.search("returns", PUBLIC)) == []
    inside = Filter("main", demo=False, audiences=("internal",))
    assert ids(await index.search("returns", inside)) == ["note"]


async def test_the_next_start_answers_without_embedding(
    opened: Opened, store: FakePassages
) -> None:
    first = opened(store)
    await first.sync()
    await first.close()
    embedder = HeldEmbedder()
    second = opened(store, embedder=embedder)
    assert ids(await second.search("care for boots", PUBLIC, 1)) == ["boots"]
    assert embedder.texts == ["care for boots"]


async def test_the_old_build_answers_during_a_rebuild(opened: Opened, store: FakePassages) -> None:
    embedder = HeldEmbedder()
    index = opened(store, embedder=embedder)
    await index.sync()
    store.put([*shop(), passage("hours", "Opening hours", "We are open from nine to five.")])
    embedder.gate.clear()
    rebuild = asyncio.create_task(index.rebuild())
    await asyncio.to_thread(embedder.waiting.wait, 20)
    assert ids(await index.search("care for boots", PUBLIC, 1)) == ["boots"]
    assert not rebuild.done()
    embedder.gate.set()
    assert (await rebuild).rebuilt
    assert ids(await index.search("opening hours", PUBLIC, 1)) == ["hours"]


async def test_another_embedder_rebuilds_while_words_answer(
    opened: Opened, store: FakePassages
) -> None:
    first = opened(store)
    await first.sync()
    await first.close()
    embedder = HeldEmbedder("ngram-held-2")
    embedder.gate.clear()
    second = opened(store, embedder=embedder)
    hits = await second.search("care for boots", PUBLIC, 1)
    assert (ids(hits), hits[0].dense) == (["boots"], 0.0)
    embedder.gate.set()
    await second.sync()
    hits = await second.search("care for boots", PUBLIC, 1)
    assert hits[0].dense > 0


async def test_a_search_waits_for_the_first_build_but_not_for_ever(
    opened: Opened, store: FakePassages
) -> None:
    embedder, clock = HeldEmbedder(), HurriedClock()
    embedder.gate.clear()
    index = opened(store, embedder=embedder, clock=clock)
    with pytest.raises(KnowledgeUnavailable, match="still being indexed"):
        await index.search("returns", PUBLIC)
    assert clock.slept == [45.0]
    embedder.gate.set()
    await index.sync()
    assert ids(await index.search("return an unused item", PUBLIC, 1)) == ["returns"]


async def test_run_follows_the_store(opened: Opened, store: FakePassages) -> None:
    index = opened(store, clock=HurriedClock())
    running = asyncio.create_task(index.run())
    await index.sync()
    store.read.clear()
    store.put([passage("hours", "Opening hours", "We are open from nine to five.")])
    await store.read.wait()
    # Waits for the sync that has just read, and has nothing left to do itself.
    await index.sync()
    assert ids(await index.search("opening hours", PUBLIC)) == ["hours"]
    assert store.reads == 2
    running.cancel()
    await asyncio.wait([running])


@pytest.mark.parametrize(
    "text",
    [
        '"', '""" OR *', "NEAR(a b)", "title:x", "a AND NOT", "'; DROP TABLE passage; --", "\0",
        "\ud800", "-", "^x", "{}", "x" * 100_000, "العربية ١٢٣", "🙂🙂", "a\nb", '"\0" "%',
        "E-4031\0",
    ],
)  # fmt: skip
async def test_no_text_is_a_syntax_error(opened: Opened, store: FakePassages, text: str) -> None:
    hits = await opened(store).search(text, PUBLIC)
    assert all(0 <= hit.score <= 1 for hit in hits)


async def test_two_folders_do_not_meet(tmp_path: Path) -> None:
    from tests.brain.knowledge.fake_store import index_at

    left = index_at(tmp_path / "left", FakePassages([passage("a", "Tents", "Tents.")]))
    right = index_at(tmp_path / "right", FakePassages([passage("b", "Tents", "Tents.")]))
    assert ids(await left.search("tents", PUBLIC)) == ["a"]
    assert ids(await right.search("tents", PUBLIC)) == ["b"]
    await left.close()
    await right.close()
