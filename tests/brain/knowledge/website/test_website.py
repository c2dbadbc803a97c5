"""Reading pages and sitemaps: politely, of one site, each page once."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from brain.contract import FetchFailed, FetchRefused
from brain.knowledge.documents import Unreadable
from brain.knowledge.loaders.raw import Raw
from brain.knowledge.website.listing import PAGES
from brain.knowledge.website.website import FILE_LIMIT, PAGE_LIMIT, SITEMAPS, Website
from tests.brain.knowledge.website.fake_site import (
    HOST,
    FakeClock,
    FakeSite,
    Page,
    index,
    urlset,
)

ROBOTS = f"{HOST}/robots.txt"
MAP = f"{HOST}/sitemap.xml"


def robots(text: str) -> Page:
    return Page(text.encode(), "text/plain")


async def test_a_page_comes_with_all_that_its_reading_needs(clock: FakeClock) -> None:
    page = Page(
        b"<p>30 days</p>",
        found_at=f"{HOST}/returns/",
        charset="iso-8859-1",
        last_modified="Wed, 21 Oct 2026 07:28:00 GMT",
    )
    site = FakeSite({f"{HOST}/returns": page}, clock)
    assert await Website(site, clock).page(f"{HOST}/returns") == Raw(
        name="help.example.com/returns",
        data=b"<p>30 days</p>",
        media_type="text/html; charset=iso-8859-1",
        url=f"{HOST}/returns/",
        modified=1_792_567_680.0,
    )


@pytest.mark.parametrize("date", ["yesterday", "Wed, 99 Oct 2026 99:28:00 GMT", ""])
async def test_a_date_that_is_none_is_left_out(clock: FakeClock, date: str) -> None:
    site = FakeSite({f"{HOST}/a": Page(last_modified=date)}, clock)
    assert (await Website(site, clock).page(f"{HOST}/a")).modified is None


@pytest.mark.parametrize(
    "media_type", ["text/html", "text/plain", "text/markdown", "application/pdf", "text/csv"]
)
async def test_pages_and_documents_are_taken(clock: FakeClock, media_type: str) -> None:
    site = FakeSite({f"{HOST}/a": Page(b"x", media_type)}, clock)
    assert (await Website(site, clock).page(f"{HOST}/a")).media_type == media_type


async def test_an_image_is_not(clock: FakeClock) -> None:
    site = FakeSite({f"{HOST}/a": Page(b"x", "image/png")}, clock)
    with pytest.raises(FetchFailed, match="image/png"):
        await Website(site, clock).page(f"{HOST}/a")


async def test_a_document_may_be_larger_than_a_page(clock: FakeClock) -> None:
    large = bytes(PAGE_LIMIT + 1)
    pages = {
        f"{HOST}/page": Page(large),
        f"{HOST}/file": Page(large, "application/pdf"),
        f"{HOST}/huge": Page(bytes(FILE_LIMIT + 1), "application/pdf"),
    }
    website = Website(FakeSite(pages, clock), clock)
    assert len((await website.page(f"{HOST}/file")).data) == PAGE_LIMIT + 1
    for path, why in (("/page", "more than 5 MiB"), ("/huge", "too large")):
        with pytest.raises(FetchFailed, match=why):
            await website.page(HOST + path)


@pytest.mark.parametrize("url", ["", "help.example.com/a", "file:///etc/passwd", "http://[::1"])
async def test_what_is_no_address_is_refused_without_asking(clock: FakeClock, url: str) -> None:
    site = FakeSite({}, clock)
    with pytest.raises(FetchRefused, match="https:// in front"):
        await Website(site, clock).page(url)
    assert site.asked == []


async def test_a_page_that_leads_to_another_site_is_refused(clock: FakeClock) -> None:
    site = FakeSite({f"{HOST}/a": Page(found_at="https://login.example.net/?from=a")}, clock)
    with pytest.raises(FetchRefused, match=r"another site, https://login\.example\.net"):
        await Website(site, clock).page(f"{HOST}/a")


async def test_one_with_www_or_with_tls_is_the_same_site(clock: FakeClock) -> None:
    site = FakeSite({"http://example.com/a": Page(found_at="https://www.example.com/a")}, clock)
    assert (await Website(site, clock).page("http://example.com/a")).name == "example.com/a"


# --- robots.txt --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", True),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /returns", False),
        ("User-agent: *\nDisallow: /*late$", False),
        ("User-agent: *\nDisallow: /\nAllow: /returns/", True),
        ("User-agent: frontdesk\nDisallow: /", False),
        ("user-agent: FrontDesk # us\nDisallow: /", False),
        ("User-agent: Frontdesk\nAllow: /\n\nUser-agent: *\nDisallow: /", True),
        ("User-agent: *\nAllow: /\n\nUser-agent: Frontdesk\nDisallow: /", False),
        ("User-agent: Otherbot\nDisallow: /", True),
        ("User-agent: Otherbot\nUser-agent: *\nDisallow: /", False),
        ("User-agent: Otherbot\nUser-agent: Frontdesk\nDisallow: /", False),
        ("User-agent: Otherbot\nDisallow: /\nUser-agent: *\nDisallow: /private", True),
        ("\ufeffUser-agent: *\r\nDisallow: /", False),
        ("<!doctype html><p>Not found</p>", True),
    ],
)
async def test_robots_txt_is_obeyed(clock: FakeClock, text: str, *, allowed: bool) -> None:
    url = f"{HOST}/returns/late"
    site = FakeSite({ROBOTS: robots(text), url: Page()}, clock)
    if allowed:
        assert await Website(site, clock).page(url)
        return
    with pytest.raises(FetchRefused, match=r"robots\.txt asks programs to keep away"):
        await Website(site, clock).page(url)
    assert site.pages_asked == []


async def test_where_a_page_leads_is_asked_about_too(clock: FakeClock) -> None:
    site = FakeSite(
        {
            ROBOTS: robots("User-agent: *\nDisallow: /private"),
            f"{HOST}/a": Page(found_at=f"{HOST}/private/a"),
        },
        clock,
    )
    with pytest.raises(FetchRefused, match="/private/a is not read"):
        await Website(site, clock).page(f"{HOST}/a")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_a_site_without_robots_txt_is_open(clock: FakeClock, status: int) -> None:
    site = FakeSite({ROBOTS: FetchFailed("no", status), f"{HOST}/a": Page()}, clock)
    assert await Website(site, clock).page(f"{HOST}/a")


@pytest.mark.parametrize("status", [None, 429, 500, 503])
async def test_where_robots_txt_cannot_be_read_nothing_is(
    clock: FakeClock, status: int | None
) -> None:
    site = FakeSite({ROBOTS: FetchFailed("it is down", status), f"{HOST}/a": Page()}, clock)
    website = Website(site, clock)
    for _ in range(3):
        with pytest.raises(FetchFailed, match=r"robots\.txt says which pages .* it is down"):
            await website.page(f"{HOST}/a")
    assert site.asked == [ROBOTS]


async def test_a_site_that_must_not_be_reached_is_refused_as_such(clock: FakeClock) -> None:
    site = FakeSite({ROBOTS: FetchRefused("it is private")}, clock)
    with pytest.raises(FetchRefused, match="it is private"):
        await Website(site, clock).page(f"{HOST}/a")
    assert site.pages_asked == []


async def test_robots_txt_is_read_once_and_again_after_a_while(clock: FakeClock) -> None:
    site = FakeSite({ROBOTS: robots(""), f"{HOST}/a": Page()}, clock)
    website = Website(site, clock)
    for _ in range(3):
        await website.page(f"{HOST}/a")
    assert site.asked.count(ROBOTS) == 1
    site.pages[ROBOTS] = robots("User-agent: *\nDisallow: /")
    clock.at += 3600
    with pytest.raises(FetchRefused):
        await website.page(f"{HOST}/a")


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "line", ["User-agent: bot{0}\n", "user agent bot{0}\n", "User-agent: *{0}\n"]
)
async def test_a_hostile_robots_txt_takes_no_time(clock: FakeClock, line: str) -> None:
    text = "".join(line.format(number) for number in range(4_000))
    text += "".join(f"Disallow: /{number}*\n" for number in range(4_000))
    site = FakeSite({ROBOTS: robots(text), f"{HOST}/a": Page()}, clock)
    assert await Website(site, clock).page(f"{HOST}/a")


# --- pace --------------------------------------------------------------------------------------


async def test_a_site_is_asked_one_page_at_a_time_with_a_pause(clock: FakeClock) -> None:
    site = FakeSite({f"{HOST}/{n}": Page() for n in range(5)}, clock)
    website = Website(site, clock, pause=2.0)
    await asyncio.gather(*(website.page(f"{HOST}/{n}") for n in range(5)))
    assert site.at_once == 1
    gaps = [later - sooner for sooner, later in zip(site.times, site.times[1:], strict=False)]
    assert gaps
    assert min(gaps) >= 2.0


@pytest.mark.parametrize(("asked", "pause"), [("0.2", 1.0), ("4", 4.0), ("86400", 10.0)])
async def test_a_crawl_delay_is_kept_up_to_ten_seconds(
    clock: FakeClock, asked: str, pause: float
) -> None:
    text = f"User-agent: *\nCrawl-delay: {asked}"
    site = FakeSite({ROBOTS: robots(text), f"{HOST}/a": Page()}, clock)
    website = Website(site, clock)
    for _ in range(3):
        await website.page(f"{HOST}/a")
    assert clock.slept == [pause] * 3


async def test_time_spent_otherwise_counts_as_the_pause(clock: FakeClock) -> None:
    site = FakeSite({f"{HOST}/a": Page()}, clock)
    website = Website(site, clock)
    await website.page(f"{HOST}/a")
    clock.at += 60
    await website.page(f"{HOST}/a")
    assert clock.slept == [1.0, 0.0]


# --- sitemaps ----------------------------------------------------------------------------------


async def test_a_sitemap_lists_the_pages_before_they_are_read(clock: FakeClock) -> None:
    site = FakeSite({MAP: urlset(f"{HOST}/a", f"{HOST}/b")}, clock)
    listing = await Website(site, clock).addresses(MAP)
    assert listing.urls == (f"{HOST}/a", f"{HOST}/b")
    assert listing.problems == ()
    assert listing.complete
    assert site.asked == [ROBOTS, MAP]


async def test_an_index_is_followed_two_levels_down(clock: FakeClock) -> None:
    packed = Page(gzip.compress(urlset(f"{HOST}/b").data, mtime=0), "application/gzip")
    site = FakeSite(
        {
            MAP: index(f"{HOST}/1.xml", f"{HOST}/2.xml"),
            f"{HOST}/1.xml": urlset(f"{HOST}/a"),
            f"{HOST}/2.xml": index(f"{HOST}/3.xml.gz", f"{HOST}/4.xml"),
            f"{HOST}/3.xml.gz": packed,
            f"{HOST}/4.xml": index(f"{HOST}/5.xml"),
            f"{HOST}/5.xml": urlset(f"{HOST}/too-deep"),
        },
        clock,
    )
    listing = await Website(site, clock).addresses(MAP)
    assert listing.urls == (f"{HOST}/a", f"{HOST}/b")
    assert [problem for problem in listing.problems if "/5.xml was left out" in problem]
    assert not listing.complete


async def test_pages_of_other_sites_are_left_out_and_said(clock: FakeClock) -> None:
    urls = ["https://evil.example/x", f"{HOST}/a", "https://shop.example.com/y", "mailto:a@b.c"]
    site = FakeSite(
        {MAP: index(f"{HOST}/1.xml", "https://evil.example/2.xml"), f"{HOST}/1.xml": urlset(*urls)},
        clock,
    )
    listing = await Website(site, clock).addresses(MAP)
    assert listing.urls == (f"{HOST}/a",)
    elsewhere, broken = listing.problems
    assert "3 addresses on other sites" in elsewhere
    assert "1 addresses that cannot be read were left out (mailto:a@b.c)" in broken
    assert listing.complete
    assert not [url for url in site.asked if "evil" in url]


async def test_a_page_that_is_named_twice_is_read_once(clock: FakeClock) -> None:
    urls = (f"{HOST}/a", f"{HOST}/a/", f"{HOST}/a#top", "http://www.help.example.com/a")
    site = FakeSite({MAP: urlset(*urls)}, clock)
    assert (await Website(site, clock).addresses(MAP)).urls == (f"{HOST}/a",)


async def test_a_sitemap_that_names_itself_ends(clock: FakeClock) -> None:
    site = FakeSite(
        {MAP: index(MAP, f"{HOST}/1.xml", f"{HOST}/1.xml"), f"{HOST}/1.xml": urlset(f"{HOST}/a")},
        clock,
    )
    listing = await Website(site, clock).addresses(MAP)
    assert listing.complete
    assert site.pages_asked == [MAP, f"{HOST}/1.xml"]


@pytest.mark.parametrize(
    "part", [FetchFailed("part of it failed", 500), Page(b"<!DOCTYPE a><urlset/>", "text/xml")]
)
async def test_where_a_part_fails_the_others_are_listed_and_the_list_is_not_complete(
    clock: FakeClock, part: Page | FetchFailed
) -> None:
    site = FakeSite(
        {
            MAP: index(f"{HOST}/1.xml", f"{HOST}/2.xml"),
            f"{HOST}/1.xml": part,
            f"{HOST}/2.xml": urlset(f"{HOST}/a"),
        },
        clock,
    )
    listing = await Website(site, clock).addresses(MAP)
    assert listing.urls == (f"{HOST}/a",)
    assert not listing.complete
    assert "A part of the sitemap was left out" in listing.problems[0]


@pytest.mark.parametrize("number", [PAGES, PAGES + 1])
async def test_so_many_pages_are_read_and_no_more(clock: FakeClock, number: int) -> None:
    site = FakeSite({MAP: urlset(*(f"{HOST}/{n}" for n in range(number)))}, clock)
    listing = await Website(site, clock).addresses(MAP)
    assert len(listing.urls) == PAGES
    assert listing.complete == (number == PAGES)
    assert bool(listing.problems) == (number > PAGES)


async def test_once_there_are_enough_pages_no_further_sitemap_is_read(clock: FakeClock) -> None:
    site = FakeSite(
        {
            MAP: index(f"{HOST}/1.xml", f"{HOST}/2.xml"),
            f"{HOST}/1.xml": urlset(*(f"{HOST}/{n}" for n in range(PAGES))),
            f"{HOST}/2.xml": urlset(f"{HOST}/more"),
        },
        clock,
    )
    listing = await Website(site, clock).addresses(MAP)
    assert site.pages_asked == [MAP, f"{HOST}/1.xml"]
    assert not listing.complete
    assert "enough pages were found" in listing.problems[0]


@pytest.mark.parametrize("number", [SITEMAPS - 1, SITEMAPS, 1_000])
async def test_so_many_sitemaps_are_read_and_no_more(clock: FakeClock, number: int) -> None:
    parts = {f"{HOST}/{n}.xml": urlset(f"{HOST}/{n}") for n in range(number)}
    site = FakeSite({MAP: index(*parts), **parts}, clock)
    listing = await Website(site, clock).addresses(MAP)
    assert len(listing.urls) == min(number, SITEMAPS - 1)
    assert listing.complete == (number < SITEMAPS)


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (Page(b"<!doctype html><p>", "text/html"), r"/sitemap\.xml is a web page and no sitemap"),
        (urlset(), "names no page of its own site"),
        (urlset("https://evil.example/"), "no page of its own site: 1 addresses on other sites"),
    ],
)
async def test_a_sitemap_without_pages_is_an_error(clock: FakeClock, page: Page, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        await Website(FakeSite({MAP: page}, clock), clock).addresses(MAP)


async def test_a_sitemap_that_is_not_there_is_said(clock: FakeClock) -> None:
    with pytest.raises(FetchFailed, match="does not exist"):
        await Website(FakeSite({}, clock), clock).addresses(MAP)


async def test_a_sitemap_that_robots_txt_forbids_is_not_read(clock: FakeClock) -> None:
    site = FakeSite({ROBOTS: robots("User-agent: *\nDisallow: /"), MAP: urlset()}, clock)
    with pytest.raises(FetchRefused, match=r"robots\.txt"):
        await Website(site, clock).addresses(MAP)
