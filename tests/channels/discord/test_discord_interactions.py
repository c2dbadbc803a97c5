"""Buttons and the command for a person: on disk first, answered in time, and only for whom they are
meant."""

from __future__ import annotations

from typing import Any

import pytest

from channels.discord.buttons import Button, mark_of
from channels.discord.words import ABOUT, HUMAN_COMMAND, NOT_YOURS, PASSED_ON, localised, word
from channels.errors import IntakeClosed
from channels.events import Address, Chosen, Commanded
from tests.contract.harness.discord import Rig, rig
from tests.platforms.discord_world import Json

MARK = mark_of("d-1")


def interaction(opened: Rig, room: Json, who: Json, **fields: Any) -> Json:
    body: Json = {
        "id": opened.platform.world.snowflake(),
        "application_id": "1",
        "type": 3,
        "token": "an-interactions-token",
        "channel_id": room["id"],
        "message": {"id": "77"},
        "locale": "de",
        **fields,
    }
    if "guild_id" in room:
        return {**body, "guild_id": room["guild_id"], "member": {"user": who, "roles": []}}
    return {**body, "user": who}


async def came(opened: Rig, body: Json) -> Json:
    """What the platform was answered."""
    await opened.platform.gateway.dispatch("INTERACTION_CREATE", body)
    await opened.platform.until_asked("POST", "/callback")
    (answer,) = opened.platform.rest.answered
    return answer


async def test_a_press_is_taken_and_then_answered() -> None:
    async with rig() as opened:
        await opened.listen()
        ada = opened.customer
        custom = Button(MARK, ada["id"], "person").custom_id
        body = interaction(opened, opened.room, ada, data={"custom_id": custom})
        answer = await came(opened, body)
        event = opened.intake.events[-1]
        assert isinstance(event, Chosen)
        assert (event.external_id, event.message, event.choice) == (body["id"], "77", "person")
        assert event.address == Address(opened.room["id"], f"@{ada['id']}")
        assert event.reply_context["message"] == "77"
        assert (answer["interaction"], answer["token"]) == (body["id"], body["token"])
        assert answer["type"] == 6


async def test_a_press_of_somebody_else_is_told_so_alone() -> None:
    async with rig() as opened:
        await opened.listen()
        known = len(opened.intake.events)
        custom = Button(MARK, opened.customer["id"], "person").custom_id
        body = interaction(opened, opened.room, opened.stranger, data={"custom_id": custom})
        answer = await came(opened, body)
        assert answer["data"] == {"content": NOT_YOURS["de"], "flags": 64}
        assert len(opened.intake.events) == known


async def test_a_press_that_is_not_on_disk_is_not_answered() -> None:
    async with rig() as opened:
        await opened.listen()
        opened.intake.closed = True
        custom = Button(MARK, "", "person").custom_id
        body = interaction(opened, opened.direct, opened.customer, data={"custom_id": custom})
        await opened.platform.gateway.dispatch("INTERACTION_CREATE", body)
        assert isinstance(await opened.listener.ended(), IntakeClosed)
        assert opened.platform.rest.answered == []


async def test_an_answer_that_comes_too_late_is_no_harm() -> None:
    async with rig() as opened:
        await opened.listen()
        opened.platform.everywhere = "refused"
        custom = Button(MARK, "", "person").custom_id
        body = interaction(opened, opened.direct, opened.customer, data={"custom_id": custom})
        await opened.platform.gateway.dispatch("INTERACTION_CREATE", body)
        await opened.intake.until_holds(body["id"])
        await opened.say(opened.direct, opened.customer, "hello")


@pytest.mark.parametrize("custom", ["", "x", "a|b|c", f"{MARK}|7", f"{MARK}|7|", "|" * 50])
async def test_a_button_of_another_make_means_nothing(custom: str) -> None:
    assert Button.parse(custom) is None
    async with rig() as opened:
        await opened.listen()
        body = interaction(opened, opened.room, opened.customer, data={"custom_id": custom})
        await opened.platform.gateway.dispatch("INTERACTION_CREATE", body)
        await opened.say(opened.direct, opened.customer, "hello")
        assert opened.intake.holds(body["id"]) == 0


def test_a_choice_may_hold_what_parts_a_button() -> None:
    button = Button(MARK, "7", "a|b|c")
    assert Button.parse(button.custom_id) == button


async def test_the_command_asks_for_a_person_where_it_was_given() -> None:
    async with rig() as opened:
        await opened.listen()
        options = [{"name": "about", "type": 3, "value": "billing"}]
        data = {"name": "human", "type": 1, "options": options}
        body = interaction(opened, opened.room, opened.customer, type=2, data=data, locale="pt-BR")
        answer = await came(opened, body)
        event = opened.intake.events[-1]
        assert isinstance(event, Commanded)
        assert (event.command, event.text) == ("human", "billing")
        assert event.address == Address(opened.room["id"], f"@{opened.customer['id']}")
        assert event.public
        assert answer["data"] == {"content": PASSED_ON["pt"], "flags": 64}


async def test_the_command_in_a_support_channel_opens_the_customers_thread() -> None:
    async with rig(["support"]) as opened:
        await opened.listen()
        rooms = opened.platform.world.rooms
        room = next(each for each in rooms.values() if each["name"] == "support")
        body = interaction(opened, room, opened.customer, type=2, data={"name": "human"})
        await came(opened, body)
        event = opened.intake.events[-1]
        assert isinstance(event, Commanded)
        (thread,) = [each for each in rooms.values() if "parent_id" in each]
        assert event.address == Address(room["id"], thread["id"])
        assert not event.public


@pytest.mark.parametrize("words", [NOT_YOURS, PASSED_ON, HUMAN_COMMAND, ABOUT])
def test_every_word_is_said_in_every_language(words: dict[str, str]) -> None:
    assert set(words) == {"en", "de", "fr", "es", "it", "pt", "nl"}
    assert word(words, "xx") == word(words, "en-GB") == words["en"]
    assert set(localised(words)) == {"de", "fr", "es-ES", "es-419", "it", "pt-BR", "nl"}
    assert all(len(text) <= 100 for text in words.values())
