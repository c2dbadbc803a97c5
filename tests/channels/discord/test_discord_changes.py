"""What customers change, take back and react to, and what of it is nobody's business."""

from __future__ import annotations

from channels.events import Address, Deleted, Edited, Reacted
from tests.contract.harness.discord import rig
from tests.platforms.discord_world import Json


async def test_only_changes_of_words_are_edits() -> None:
    async with rig() as opened:
        await opened.listen()
        event = await opened.say(opened.direct, opened.customer, "size 42")
        message = opened.platform.world.message(opened.direct["id"], event.external_id)
        update = opened.platform.gateway.dispatch
        await update("MESSAGE_UPDATE", {**message, "embeds": [{"title": "a link"}]})
        at = "2027-01-15T08:01:00+00:00"
        await update("MESSAGE_UPDATE", {**message, "content": "43", "edited_timestamp": at})
        await opened.say(opened.direct, opened.customer, "done")
        edits = [each for each in opened.intake.events if isinstance(each, Edited)]
        assert [(edit.message, edit.text) for edit in edits] == [(event.external_id, "43")]


async def test_words_that_were_not_for_us_are_not_kept_when_they_are_changed() -> None:
    async with rig() as opened:
        await opened.listen()
        event = await opened.say(opened.room, opened.customer, "lunch?")
        message = opened.platform.world.message(opened.room["id"], event.external_id)
        changed = {**message, "content": "dinner?", "edited_timestamp": "2027-01-15T08:01:00Z"}
        await opened.platform.gateway.dispatch("MESSAGE_UPDATE", changed)
        await opened.say(opened.direct, opened.customer, "done")
        assert "dinner" not in repr(opened.intake.events)


async def test_taking_back_in_a_room_of_many_names_the_conversation() -> None:
    async with rig() as opened:
        await opened.listen()
        me = opened.platform.world.me
        text = f"<@{me['id']}> my number is 5"
        event = await opened.say(opened.room, opened.customer, text, mentions=[me])
        other = await opened.say(opened.room, opened.customer, "not for us")
        ids = [event.external_id, other.external_id]
        gone = {"ids": ids, "channel_id": opened.room["id"], "guild_id": opened.guild["id"]}
        await opened.platform.gateway.dispatch("MESSAGE_DELETE_BULK", gone)
        await opened.say(opened.direct, opened.customer, "done")
        (found,) = [each for each in opened.intake.events if isinstance(each, Deleted)]
        assert (found.message, found.address) == (
            event.external_id,
            Address(opened.room["id"], f"@{opened.customer['id']}"),
        )


async def test_reactions_to_what_others_said_are_nobodys_business() -> None:
    async with rig() as opened:
        await opened.listen()
        reaction: Json = {
            "user_id": opened.customer["id"],
            "channel_id": opened.room["id"],
            "guild_id": opened.guild["id"],
            "message_id": "77",
            "message_author_id": opened.stranger["id"],
            "emoji": {"id": None, "name": "👎"},
            "member": {"user": opened.customer, "roles": []},
        }
        dispatch = opened.platform.gateway.dispatch
        ours: Json = {
            **reaction,
            "message_id": "78",
            "message_author_id": opened.platform.world.me["id"],
        }
        await dispatch("MESSAGE_REACTION_ADD", reaction)
        await dispatch("MESSAGE_REACTION_ADD", ours)
        gone = {key: value for key, value in ours.items() if key != "message_author_id"}
        await dispatch("MESSAGE_REACTION_REMOVE", gone)
        await opened.say(opened.direct, opened.customer, "done")
        found = [each for each in opened.intake.events if isinstance(each, Reacted)]
        assert [(each.message, each.removed) for each in found] == [("78", False), ("78", True)]
        assert len({each.external_id for each in found}) == 2
