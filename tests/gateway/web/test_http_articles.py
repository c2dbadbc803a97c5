"""Articles written and edited over real HTTP: what is shown, what is refused, what is kept."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from gateway.knowledge.shelves import StoredPassages
from gateway.knowledge.writing import BODY_LIMIT
from tests.gateway.web.house import Site

API = "/api/v1/knowledge"
TEXT = {"title": "Returns", "text": "# Returns\n\nSend it back within **30** days."}


def request(**more: Any) -> dict[str, Any]:
    return {**TEXT, "request": str(uuid4()), **more}


async def test_an_article_is_written_changed_and_gone_back_to(site: Site) -> None:
    agent, lead = await site.bearer("Ada"), await site.bearer("Lea", "lead")
    body = request(why="asked for", audience="customers", language="en", review_by="2030-12-31")
    assert (await site.post(f"{API}/articles/write", body, agent))[0] == 403
    status, saved = await site.post(f"{API}/articles/write", body, lead)
    assert status == 200
    id = saved["id"]
    _, seen = await site.get(f"{API}/article?id={id}", agent)
    assert (seen["edition"], seen["ours"], seen["review_by"]) == ("1", True, "2030-12-31")
    change = request(id=id, edition="1", text="Send it back within 14 days.")
    assert (await site.post(f"{API}/articles/write", change, lead))[0] == 200
    late = request(id=id, edition="1", text="Keep it.")
    status, problem = await site.post(f"{API}/articles/write", late, lead)
    assert (status, problem["edition"]) == (409, "2")
    assert {"sign": "gone", "text": "Send it back within 14 days."} in problem["difference"]
    assert {"sign": "new", "text": "Keep it."} in problem["difference"]
    _, page = await site.get(f"{API}/versions?id={id}", agent)
    assert [(one["number"], one["by"], one["why"]) for one in page["items"]] == [
        (2, "Lea", ""),
        (1, "Lea", "asked for"),
    ]
    _, second = await site.get(f"{API}/version?id={id}&number=2", agent)
    assert {"sign": "new", "text": "Send it back within 14 days."} in second["difference"]
    back = {"id": id, "edition": "2", "number": 1, "request": str(uuid4())}
    assert (await site.post(f"{API}/articles/restore", back, lead))[0] == 200
    [passage] = await StoredPassages(site.house.store).all("main")
    assert passage.text == "Send it back within **30** days."
    decided = {"id": id, "edition": "3", "keep": "source", "request": str(uuid4())}
    assert (await site.post(f"{API}/articles/decide", decided, lead))[0] == 422
    decided["source"] = "gone"
    assert (await site.post(f"{API}/articles/decide", decided, lead))[0] == 409


async def test_a_preview_is_what_answers_without_an_authors_markup(site: Site) -> None:
    lead = await site.bearer("Lea", "lead")
    hostile = (
        "# Returns\n\nIn **30** days. <img src=x onerror=alert(1)> [x](javascript:alert(1))\n\n"
        "## Abroad\n\n<script>alert(1)</script>\n\nIn 60 days."
    )
    status, shown = await site.post(f"{API}/articles/preview", {**TEXT, "text": hostile}, lead)
    assert (status, shown["count"]) == (200, 1)
    assert "<strong>30</strong>" in shown["passages"][0]["html"]
    for sign in ("<img", "<script", "javascript:"):
        assert sign not in "".join(one["html"] for one in shown["passages"])
    _, page = await site.get(f"{API}/articles", lead)
    assert page["items"] == []


REFUSED: list[tuple[dict[str, Any], int]] = [
    ({"title": " \n "}, 422),
    ({"title": "x" * 301}, 422),
    ({"text": ""}, 409),
    ({"text": "x" * (BODY_LIMIT + 1)}, 422),
    ({"text": "ä" * (BODY_LIMIT // 2 + 1)}, 409),
    ({"text": "a\0b"}, 400),
    ({"url": "javascript:alert(1)"}, 422),
    ({"url": "https://["}, 422),
    ({"audience": "everybody"}, 422),
    ({"language": "english"}, 422),
    ({"review_by": "2030-02-30"}, 422),
    ({"marks": ["secret"]}, 422),
    ({"request": "1"}, 422),
    ({"id": "nothing", "edition": "1"}, 404),
]


async def test_what_is_no_article_is_refused(site: Site) -> None:
    lead = await site.bearer("Lea", "lead")
    for more, status in REFUSED:
        answer = await site.post(f"{API}/articles/write", request(**more), lead)
        assert (answer[0], list(more)) == (status, list(more)), answer[1]
    assert (await site.get(f"{API}/articles", lead))[1]["items"] == []
