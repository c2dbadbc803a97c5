"""A website read through the one way out, from a real server on loopback."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from brain.contract import FetchRefused
from brain.knowledge.documents import Unreadable
from brain.knowledge.website.website import Website
from gateway.egress.addresses import Addresses, networks
from gateway.egress.egress import Egress
from tests.gateway.conftest import ManualClock
from tests.gateway.egress.fake_web import SITE, Canary, Site


@pytest.fixture
async def website(clock: ManualClock) -> AsyncIterator[Website]:
    async with Egress(Addresses(networks([SITE])), version="1") as egress:
        yield Website(egress, clock)


async def test_its_pages_are_listed_and_read(website: Website, site: Site) -> None:
    pages = "".join(f"<url><loc>{site.url(path)}</loc></url>" for path in ("/a", "/b", "/moved"))
    part = gzip.compress(f"<urlset>{pages}</urlset>".encode(), mtime=0)
    site.answers["/part.xml.gz"] = web.Response(body=part, content_type="application/gzip")
    named = f"<sitemap><loc>{site.url('/part.xml.gz')}</loc></sitemap>"
    root = site.text("/sitemap.xml", f"<sitemapindex>{named}</sitemapindex>", "application/xml")
    site.text("/robots.txt", "User-agent: *\nDisallow: /b", "text/plain")
    site.text("/a", "<h1>Returns</h1>")
    site.redirect("/moved", "/a")

    listing = await website.addresses(root)
    assert (listing.urls, listing.problems) == (
        (site.url("/a"), site.url("/b"), site.url("/moved")),
        (),
    )
    page, moved = await website.page(listing.urls[0]), await website.page(listing.urls[2])
    assert (page.name, page.data) == (f"{SITE}:{site.port}/a", b"<h1>Returns</h1>")
    assert (moved.name, moved.url) == (f"{SITE}:{site.port}/moved", site.url("/a"))
    with pytest.raises(FetchRefused, match=r"robots\.txt asks"):
        await website.page(listing.urls[1])
    assert [path for path, _ in site.seen].count("/robots.txt") == 1
    assert "/b" not in [path for path, _ in site.seen]


@pytest.mark.parametrize("path", ["/robots.txt", "/sitemap.xml", "/part.xml", "/a"])
async def test_no_part_of_a_site_leads_into_the_network(
    website: Website, site: Site, canary: Canary, path: str
) -> None:
    named = f"<sitemap><loc>{site.url('/part.xml')}</loc></sitemap>"
    site.text("/sitemap.xml", f"<sitemapindex>{named}</sitemapindex>", "application/xml")
    page = f"<url><loc>{site.url('/a')}</loc></url>"
    inside = f"<url><loc>http://127.0.0.1:{canary.port}/</loc></url>"
    site.text("/part.xml", f"<urlset>{page}{inside}</urlset>", "application/xml")
    site.text("/a", "hello")
    site.redirect(path, f"http://127.0.0.1:{canary.port}/inside")
    problems: list[str] = []
    try:
        listing = await website.addresses(site.url("/sitemap.xml"))
        problems.extend(listing.problems)
        for url in listing.urls:
            await website.page(url)
    except (FetchRefused, Unreadable) as error:
        problems.append(str(error))
    assert any("private_networks" in problem for problem in problems), problems


async def test_a_private_page_named_by_a_person_is_refused_in_words(
    website: Website, canary: Canary
) -> None:
    with pytest.raises(FetchRefused, match="an address of this machine itself"):
        await website.page(f"http://127.0.0.1:{canary.port}/admin")
