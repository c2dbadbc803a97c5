"""The stream: every item once and in order, owner and typing, comments, and an end when told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from channels.contract import Choice, Link, TimelineFile, TimelineState
from channels.events import Address
from channels.kinds import CAPABILITIES, imitate
from channels.webchat.pieces import event, html_for, item_json
from channels.webchat.stream import STREAM_SECONDS, STREAMS_PER_SESSION
from tests.channels.fakes import NOW, item
from tests.contract.harness.web import Rig, bearer, channel, next_event, rig


@pytest.fixture
async def web() -> AsyncIterator[Rig]:
    async with rig() as opened:
        yield opened


OWNER = ("owner", {"owner": "assistant", "name": None}, None)


async def test_the_stream_opens_before_the_first_message(web: Rig) -> None:
    session, token = await web.open()
    stream = await web.events(token)
    assert stream.status == 200
    assert stream.content_type == "text/event-stream"
    assert stream.headers["X-Accel-Buffering"] == "no"
    assert stream.headers["Cache-Control"] == "no-store"
    assert await next_event(stream) == OWNER
    await web.timeline.say(Address(session), "**Thirty** days.")
    name, data, place = await next_event(stream)
    assert (name, place) == ("message", "1")
    assert (data["seq"], data["author"], data["text"]) == (1, "assistant", "**Thirty** days.")
    assert "<strong>Thirty</strong>" in data["html"]


async def test_a_stream_resumes_after_what_was_seen(web: Rig) -> None:
    session, token = await web.open()
    for number in range(1, 6):
        await web.timeline.say(Address(session), f"part {number}")
    resumed = (
        await web.events(token, after=3),
        await web.events(token, 0, **{"Last-Event-ID": "3"}),
    )
    for stream in resumed:
        assert await next_event(stream) == OWNER
        seen = [(await next_event(stream))[1]["seq"] for _ in range(2)]
        assert seen == [4, 5]


async def test_a_long_history_arrives_whole_and_in_order(web: Rig) -> None:
    session, token = await web.open()
    for number in range(450):
        await web.timeline.say(Address(session), f"part {number}", "customer")
    stream = await web.events(token)
    await next_event(stream)
    assert [(await next_event(stream))[1]["seq"] for _ in range(450)] == list(range(1, 451))


async def test_a_visitor_sees_nobody_elses_messages(web: Rig) -> None:
    other, _ = await web.open()
    session, token = await web.open()
    stream = await web.events(token)
    await next_event(stream)
    await web.timeline.say(Address(other), "not yours")
    await web.timeline.say(Address(session), "yours")
    assert (await next_event(stream))[1]["text"] == "yours"


async def test_owner_and_typing_are_told_when_they_change(web: Rig) -> None:
    session, token = await web.open()
    address = Address(session)
    stream = await web.events(token)
    assert await next_event(stream) == OWNER
    await web.timeline.become(address, TimelineState("assistant", None, typing=True, seq=0))
    assert await next_event(stream) == ("typing", {"on": True}, None)
    await web.timeline.become(address, TimelineState("staff", "Ada", typing=False, seq=0))
    assert await next_event(stream) == ("owner", {"owner": "staff", "name": "Ada"}, None)
    assert await next_event(stream) == ("typing", {"on": False}, None)


async def test_a_quiet_stream_comments(web: Rig) -> None:
    _, token = await web.open()
    stream = await web.events(token)
    await next_event(stream)
    await web.timeline.quiet(1)
    await web.timeline.tick()
    assert (await stream.content.readline()).startswith(b":")


async def test_every_stream_ends_when_the_gateway_closes(web: Rig) -> None:
    _, token = await web.open()
    streams = [await web.events(token) for _ in range(3)]
    for stream in streams:
        await next_event(stream)
    web.channel.closing.set()
    for stream in streams:
        assert await asyncio.wait_for(stream.content.read(), 5) == b""


async def test_a_stream_ends_after_a_while_so_that_its_token_is_looked_at_again(web: Rig) -> None:
    _, token = await web.open()
    stream = await web.events(token)
    await next_event(stream)
    await web.timeline.quiet(1)
    web.clock.at += STREAM_SECONDS
    await web.timeline.tick()
    assert (await stream.content.read()).startswith(b":")


async def test_the_oldest_of_too_many_streams_makes_way(web: Rig) -> None:
    session, token = await web.open()
    streams = [await web.events(token) for _ in range(STREAMS_PER_SESSION + 1)]
    for stream in streams:
        await next_event(stream)
    assert await streams[0].content.read() == b""
    await web.timeline.say(Address(session), "still here")
    for stream in streams[1:]:
        assert (await next_event(stream))[1]["text"] == "still here"


async def test_a_hundred_reconnects_lose_and_double_nothing(web: Rig) -> None:
    session, token = await web.open()
    seen: list[int] = []
    for number in range(100):
        await web.timeline.say(Address(session), f"part {number}")
        stream = await web.events(token, after=seen[-1] if seen else 0)
        await next_event(stream)
        seen.append((await next_event(stream))[1]["seq"])
        stream.close()
    assert seen == list(range(1, 101))


@pytest.mark.parametrize("after", ["-1", "x", "1e3", "99999999999999999999"])
async def test_a_place_that_is_none_is_refused(web: Rig, after: str) -> None:
    _, token = await web.open()
    by_query = await web.client.get(f"/chat/web/events?after={after}", headers=bearer(token))
    by_header = await web.client.get(
        "/chat/web/events", headers={**bearer(token), "Last-Event-ID": after}
    )
    assert (by_query.status, by_header.status) == (400, 400)


# --- Pieces ------------------------------------------------------------------------------------


def test_a_message_has_all_its_parts() -> None:
    shown = item(
        "See our page.",
        "staff",
        name="Ada",
        citations=(
            Link("Returns", "https://fernhill.example/returns", "Thirty days."),
            Link("Notes", None, "…"),
            Link("Trick", "javascript:alert(1)", "…"),
        ),
        choices=(Choice("person", "Talk to a person"),),
        files=(TimelineFile("f-1", "label.pdf", "application/pdf", 10, "/files/abc"),),
    )
    data = item_json(shown, html_for(CAPABILITIES["web"]))
    assert (data["name"], data["at"]) == ("Ada", NOW)
    assert [link["url"] for link in data["citations"]] == [
        "https://fernhill.example/returns",
        None,
        None,
    ]
    assert data["choices"] == [{"id": "person", "label": "Talk to a person"}]
    assert data["files"][0]["url"] == "/files/abc"
    assert "name" not in item_json(item("hello"), html_for(CAPABILITIES["web"]))


HOSTILE = "<img src=x onerror=alert(1)> <script>alert(1)</script> [x](javascript:alert(1))"


@pytest.mark.parametrize("kind", sorted(CAPABILITIES))
@pytest.mark.parametrize("author", ["customer", "assistant", "staff", "system"])
def test_no_markup_of_a_writer_becomes_markup(kind: str, author: str) -> None:
    shown = item(HOSTILE, author)  # pyright: ignore[reportArgumentType] - one of the four
    data = item_json(shown, html_for(imitate(kind)))
    assert "<img" not in data["html"]
    assert "<script" not in data["html"]
    assert 'href="javascript' not in data["html"]


def test_a_customers_text_is_shown_as_it_was_written() -> None:
    data = item_json(item("**a**\n<b>", "customer"), html_for(CAPABILITIES["web"]))
    assert (data["text"], data["html"]) == ("**a**\n<b>", "**a**<br>&lt;b&gt;")


def test_an_imitated_channel_shows_its_own_dialect() -> None:
    data = item_json(item("*bold* and **not**"), html_for(imitate("whatsapp")))
    assert "<strong>bold</strong>" in data["html"] or "<b>bold</b>" in data["html"]


def test_no_text_breaks_the_lines_of_the_stream() -> None:
    text = "one\ntwo\r\nthree\u2028four\n\ndata: {}\n\nevent: owner"
    raw = event("message", {"text": text}, 7).decode("ascii")
    lines = raw.split("\n")
    assert lines[0:2] == ["event: message", "id: 7"]
    assert lines[3:] == ["", ""]
    assert json.loads(lines[2].removeprefix("data: ")) == {"text": text}


async def test_two_channels_of_one_gateway_keep_their_visitors_apart() -> None:
    async with rig(channel(), channel("whatsapp-look", shown_as="whatsapp")) as web:
        _, token = await web.open()
        response = await web.client.get("/chat/whatsapp-look/events", headers=bearer(token))
        assert response.status == 401
