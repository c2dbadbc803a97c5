"""The knowledge over real HTTP: who may read and change it, what comes back, what is refused."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from brain.contract import Passage
from brain.knowledge.documents import Document
from gateway.knowledge.fingerprint import fingerprint
from gateway.knowledge.library import Chapter, put
from gateway.knowledge.origins import Place, configure
from gateway.knowledge.records import About
from gateway.store.schema.conversation import conversations
from gateway.store.unit import Unit
from gateway.web.api.knowledge import FILE_LIMIT
from tests.gateway.web.house import Site

API = "/api/v1/knowledge"


def chapter(id: str, *, draft: bool = False) -> Chapter:
    document = Document(
        id=id,
        title=id.title(),
        source="kb",
        url=None,
        audience="public",
        language="en",
        demo=False,
        draft=draft,
        body=f"All about {id}.",
        hash=id,
    )
    passage = Passage(f"p-{id}", id, "main", id.title(), (id.title(),), f"All about {id}.")
    return Chapter(document, (passage,), fingerprint(document))


async def shelve(site: Site, *chapters: Chapter) -> None:
    def unit(unit: Unit) -> None:
        configure(unit, [Place("path", "/kb", "kb", About())])
        put(unit, "/kb", chapters)

    await site.house.store.write(unit)


async def items(site: Site, path: str, headers: dict[str, str]) -> list[Any]:
    status, page = await site.get(f"{API}/{path}", headers)
    assert status == 200
    found: list[Any] = page["items"]
    return found


async def test_agents_read_and_only_leads_change(site: Site) -> None:
    await shelve(site, chapter("returns"))
    agent, lead = await site.bearer("Ada"), await site.bearer("Lea", "lead")
    assert (await site.get(f"{API}/articles"))[0] == 401
    assert [item["id"] for item in await items(site, "articles", agent)] == ["returns"]
    removal = {"id": "returns"}
    assert (await site.post(f"{API}/articles/remove", removal, agent))[0] == 403
    assert (await site.post(f"{API}/articles/remove", removal, lead))[0] == 200
    assert await items(site, "articles", agent) == []
    assert (await site.post(f"{API}/articles/remove", removal, lead))[0] == 404


async def test_a_reading_token_changes_nothing(site: Site) -> None:
    await shelve(site, chapter("returns"))
    headers = await site.bearer("Lea", "lead", scope="read")
    status, _ = await site.post(f"{API}/articles/remove", {"id": "returns"}, headers)
    assert status == 403
    assert len(await items(site, "articles", headers)) == 1


async def test_an_address_is_put_in_line_once(site: Site) -> None:
    headers = await site.bearer("Lea", "lead")
    body = {"url": "https://help.example.com/", "kind": "url", "owner": "Shop team"}
    _, first = await site.post(f"{API}/sources", body, headers)
    _, again = await site.post(f"{API}/sources", body, headers)
    assert first == again
    [source] = await items(site, "sources", headers)
    assert (source["id"], source["state"], source["owner"]) == (first["id"], "waiting", "Shop team")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "https://me:pw@help.example.com/", "help"])
async def test_what_is_no_public_address_is_refused(site: Site, url: str) -> None:
    headers = await site.bearer("Lea", "lead")
    status, problem = await site.post(f"{API}/sources", {"url": url, "kind": "url"}, headers)
    assert status == 409
    assert "pw" not in problem["detail"].split()
    assert await items(site, "sources", headers) == []


async def test_an_uploaded_file_is_kept_and_put_in_line(site: Site) -> None:
    headers = await site.bearer("Lea", "lead")
    address = site.url(f"{API}/files?name=../../faq.md&audience=customers")
    async with site.http.post(address, data=b"# FAQ\n\nYes.", headers=headers) as response:
        assert response.status == 200
    [source] = await items(site, "sources", headers)
    assert (source["kind"], source["place"], source["audience"]) == (
        "upload",
        "faq.md",
        "customers",
    )


async def test_an_upload_that_is_empty_or_too_large_is_refused(site: Site) -> None:
    headers = await site.bearer("Lea", "lead")
    address = site.url(f"{API}/files?name=faq.md")
    for data, status in ((b"", 422), (b"x" * (FILE_LIMIT + 1), 413)):
        async with site.http.post(address, data=BytesIO(data), headers=headers) as response:
            assert response.status == status
    assert await items(site, "sources", headers) == []


async def test_a_cookie_uploads_from_the_desk_only(site: Site) -> None:
    await site.house.member("Lea", "lead")
    cookie = {"Cookie": await site.cookie("Lea"), "Origin": "https://elsewhere.example"}
    address = site.url(f"{API}/files?name=faq.md")
    async with site.http.post(address, data=b"# FAQ", headers=cookie) as response:
        assert response.status == 403
    own = {**cookie, "Origin": site.origin, "X-Frontdesk": "1"}
    async with site.http.post(address, data=b"# FAQ", headers=own) as response:
        assert response.status == 200


async def test_a_configured_source_is_read_again_and_not_removed(site: Site) -> None:
    await shelve(site, chapter("returns"))
    headers = await site.bearer("Lea", "lead")
    [source] = await items(site, "sources", headers)
    one = f"{API}/sources/{source['id']}"
    assert (await site.post(f"{one}/read", {}, headers))[0] == 200
    status, problem = await site.post(f"{one}/remove", {}, headers)
    assert status == 409
    assert "configuration" in problem["detail"]
    assert (await site.post(f"{API}/sources/nothing/read", {}, headers))[0] == 404


async def test_a_draft_is_reviewed_published_and_taken_back(site: Site) -> None:
    await shelve(site, chapter("returns", draft=True))
    headers = await site.bearer("Lea", "lead")
    _, review = await site.get(f"{API}/review", headers)
    assert (review["open"], [line["id"] for line in review["drafts"]]) == (1, ["returns"])
    assert (await site.post(f"{API}/articles/publish", {"id": "returns"}, headers))[0] == 200
    _, article = await site.get(f"{API}/article?id=returns", headers)
    assert not article["draft"]
    assert article["passages"][0]["text"] == "All about returns."
    assert (await site.post(f"{API}/articles/unpublish", {"id": "returns"}, headers))[0] == 200
    _, article = await site.get(f"{API}/article?id=returns", headers)
    assert (article["draft"], article["passages"]) == (True, [])
    assert (await site.get(f"{API}/article?id=nothing", headers))[0] == 404


async def test_a_question_is_tried_without_a_customer(site: Site) -> None:
    headers = await site.bearer()
    status, tried = await site.post(f"{API}/try", {"question": "May I?"}, headers)
    assert status == 200
    assert (tried["decision"]["kind"], tried["decision"]["text"]) == ("reply", "May I?")
    assert [hit["document"] for hit in tried["hits"]] == ["returns"]
    assert await site.house.rows(conversations) == []


async def test_articles_are_found_by_title_and_page_by_page(site: Site) -> None:
    await shelve(site, *(chapter(f"article-{number}") for number in range(5)))
    headers = await site.bearer()
    _, page = await site.get(f"{API}/articles?limit=3", headers)
    _, rest = await site.get(f"{API}/articles?limit=3&cursor={page['next']}", headers)
    ids = [item["id"] for item in (*page["items"], *rest["items"])]
    assert (sorted(ids), rest["next"]) == ([f"article-{number}" for number in range(5)], None)
    assert [item["id"] for item in await items(site, "articles?q=ARTICLE-3", headers)] == [
        "article-3"
    ]


async def test_an_id_that_no_database_takes_is_refused(site: Site) -> None:
    headers = await site.bearer("Lea", "lead")
    assert (await site.get(f"{API}/article?id=a%00b", headers))[0] == 400
    for id in ("a\0b", "a\ud800"):
        assert (await site.post(f"{API}/articles/remove", {"id": id}, headers))[0] == 400
        assert (await site.post(f"{API}/try", {"question": id}, headers))[0] == 400
