"""A message of the bot as its readers see it, and what Telegram answers when it refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.platforms.telegram_markup import Parsed
from tests.platforms.telegram_updates import BOT, NOW, Json


class Refusal(Exception):
    """An answer with ok: false."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status = status
        self.body: Json = {"ok": False, "error_code": status, "description": description}
        if parameters:
            self.body["parameters"] = parameters


@dataclass
class Shown:
    """A message of the bot as its readers see it."""

    id: int
    chat: int
    parsed: Parsed
    thread: int | None = None
    business: str | None = None
    reply_to: int | None = None
    buttons: list[Json] = field(default_factory=list[Json])
    files: list[tuple[str, str, bytes]] = field(default_factory=list[tuple[str, str, bytes]])

    def as_message(self) -> Json:
        kind = "private" if self.chat > 0 else "supergroup"
        message: Json = {
            "message_id": self.id,
            "date": NOW,
            "from": BOT,
            "chat": {"id": self.chat, "type": kind},
            "text": self.parsed.text,
        }
        if self.thread is not None:
            message |= {"message_thread_id": self.thread, "is_topic_message": True}
        if self.business is not None:
            message["business_connection_id"] = self.business
        return message
