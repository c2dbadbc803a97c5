"""One conversation as staff see it; whatever anybody wrote comes out inert."""

from __future__ import annotations

from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy import update

from channels.contract import Choice, Link
from gateway.conversations.deliveries import enqueue
from gateway.conversations.messages import append_prepared
from gateway.conversations.ownership import expect
from gateway.desk.letters import NotDead, UnknownDelivery, discard, listed, retry
from gateway.desk.view import MESSAGES, worst
from gateway.records import Brief, Piece, Prepared
from gateway.store.schema.conversation import attachments, conversations, identities, messages
from gateway.store.schema.library import documents, passages
from gateway.store.schema.pipeline import deliveries
from gateway.store.unit import Unit
from tests.gateway.web.house import House, asked

XSS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "![x](https://evil.example/p.png)",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<form id=x><input name=attributes>",
    "<style>@import 'https://evil.example/x.css'</style>",
    "`<b onmouseover=alert(1)>`",
    "<details open ontoggle=alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "<!--<img src=--><img src=x onerror=alert(1)//>",
)
ALLOWED = frozenset(
    {
        "p",
        "br",
        "a",
        "strong",
        "em",
        "b",
        "i",
        "s",
        "del",
        "code",
        "pre",
        "ul",
        "ol",
        "li",
        "blockquote",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "span",
    }
)


class Watch(HTMLParser):
    """What a browser would be asked to do."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED:
            self.found.append(tag)
        for name, value in attrs:
            good = name == "href" and (value or "").startswith(("https://", "http://", "mailto:"))
            if not good and name not in {"rel", "target", "start", "dir", "lang"}:
                self.found.append(f"{tag} {name}={value}")


def dangers(html: str) -> list[str]:
    watch = Watch()
    watch.feed(html)
    watch.close()
    return watch.found


def outgoing(text: str, author: Any = "assistant") -> Prepared:
    return Prepared(
        author,
        text,
        pieces=(Piece(text, text),),
        choices=(Choice("person", text[:20]),),
        citations=(Link(text, "javascript:alert(1)", text), Link("Good", "https://a.example", "p")),
    )


@pytest.mark.parametrize("vector", XSS)
async def test_everything_that_is_shown_comes_out_inert(house: House, vector: str) -> None:
    ada = await house.member("Ada")
    conversation = await house.says(vector, name=vector)
    brief = Brief(vector, vector, vector, vector, (vector,), ({"passage": vector},))
    await house.to_the_queue(conversation, brief)
    await house.desk.say(asked(ada, conversation, "messages"), f"// {vector}")
    await house.desk.say(asked(ada, conversation, "messages"), f"See {vector}")

    def answers(unit: Unit) -> None:
        row = expect(unit, conversation, None)
        append_prepared(unit, conversation, outgoing(vector), row["case_id"])

    await house.write(answers)
    shown = await house.view(conversation, ada.id)
    assert len(shown["messages"]) == 5
    for message in shown["messages"]:
        assert dangers(message["html"]) == []
    customer = shown["messages"][0]
    assert unescape(customer["html"].replace("<br>", "\n")) == vector == customer["text"]
    links = [link["url"] for message in shown["messages"] for link in message["citations"]]
    assert links == [None, "https://a.example"]
    assert shown["brief"]["question"] == vector
    assert shown["brief"]["sources"] == [{"title": vector, "url": None, "passage": vector}]


def test_the_watch_sees_danger() -> None:
    assert dangers("<img src=x onerror=alert(1)>") != []
    assert dangers('<a href="javascript:alert(1)">x</a>') != []
    assert dangers("<p>fine</p>") == []


async def test_our_own_markdown_is_shown_as_the_customer_sees_it(house: House) -> None:
    ada = await house.member("Ada")
    conversation = await house.says("**not bold**\nsecond line")
    await house.desk.say(asked(ada, conversation, "messages"), "**bold** https://a.example/x")
    customer, _, staff = (await house.view(conversation))["messages"]
    assert customer["html"] == "**not bold**<br>second line"
    assert "<strong>bold</strong>" in staff["html"]
    assert (staff["name"], staff["author"], staff["delivery"]) == ("Ada", "staff", "queued")


async def test_the_view_says_who_and_what_became_of_it(house: House) -> None:
    ada = await house.member("Ada")
    conversation = await house.says("Hello", name="Kim")
    await house.to_the_queue(conversation, Brief(question="Hello", reason="r", tried=("a", "b")))
    await house.desk.say(asked(ada, conversation, "messages"), "Hi Kim")
    await house.write(
        lambda unit: unit.execute(
            update(deliveries)
            .where(deliveries.c.author == "staff")
            .values(state="failed", error="blocked")
        )
    )
    await house.write(lambda unit: unit.execute(update(identities).values(verified="site")))
    shown = await house.view(conversation, ada.id)
    assert (shown["owner"], shown["owner_name"], shown["mine"]) == ("staff", "Ada", True)
    assert shown["contact"]["name"] == "Kim"
    assert shown["contact"]["identities"] == [
        {"channel": "web", "external_id": "visitor-1", "name": "Kim", "verified": "site"}
    ]
    assert shown["brief"]["identity"] == "site"
    assert shown["brief"]["tried"] == ["a", "b"]
    assert [case["number"] for case in shown["cases"]] == [1]
    last = shown["messages"][-1]
    assert last["delivery"] == "failed"
    assert [one["error"] for one in last["deliveries"]] == ["blocked"]


async def test_the_briefs_sources_have_their_titles(house: House) -> None:
    conversation = await house.says("Hello")

    def add(unit: Unit) -> None:
        unit.insert(
            documents,
            id="returns",
            title="Returns",
            origin="o",
            url="https://shop.example/returns",
            audience="public",
            hash="h",
            added_at=unit.now,
        )
        unit.insert(passages, id="p1", document_id="returns", position=0, body="30 days")

    await house.write(add)
    brief = Brief(question="q", reason="r", sources=({"passage": "p1"}, {"passage": "gone"}))
    await house.to_the_queue(conversation, brief)
    assert (await house.view(conversation))["brief"]["sources"] == [
        {"title": "Returns", "url": "https://shop.example/returns", "passage": "p1"},
        {"title": "gone", "url": None, "passage": "gone"},
    ]


async def test_files_have_an_address_once_they_are_stored(house: House) -> None:
    conversation = await house.says("See this")
    [message] = await house.rows(messages)

    def attach(unit: Unit) -> None:
        for state, name in (("stored", "a.png"), ("pending", "b.png")):
            unit.insert(
                attachments,
                id=name[0],
                conversation_id=conversation,
                message_id=message["id"],
                channel="web",
                name=name,
                content_type="image/png",
                size=3,
                sha256="0" * 64,
                state=state,
                created_at=unit.now,
            )

    await house.write(attach)
    [shown] = (await house.view(conversation))["messages"]
    urls = {file["name"]: file["url"] for file in shown["files"]}
    assert urls["b.png"] is None
    assert house.links.attachment(urls["a.png"].removeprefix("/files/")) == "a"


async def test_what_a_customer_took_back_is_not_shown(house: House) -> None:
    conversation = await house.says("my card is 4111")
    await house.write(lambda unit: unit.execute(update(messages).values(deleted_at=unit.now)))
    [shown] = (await house.view(conversation))["messages"]
    assert (shown["text"], shown["html"], shown["deleted"]) == ("", "", True)


async def test_a_long_conversation_comes_in_pages(house: House) -> None:
    conversation = await house.says("first")
    many = MESSAGES + 30

    def fill(unit: Unit) -> None:
        for number in range(2, many + 1):
            unit.insert(
                messages,
                id=f"m{number}",
                conversation_id=conversation,
                seq=number,
                author="customer",
                body=str(number),
                at=unit.now,
            )

    await house.write(fill)
    last = await house.view(conversation)
    assert [one["seq"] for one in last["messages"]] == list(range(31, many + 1))
    assert last["earlier"] == 31
    first = await house.views.one(conversation, "", before=last["earlier"])
    assert first is not None
    assert [one["seq"] for one in first["messages"]] == list(range(1, 31))
    assert first["earlier"] is None


async def test_another_tenants_conversation_is_not_there(house: House) -> None:
    conversation = await house.says("Hello")
    await house.write(lambda unit: unit.execute(update(conversations).values(tenant_id="other")))
    assert await house.views.one(conversation, "") is None


def test_a_message_is_as_bad_as_its_worst_part() -> None:
    assert worst(["sent", "failed", "withdrawn"]) == "failed"
    assert worst(["read", "delivered"]) == "delivered"
    assert worst([]) is None


async def dead_letter(house: House, state: str = "failed") -> str:
    conversation = await house.says("Hello", f"visitor {state}")

    def answers(unit: Unit) -> None:
        row = expect(unit, conversation, None)
        said = outgoing("An answer")
        enqueue(unit, row, append_prepared(unit, conversation, said, row["case_id"]), said, 0)
        unit.execute(
            update(deliveries)
            .where(deliveries.c.conversation_id == conversation)
            .values(state=state)
        )

    await house.write(answers)
    return next(
        row["id"] for row in await house.rows(deliveries) if row["conversation_id"] == conversation
    )


async def test_dead_letters_are_listed_and_decided_once(house: House) -> None:
    failed, uncertain = await dead_letter(house), await dead_letter(house, "uncertain")
    sent = await dead_letter(house, "sent")
    found = await house.store.read(lambda reading: listed(reading, "failed"))
    assert [(item["id"], item["text"]) for item in found.items] == [(failed, "An answer")]
    assert await house.store.write(lambda unit: retry(unit, failed)) == "queued"
    assert await house.store.write(lambda unit: discard(unit, uncertain)) == "discarded"
    for delivery in (failed, uncertain, sent):
        with pytest.raises(NotDead):
            await house.store.write(lambda unit, one=delivery: discard(unit, one))
    with pytest.raises(UnknownDelivery):
        await house.store.write(lambda unit: retry(unit, "nothing"))
