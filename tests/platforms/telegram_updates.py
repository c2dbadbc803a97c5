"""Updates as Telegram writes them (https://core.telegram.org/bots/api#update): of users, chats,
messages and what happens to them. Every number is given by the maker, as by the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
BOT: Json = {
    "id": 7_000_001,
    "is_bot": True,
    "first_name": "Fernhill",
    "username": "fernhill_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
    "can_connect_to_business": True,
}
ADA: Json = {
    "id": 42,
    "is_bot": False,
    "first_name": "Ada",
    "last_name": "Lovelace",
    "language_code": "en",
}
OTHER: Json = {"id": 77, "is_bot": False, "first_name": "Bea", "language_code": "de"}
# In the group, and never in a chat with the bot.
CLAIRE: Json = {"id": 55, "is_bot": False, "first_name": "Claire", "language_code": "fr"}
OWNER: Json = {"id": 9_001, "is_bot": False, "first_name": "Olive"}
MACHINE: Json = {"id": 5_005, "is_bot": True, "first_name": "Weather", "username": "weather_bot"}
PRIVATE: Json = {"id": 42, "type": "private", "first_name": "Ada", "last_name": "Lovelace"}
GROUP: Json = {"id": -1_001_234_567_890, "type": "supergroup", "title": "Boots", "is_forum": True}
CONNECTION = "bc-Fe4_r"
NOW = 1_800_000_000


@dataclass
class Maker:
    """Numbers updates, messages and presses, each anew."""

    update: int = 500_000
    message: int = 100
    press: int = 10**18

    def numbered(self, kind: str, what: Json) -> Json:
        self.update += 1
        return {"update_id": self.update, kind: what}

    def text(self, text: str, kind: str = "message", **fields: Any) -> Json:
        return self.numbered(kind, self.said(text=text, entities=marks(text), **fields))

    def said(self, **fields: Any) -> Json:
        """A message; ``sender`` stands for ``from``."""
        self.message += 1
        sender = fields.pop("sender", ADA)
        message = {
            "message_id": self.message,
            "date": NOW,
            "chat": PRIVATE,
            "from": sender,
            **fields,
        }
        return {key: value for key, value in message.items() if value not in (None, [])}

    def edited(self, update: Json, text: str, kind: str = "edited_message") -> Json:
        message = next(value for key, value in update.items() if key != "update_id")
        changed = {**message, "text": text, "edit_date": NOW + 60, "entities": marks(text)}
        return self.numbered(kind, changed)

    def pressed(self, message: Json, data: str, sender: Json = ADA) -> Json:
        self.press += 1
        query = {
            "id": str(self.press),
            "from": sender,
            "chat_instance": "8134",
            "message": message,
            "data": data,
        }
        return self.numbered("callback_query", query)

    def reacted(self, chat: Json, message: int, old: list[str], new: list[str]) -> Json:
        reaction = {
            "chat": chat,
            "message_id": message,
            "user": ADA,
            "date": NOW,
            "old_reaction": [{"type": "emoji", "emoji": each} for each in old],
            "new_reaction": [{"type": "emoji", "emoji": each} for each in new],
        }
        return self.numbered("message_reaction", reaction)

    def in_group(self, text: str, topic: int | None = 3, **fields: Any) -> Json:
        place: Json = {"chat": GROUP}
        if topic is not None:
            place |= {"message_thread_id": topic, "is_topic_message": True}
        return self.text(text, **{**place, **fields})

    def in_business(self, text: str, **fields: Any) -> Json:
        return self.text(text, kind="business_message", business_connection_id=CONNECTION, **fields)


def marks(text: str) -> list[Json]:
    """The entities that the server finds in a text: names and a command at its begin."""
    found: list[Json] = []
    place = 0
    for word in text.split(" "):
        bare = word.rstrip(".,:;!?")
        command = word.startswith("/") and not place and len(word) > 1
        if command or (word.startswith("@") and len(bare) > 1):
            kind = "bot_command" if command else "mention"
            offset, length = _units(text[:place]), _units(bare)
            found.append({"type": kind, "offset": offset, "length": length})
        place += len(word) + 1
    return found


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
