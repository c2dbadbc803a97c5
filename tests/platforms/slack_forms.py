"""The forms (modals) of a fake Slack: opened by what a press allows for three seconds, once, and
sent by whoever has one before them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.platforms.slack_workspace import TEAM

TRIGGER_SECONDS = 3.0


class Refusal(Exception):
    """An ``ok: false`` answer with its word."""

    def __init__(self, code: str, **fields: Any) -> None:
        super().__init__(code)
        self.fields = {"ok": False, "error": code, **fields}


@dataclass
class Forms:
    now: Callable[[], float]
    opened: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _used: set[str] = field(default_factory=set[str])

    def open(self, fields: dict[str, Any]) -> dict[str, Any]:
        trigger, view = fields["trigger_id"], fields["view"]
        view = json.loads(view) if isinstance(view, str) else view
        if trigger in self._used:
            raise Refusal("exchanged_trigger_id")
        if self.now() - float(trigger.removesuffix(".trigger")) > TRIGGER_SECONDS:
            raise Refusal("expired_trigger_id")
        if len(view["title"]["text"]) > 24 or view["type"] != "modal":
            raise Refusal("invalid_arguments")
        if any(len(each["element"]["initial_value"]) > 3000 for each in view["blocks"]):
            raise Refusal("invalid_arguments")
        self._used.add(trigger)
        self.opened.append({**view, "id": f"V{len(self.opened) + 1:06d}"})
        return {"view": self.opened[-1]}

    @property
    def text(self) -> str:
        """What stands in the newest one."""
        return str(self.opened[-1]["blocks"][0]["element"]["initial_value"])

    def sends(self, text: str, user: str) -> dict[str, Any]:
        """Somebody sends the newest one with other words; the ``payload`` of the form."""
        view = self.opened[-1]
        block = view["blocks"][0]
        value = {"type": "plain_text_input", "value": text}
        return {
            "type": "view_submission",
            "team": {"id": TEAM, "domain": "home"},
            "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": TEAM},
            "api_app_id": "A0APP",
            "trigger_id": f"{self.now():.6f}.trigger",
            "view": {
                **{key: view[key] for key in ("id", "type", "callback_id", "private_metadata")},
                "state": {"values": {block["block_id"]: {block["element"]["action_id"]: value}}},
            },
            "response_urls": [],
        }
