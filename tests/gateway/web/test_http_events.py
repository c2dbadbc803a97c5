"""The desk's event stream: what changed, and its end with the sign-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp
from sqlalchemy import delete, update

from gateway.conversations.messages import topic
from gateway.store.schema.people import sessions
from gateway.store.schema.pipeline import deliveries
from gateway.web.api.events import COMMENT_SECONDS, STREAMS_PER_PERSON
from tests.gateway.web.house import PASSWORD, Site, asked

PATIENCE = 5.0


@dataclass
class Reader:
    """Reads a stream block by block."""

    response: aiohttp.ClientResponse

    async def block(self) -> str:
        """One event or comment; empty when the stream has ended."""
        async with asyncio.timeout(PATIENCE):
            lines: list[str] = []
            async for line in self.response.content:
                if line == b"\n":
                    return "".join(lines)
                lines.append(line.decode())
            return ""

    async def until(self, wanted: str) -> str:
        while block := await self.block():
            if block.startswith(wanted):
                return block
        raise AssertionError(f"the stream ended before {wanted!r}")

    async def ends(self) -> bool:
        while await self.block():
            pass
        return True


@asynccontextmanager
async def stream(site: Site, headers: Mapping[str, str], query: str = "") -> AsyncGenerator[Reader]:
    async with site.http.get(site.url(f"/api/v1/events{query}"), headers=headers) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        assert response.headers["X-Accel-Buffering"] == "no"
        yield Reader(response)


async def test_both_events_come_at_the_start(site: Site) -> None:
    headers = await site.bearer()
    conversation = await site.house.says("Hello")
    async with stream(site, headers, f"?conversation={conversation}") as reader:
        assert await reader.block() == "event: conversations\ndata: {}\n"
        assert await reader.block() == f'event: conversation\ndata: {{"id": "{conversation}"}}\n'


async def test_a_change_of_another_conversation_is_one_of_the_list_only(site: Site) -> None:
    headers = await site.bearer()
    conversation = await site.house.says("Hello")
    async with stream(site, headers, f"?conversation={conversation}") as reader:
        await reader.block()
        await reader.block()
        site.house.clock.advance(1)
        await site.house.says("Hi", "visitor-2")
        assert (await reader.block()).startswith("event: conversations\n")
        await site.house.desk.say(
            asked(site.house.known["Ada"], conversation, "messages"), "// a note"
        )
        assert (await reader.block()).startswith("event: conversations\n")
        assert (await reader.block()).startswith("event: conversation\n")


async def test_what_became_of_a_delivery_is_a_change(site: Site) -> None:
    headers = await site.bearer()
    conversation = await site.house.says("Hello")
    await site.house.desk.say(asked(site.house.known["Ada"], conversation, "messages"), "Hi")
    async with stream(site, headers, f"?conversation={conversation}") as reader:
        await reader.block()
        await reader.block()

        # Committed without a wake-up, as on another node.
        await site.house.write(lambda unit: unit.execute(update(deliveries).values(state="sent")))
        assert (await reader.block()).startswith("event: conversation\n")


async def test_a_quiet_stream_says_that_it_is_there(site: Site) -> None:
    async with stream(site, await site.bearer()) as reader:
        await reader.until("event: conversations")
        site.house.clock.advance(COMMENT_SECONDS)
        assert (await reader.block()).startswith(": ")


async def test_signing_out_ends_the_stream(site: Site) -> None:
    await site.house.member("Ada")
    secret = (await site.house.people.sign_in("Ada", PASSWORD, "x")).secret
    async with stream(site, {"Cookie": f"frontdesk={secret}"}) as reader:
        await reader.until("event: conversations")
        await site.house.people.sign_out(secret)
        assert await reader.ends()


async def test_a_session_that_another_process_revoked_ends_the_stream(site: Site) -> None:
    cookie = await site.cookie()
    async with stream(site, {"Cookie": cookie}) as reader:
        await reader.until("event: conversations")
        await site.house.write(lambda unit: unit.execute(delete(sessions)))
        assert await reader.ends()


async def test_a_session_that_runs_out_ends_the_stream(site: Site) -> None:
    cookie = await site.cookie()
    async with stream(site, {"Cookie": cookie}) as reader:
        await reader.until("event: conversations")
        site.house.clock.advance(12 * 3600)
        assert await reader.ends()


async def test_a_revoked_token_and_a_disabled_member_end_the_stream(site: Site) -> None:
    headers = await site.bearer()
    async with stream(site, headers) as reader:
        await reader.until("event: conversations")
        assert (await site.house.people.revoke("Ada")).tokens == 1
        assert await reader.ends()
    async with stream(site, await site.bearer()) as reader:
        await reader.until("event: conversations")
        await site.house.people.disable("Ada")
        assert await reader.ends()


async def test_closing_the_gateway_ends_the_stream(site: Site) -> None:
    async with stream(site, await site.bearer()) as reader:
        await reader.until("event: conversations")
        site.parts.closing.set()
        assert await reader.ends()


async def test_a_persons_oldest_stream_makes_way(site: Site) -> None:
    headers = await site.bearer()
    async with AsyncExitStack() as opened:
        readers = [
            await opened.enter_async_context(stream(site, headers))
            for _ in range(STREAMS_PER_PERSON + 1)
        ]
        assert await readers[0].ends()
        for reader in readers[1:]:
            assert await reader.block()
        assert f"frontdesk_desk_streams {STREAMS_PER_PERSON}.0" in (await figures(site))


async def test_a_reader_that_went_away_is_noticed(site: Site) -> None:
    async with stream(site, await site.bearer()) as reader:
        await reader.block()
        reader.response.close()
    async with asyncio.timeout(PATIENCE):
        while "frontdesk_desk_streams 0.0" not in await figures(site):
            pass


async def figures(site: Site) -> str:
    async with site.http.get(site.url("/metrics")) as response:
        return await response.text()


async def test_a_stream_that_ended_leaves_no_listener(site: Site) -> None:
    conversation = await site.house.says("Hello")
    headers = await site.bearer()
    async with stream(site, headers, f"?conversation={conversation}") as reader:
        await reader.until("event: conversation\n")
        site.parts.closing.set()
        assert await reader.ends()
    known = vars(site.house.store.signals)["_listeners"]
    assert topic(conversation) not in known
