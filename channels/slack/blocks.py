"""A message as Slack's ``chat.postMessage`` takes it: text, sections, buttons, and the mark that it
is found by. It never sends."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from channels.contract import Choice, OutboundMessage
from channels.slack.payloads import ButtonValue
from channels.text.escape import as_entities

SECTION_CHARACTERS = 3000
BUTTON = "frontdesk-choice-"
EVENT = "frontdesk_delivery"
_FENCE = "```"


def content(message: OutboundMessage) -> dict[str, Any]:
    """Text and buttons. With buttons the text stands in sections too, as ``text`` is then no more
    than the notification."""
    text = _calling(message, with_links(message))
    fields: dict[str, Any] = {"text": text, "link_names": False, **_marking(message)}
    if message.choices:
        fields["blocks"] = [*_sections(text), _buttons(message)]
    return fields


def plain_content(message: OutboundMessage) -> dict[str, Any]:
    """The same without formatting and buttons, for when Slack does not read the formatted form."""
    lines = [message.plain, *(f"• {choice.label}" for choice in message.choices)]
    text = _calling(message, as_entities("\n".join(lines)))
    return {"text": text, "link_names": False, "mrkdwn": False, **_marking(message)}


def with_links(message: OutboundMessage) -> str:
    """The text, and the address of each file that has no bytes; the names of those that have,
    where nothing else is said."""
    links = [
        f"<{as_entities(file.url)}|{as_entities(file.name).replace('|', '¦')}>"
        for file in message.attachments
        if file.content is None and file.url is not None
    ]
    lines = [message.text, *links] if message.text.strip() else links
    if not lines:
        lines = [as_entities(file.name) for file in message.attachments]
    return "\n".join(lines)


def _calling(message: OutboundMessage, text: str) -> str:
    """The text after the names of those whom Slack is to notify: groups begin with S."""
    names = [name.rpartition("/")[2] for name in message.mentions]
    called = [f"<!subteam^{name}>" if name.startswith("S") else f"<@{name}>" for name in names]
    return " ".join([*called, text])


def _marking(message: OutboundMessage) -> dict[str, Any]:
    """What one person alone sees cannot carry a mark."""
    return {} if message.only_for is not None else {"metadata": mark(message)}


def mark(message: OutboundMessage) -> dict[str, Any]:
    """What customers never see, and what tells our deliveries apart."""
    return {"event_type": EVENT, "event_payload": {"delivery": message.delivery_id}}


def marked(metadata: Mapping[str, Any] | None, delivery: str) -> bool:
    """Whether this is the mark of a delivery."""
    if metadata is None or metadata.get("event_type") != EVENT:
        return False
    payload: Any = metadata.get("event_payload")
    return isinstance(payload, dict) and payload == {"delivery": delivery}


def _sections(text: str) -> Iterator[dict[str, Any]]:
    for part in parts(text):
        # verbatim: Slack is not to find names and channels in what we say.
        yield {"type": "section", "text": {"type": "mrkdwn", "text": part, "verbatim": True}}


def _buttons(message: OutboundMessage) -> dict[str, Any]:
    to = message.reply_context.get("user")
    return {
        "type": "actions",
        "elements": [
            _button(number, choice, to if isinstance(to, str) else None)
            for number, choice in enumerate(message.choices)
        ],
    }


def _button(number: int, choice: Choice, to: str | None) -> dict[str, Any]:
    value = ButtonValue(choice=choice.id, to=to).model_dump(exclude_none=True)
    return {
        "type": "button",
        "action_id": f"{BUTTON}{number}",
        "text": {"type": "plain_text", "text": choice.label, "emoji": False},
        "value": json.dumps(value, separators=(",", ":")),
    }


def parts(text: str, limit: int = SECTION_CHARACTERS) -> Sequence[str]:
    """The text in pieces that fit a section, cut between lines; a fence that is cut is closed and
    opened again."""
    found: list[str] = []
    lines: list[str] = []
    fenced = False
    # Room for the fence that a cut may have to close, and for the one that the next piece opens.
    room = limit - 2 * (len(_FENCE) + 1)
    for line in _short_lines(text, room):
        if lines and sum(map(len, lines)) + len(lines) + len(line) > room:
            found.append("\n".join([*lines, *[_FENCE] * fenced]))
            lines = [_FENCE] if fenced else []
        lines.append(line)
        fenced ^= line.strip() == _FENCE
    return [piece for piece in (*found, "\n".join(lines)) if piece.strip()]


def _short_lines(text: str, limit: int) -> Iterator[str]:
    for line in text.split("\n"):
        rest = line
        while len(rest) > limit:
            cut = _cut(rest, limit)
            yield rest[:cut].rstrip()
            rest = rest[cut:].lstrip()
        yield rest


def _cut(line: str, limit: int) -> int:
    """Where to part a line: at the last space outside of a link, else where the room ends."""
    for place in range(limit, 0, -1):
        if line[place] == " " and line.rfind("<", 0, place) <= line.rfind(">", 0, place):
            return place
    return limit
