"""Due sources are read by whichever node claims them, whole or not at all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.errors import StoreUnavailable
from gateway.knowledge import claims
from gateway.knowledge.catalogue import (
    About,
    NotPossible,
    SourceView,
    Wanted,
    add_address,
    add_upload,
    articles,
    conflicts,
    dismiss,
    read_again,
    remove_source,
    sources,
)
from gateway.knowledge.library import LIBRARY
from gateway.knowledge.origins import Place, configure
from gateway.knowledge.shelves import StoredPassages
from gateway.store.files import Files
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.knowledge.site import ARTICLE, HOST, SITEMAP, Desk, folder

pytestmark = pytest.mark.allow_blocking  # The tests write the articles they read.

SHIPPING = "# Shipping\n\nA parcel costs four pounds.\n"
HOUR = 3600.0


def page(days: int, name: str = "Returns") -> str:
    why = "Whatever the reason is, tell us once in the shop, by mail or over the telephone before."
    return f"# {name}\n\nSend it back within {days} days of delivery, and we pay for it. {why}\n"


async def ids(store: Store) -> list[str]:
    page = await store.read(lambda reading: articles(reading, Wanted()))
    return sorted(item.id for item in page.items)


async def only(store: Store) -> SourceView:
    (source,) = await store.read(sources)
    return source


async def add_sitemap(desk: Desk) -> str:
    return await desk.store.write(lambda unit: add_address(unit, SITEMAP, "sitemap", About()))


async def read(desk: Desk) -> SourceView:
    """Put the only source in line, and read it."""
    source = await only(desk.store)
    await desk.store.write(lambda unit: read_again(unit, source.id))
    assert await desk.loop().read_next()
    return await only(desk.store)


async def test_a_page_is_read_and_due_again_when_its_hours_are_over(
    desk: Desk, clock: ManualClock
) -> None:
    desk.site.pages["/returns"] = ARTICLE
    await desk.store.write(lambda unit: add_address(unit, f"{HOST}/returns", "url", About(), 2))
    loop = desk.loop()
    assert await loop.read_next()
    source = await only(desk.store)
    assert (source.state, source.documents, source.error) == ("ready", 1, None)
    assert source.due_at == clock.now() + 2 * HOUR
    assert not await loop.read_next()
    clock.pass_(2 * HOUR)
    assert await loop.read_next()


async def test_an_upload_is_read_once(desk: Desk) -> None:
    kept = await asyncio.to_thread(Files(desk.files).keep, ARTICLE.encode())
    await desk.store.write(lambda unit: add_upload(unit, "returns.md", kept.sha256, About()))
    assert await desk.loop().read_next()
    source = await only(desk.store)
    assert (source.state, source.documents, source.due_at) == ("ready", 1, None)


async def test_an_upload_whose_bytes_are_gone_says_what_to_do(small_desk: Desk) -> None:
    await small_desk.store.write(lambda unit: add_upload(unit, "returns.md", "a" * 64, About()))
    assert await small_desk.loop().read_next()
    source = await only(small_desk.store)
    assert source.state == "failed"
    assert "again" in (source.error or "")


async def test_a_sitemaps_pages_come_change_and_go(desk: Desk) -> None:
    desk.site.pages.update(
        {"/returns": page(60), "/shipping": SHIPPING, "/old": "# Old\n\nWords.\n"}
    )
    await add_sitemap(desk)
    assert (await read(desk)).documents == 3
    del desk.site.pages["/old"]
    desk.site.pages["/returns"] = page(30)
    source = await read(desk)
    assert (source.state, source.done, source.total) == ("ready", 2, 2)
    assert await ids(desk.store) == ["help.example.com__returns", "help.example.com__shipping"]


async def test_a_page_that_does_not_answer_stays_and_is_reported(desk: Desk) -> None:
    desk.site.pages.update({"/returns": page(60), "/shipping": SHIPPING})
    await add_sitemap(desk)
    await read(desk)
    desk.site.pages["/shipping"] = None
    source = await read(desk)
    assert (source.state, source.documents) == ("ready", 2)
    assert [problem.place for problem in source.problems] == [f"{HOST}/shipping"]


async def test_an_incomplete_listing_removes_nothing(small_desk: Desk) -> None:
    small_desk.site.pages.update({"/returns": page(60), "/shipping": SHIPPING})
    await add_sitemap(small_desk)
    await read(small_desk)
    del small_desk.site.pages["/shipping"]
    small_desk.site.complete = False
    assert (await read(small_desk)).documents == 2


async def test_a_site_that_does_not_answer_keeps_its_articles_and_is_tried_again(
    desk: Desk, clock: ManualClock
) -> None:
    desk.site.pages["/returns"] = page(60)
    await add_sitemap(desk)
    await read(desk)
    desk.site.pages.clear()
    source = await read(desk)
    assert (source.state, source.documents) == ("failed", 1)
    assert "does not answer" in (source.error or "")
    assert source.due_at == clock.now() + claims.RETRY_SECONDS


async def test_our_own_error_fails_the_source_and_not_the_loop(small_desk: Desk) -> None:
    def broken(_url: str) -> None:
        raise ZeroDivisionError

    small_desk.site.pages["/returns"] = page(60)
    small_desk.site.asked = broken
    await add_sitemap(small_desk)
    source = await read(small_desk)
    assert source.state == "failed"
    assert "the log" in (source.error or "")


async def test_what_breaks_off_half_way_removes_nothing_and_leaves_whole_articles(
    desk: Desk, clock: ManualClock
) -> None:
    desk.site.pages.update({"/a": page(1, "A"), "/b": page(2, "B"), "/gone": "# Gone\n\nWords.\n"})
    await add_sitemap(desk)
    await read(desk)
    del desk.site.pages["/gone"]
    desk.site.pages.update({"/a": page(3, "A"), "/b": page(4, "B")})

    def breaks(url: str) -> None:
        if url.endswith("/b"):
            raise StoreUnavailable

    desk.site.asked = breaks
    source = await only(desk.store)
    await desk.store.write(lambda unit: read_again(unit, source.id))
    with pytest.raises(StoreUnavailable):
        await desk.loop().read_next()
    assert await only(desk.store) != source
    assert (await only(desk.store)).state == "reading"
    assert len(await ids(desk.store)) == 3
    desk.site.asked = str
    assert not await desk.loop("two").read_next()
    clock.pass_(claims.LEASE_SECONDS + 1)
    assert await desk.loop("two").read_next()
    assert await ids(desk.store) == ["help.example.com__a", "help.example.com__b"]


async def test_two_nodes_do_not_read_the_same_source(desk: Desk) -> None:
    desk.site.pages["/returns"] = page(60)
    desk.site.gate = asyncio.Event()
    await add_sitemap(desk)
    reading = asyncio.create_task(desk.loop("one").read_next())
    await desk.site.waiting.wait()
    assert not await desk.loop("two").read_next()
    assert (await only(desk.store)).state == "reading"
    desk.site.gate.set()
    assert await reading
    assert (await only(desk.store)).state == "ready"


async def test_who_lost_the_claim_writes_nothing(desk: Desk, clock: ManualClock) -> None:
    desk.site.pages["/returns"] = page(60)
    desk.site.gate = asyncio.Event()
    await add_sitemap(desk)
    slow = asyncio.create_task(desk.loop("slow").read_next())
    await desk.site.waiting.wait()
    clock.pass_(claims.LEASE_SECONDS + 1)
    held = await desk.store.write(lambda unit: claims.claim_due(unit, "quick:1"))
    assert held is not None
    desk.site.gate.set()
    assert await slow
    source = await only(desk.store)
    assert (source.state, source.documents) == ("reading", 0)


async def test_progress_is_seen_while_pages_are_read(small_desk: Desk) -> None:
    small_desk.site.pages.update({"/a": page(60, "A"), "/b": page(60, "B"), "/c": page(60, "C")})

    def closes_after_the_first(url: str) -> None:
        small_desk.site.gate = asyncio.Event() if url.endswith("/b") else None

    small_desk.site.asked = closes_after_the_first
    await add_sitemap(small_desk)
    with small_desk.store.signals.listen(LIBRARY) as listener:
        reading = asyncio.create_task(small_desk.loop().read_next())
        while (await only(small_desk.store)).done == 0:
            await listener.wait(10)
    source = await only(small_desk.store)
    assert (source.state, source.done, source.total) == ("reading", 1, 3)
    assert small_desk.site.gate is not None
    small_desk.site.gate.set()
    assert await reading


async def test_reading_ends_when_the_claim_is_lost_also_while_a_page_is_waited_for(
    desk: Desk, clock: ManualClock
) -> None:
    desk.site.pages["/returns"] = page(60)
    desk.site.gate = asyncio.Event()
    await add_sitemap(desk)
    slow = asyncio.create_task(desk.loop("slow").read_next())
    await desk.site.waiting.wait()
    clock.pass_(claims.LEASE_SECONDS + 1)
    assert await desk.store.write(lambda unit: claims.claim_due(unit, "quick:1"))
    assert await slow


async def test_a_source_that_is_removed_while_it_is_read_brings_nothing_back(desk: Desk) -> None:
    desk.site.pages["/returns"] = page(60)
    desk.site.gate = asyncio.Event()
    id = await add_sitemap(desk)
    reading = asyncio.create_task(desk.loop().read_next())
    await desk.site.waiting.wait()
    assert await desk.store.write(lambda unit: remove_source(unit, id))
    desk.site.gate.set()
    assert await reading
    assert await desk.store.read(sources) == []
    assert await ids(desk.store) == []


# --- The configuration's -------------------------------------------------------------------------


def place(path: Path) -> Place:
    return Place("path", str(path.resolve()), str(path), About(), 24)


async def test_configured_sources_are_read_and_settled(desk: Desk, tmp_path: Path) -> None:
    folder(tmp_path / "kb", returns=ARTICLE)
    await desk.store.write(lambda unit: configure(unit, [place(tmp_path / "kb")]))
    loop = desk.loop()
    assert not await loop.settled(0.05)
    assert await loop.read_next()
    assert await loop.settled(5)
    source = await only(desk.store)
    assert (source.configured, source.state, source.documents) == (True, "ready", 1)
    with pytest.raises(NotPossible, match="configuration"):
        await desk.store.write(lambda unit: remove_source(unit, source.id))


async def test_a_configured_folder_that_is_gone_settles_too(
    small_desk: Desk, tmp_path: Path
) -> None:
    await small_desk.store.write(lambda unit: configure(unit, [place(tmp_path / "gone")]))
    loop = small_desk.loop()
    assert await loop.read_next()
    assert await loop.settled(5)
    assert "cannot be read" in ((await only(small_desk.store)).error or "")


async def test_what_is_no_longer_configured_goes_and_nothing_else(
    desk: Desk, tmp_path: Path
) -> None:
    folder(tmp_path / "kb", returns=ARTICLE)
    await desk.add(folder(tmp_path / "mine", shipping=SHIPPING))
    await desk.store.write(lambda unit: configure(unit, [place(tmp_path / "kb")]))
    assert await desk.loop().read_next()
    assert await ids(desk.store) == ["returns", "shipping"]
    gone = await desk.store.write(lambda unit: configure(unit, []))
    assert gone == [str(tmp_path / "kb")]
    assert await ids(desk.store) == ["shipping"]


async def test_a_start_reads_folders_again_and_leaves_fresh_websites_in_peace(
    desk: Desk, tmp_path: Path, clock: ManualClock
) -> None:
    folder(tmp_path / "kb", returns=ARTICLE)
    desk.site.pages["/shipping"] = SHIPPING
    site = Place("sitemap", SITEMAP, SITEMAP, About(), 24)
    wanted = [place(tmp_path / "kb"), site]

    async def start(places: list[Place]) -> int:
        await desk.store.write(lambda unit: configure(unit, places))
        loop, read = desk.loop(), 0
        while await loop.read_next():
            read += 1
        return read

    assert await start(wanted) == 2
    assert await start(wanted) == 1
    changed = Place("sitemap", SITEMAP, SITEMAP, About("internal"), 24)
    assert await start([wanted[0], changed]) == 2
    clock.pass_(2 * HOUR)
    assert await start([wanted[0], changed]) == 2


# --- Contradictions ------------------------------------------------------------------------------


async def test_what_contradicts_is_kept_until_one_side_changes(desk: Desk) -> None:
    desk.site.pages.update({"/a": page(60, "A"), "/b": page(30, "B")})
    await add_sitemap(desk)
    await read(desk)
    (found,) = await desk.store.read(conflicts)
    assert {found.left.title, found.right.title} == {"A", "B"}
    assert found.about == "how many days"
    shown = await desk.store.read(lambda reading: articles(reading, Wanted(state="conflict")))
    assert len(shown.items) == 2
    await read(desk)
    assert [each.id for each in await desk.store.read(conflicts)] == [found.id]
    desk.site.pages["/b"] = page(60, "B")
    await read(desk)
    assert await desk.store.read(conflicts) == []


async def test_a_dismissed_contradiction_stays_dismissed(desk: Desk) -> None:
    desk.site.pages.update({"/a": page(60, "A"), "/b": page(30, "B")})
    await add_sitemap(desk)
    await read(desk)
    (found,) = await desk.store.read(conflicts)
    assert await desk.store.write(lambda unit: dismiss(unit, found.id, "Kim"))
    assert not await desk.store.write(lambda unit: dismiss(unit, "nothing", "Kim"))
    desk.site.pages["/a"] = page(60, "A") + "\n## More\n\n" + "Other words about parcels. " * 30
    await read(desk)
    assert await desk.store.read(conflicts) == []


@pytest.mark.parametrize(
    ("of_source", "of_article", "counts"),
    [
        ("internal", "customers", "internal"),
        ("customers", "internal", "internal"),
        ("customers", "public", "customers"),
    ],
)
async def test_the_narrower_audience_of_source_and_article_counts(
    small_desk: Desk, tmp_path: Path, of_source: str, of_article: str, counts: str
) -> None:
    article = f"---\naudience: {of_article}\n---\n{ARTICLE}"
    source = folder(tmp_path / "kb", returns=article)
    await small_desk.add(source.model_copy(update={"audience": of_source}))
    (item,) = (await small_desk.store.read(lambda reading: articles(reading, Wanted()))).items
    assert item.audience == counts


async def test_a_page_that_fails_at_its_new_address_stays(small_desk: Desk) -> None:
    site = small_desk.site
    site.pages.update({"/returns/": ARTICLE, "/shipping": SHIPPING})
    await add_sitemap(small_desk)
    await read(small_desk)
    before = await ids(small_desk.store)
    # The site writes its addresses without a slash now, and the page behind this one is down.
    del site.pages["/returns/"]
    site.pages["/returns"] = None
    source = await read(small_desk)
    assert (len(before), source.state, len(source.problems)) == (2, "ready", 1)
    assert await ids(small_desk.store) == before


async def test_long_articles_are_written_a_few_at_a_time(small_desk: Desk, tmp_path: Path) -> None:
    long = "# Long\n\n" + "".join(f"## Part {i}\n\n{'word ' * 70}\n\n" for i in range(300))
    source = folder(tmp_path / "kb", one=long, two=long, three=long)
    (synced,) = await small_desk.add(source)
    assert len(synced.change.added) == 3
    assert await StoredPassages(small_desk.store).version("main") == 3
