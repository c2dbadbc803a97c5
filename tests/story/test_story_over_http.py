"""The whole story on a fresh machine, by HTTP alone."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from tests.story.served import Agent, Visitor, served


@pytest.mark.timeout(120)
async def test_asked_answered_handed_over_answered_by_a_person_returned_and_closed(
    tmp_path: Path,
) -> None:
    unsafe = aiohttp.CookieJar(unsafe=True)  # An address without a name keeps cookies too.
    async with (
        served(tmp_path / "data") as running,
        aiohttp.ClientSession() as street,
        aiohttp.ClientSession(cookie_jar=unsafe) as office,
    ):
        visitor, agent = Visitor(street, running.base), Agent(office, running.base)
        await visitor.arrive()
        await visitor.say("How long can I return something?")
        answer = await visitor.hear("assistant")
        assert "60 days" in answer["text"]
        assert "AI assistant" in answer["text"]
        (source,) = answer["citations"]
        assert source["title"] == "Returns: how to send something back"
        assert any(choice["id"] == "person" for choice in answer["choices"])

        await visitor.say("I want a person")
        told = await visitor.hear("system")
        assert "our team" in told["text"]

        await agent.welcome(running.first_link)
        (waiting,) = await agent.waiting()
        assert waiting["reason"] == "asked_for_person"
        seen = await agent.look(waiting["id"])
        assert seen["brief"]["question"] == "How long can I return something?"
        assert [message["author"] for message in seen["messages"]] == [
            "customer",
            "assistant",
            "customer",
            "system",
        ]

        await agent.do(waiting["id"], "take")
        await agent.do(waiting["id"], "messages", text="// is usually quick to reply", note=True)
        await agent.do(waiting["id"], "messages", text="Hello, Maya here. What is it about?")
        said = await visitor.hear("staff")
        assert said["text"] == "Hello, Maya here. What is it about?"
        assert said["name"] == "Maya"

        await agent.do(waiting["id"], "return")
        await visitor.say("What does shipping cost?")
        answer = await visitor.hear("assistant")
        assert "£" in answer["text"]
        assert answer["citations"]
        assert not any("usually quick" in message["text"] for message in visitor.seen)

        await agent.do(waiting["id"], "resolve")
        closed = await agent.look(waiting["id"])
        assert [case["outcome"] for case in closed["cases"]] == ["staff"]


@pytest.mark.timeout(120)
async def test_a_button_is_a_way_to_a_person_on_every_imitated_channel(tmp_path: Path) -> None:
    channels = ("web", "web-whatsapp", "web-slack", "web-telegram", "web-discord")
    async with served(tmp_path / "data") as running, aiohttp.ClientSession() as street:
        for channel in channels:
            visitor = Visitor(street, running.base, channel)
            await visitor.arrive()
            await visitor.say("What does shipping cost?")
            answer = await visitor.hear("assistant")
            while not answer["choices"]:
                answer = await visitor.hear("assistant")
            await visitor.choose(answer["id"], "person")
            told = await visitor.hear("system")
            assert "our team" in told["text"]
