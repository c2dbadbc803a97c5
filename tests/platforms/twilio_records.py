"""What the fake of Twilio keeps, and how its API shows it: the shapes that the SDK reads."""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

VERSION = "2010-04-01"
ACCOUNT = "AC0123456789abcdef0123456789abcdef"
TOKEN = "5f1e0c9b7a3d4826b0e4c8a19d7f3562"
API_KEY = ("SK" + "ab" * 16, "the-key-of-the-desk-0123456789ab")
SENDER = "whatsapp:+14155550100"
CUSTOMER = "whatsapp:+491701234567"


@dataclass(frozen=True, slots=True)
class Medium:
    sid: str
    content_type: str
    content: bytes


@dataclass
class Message:
    """``at`` is when it was made, in seconds since the epoch."""

    sid: str
    sender: str
    recipient: str
    body: str
    inbound: bool
    at: float
    status: str = "queued"
    media: list[Medium] = field(default_factory=list[Medium])
    choices: tuple[tuple[str, str], ...] = ()
    callback: str = ""
    content: str | None = None
    error_code: int | None = None

    def shown(self, account: str) -> dict[str, Any]:
        date = format_datetime(datetime.fromtimestamp(self.at, UTC))
        base = f"/{VERSION}/Accounts/{account}/Messages/{self.sid}"
        return {
            "sid": self.sid,
            "account_sid": account,
            "api_version": VERSION,
            "from": self.sender,
            "to": self.recipient,
            "body": self.body,
            "direction": "inbound" if self.inbound else "outbound-api",
            "status": self.status,
            "num_media": str(len(self.media)),
            "num_segments": "1",
            "error_code": self.error_code,
            "error_message": None,
            "messaging_service_sid": None,
            "price": None,
            "price_unit": None,
            "date_created": date,
            "date_updated": date,
            "date_sent": date if self.status not in {"queued", "accepted"} else None,
            "uri": f"{base}.json",
            "subresource_uris": {"media": f"{base}/Media.json"},
        }

    def medium(self, account: str, medium: Medium) -> dict[str, Any]:
        base = f"/{VERSION}/Accounts/{account}/Messages/{self.sid}/Media/{medium.sid}"
        return {
            "sid": medium.sid,
            "account_sid": account,
            "parent_sid": self.sid,
            "content_type": medium.content_type,
            "uri": f"{base}.json",
        }


class Unusable(Exception):
    """A Content resource cannot be sent so; ``code`` is Twilio's."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


@dataclass
class Content:
    """``approval`` is WhatsApp's word for it."""

    sid: str
    name: str
    types: dict[str, Any]
    approval: str = "unsubmitted"
    reason: str = ""

    def shown(self, account: str) -> dict[str, Any]:
        return {
            "sid": self.sid,
            "account_sid": account,
            "friendly_name": self.name,
            "language": "en",
            "variables": {},
            "types": self.types,
            "date_created": "2026-11-21T10:00:00Z",
            "date_updated": "2026-11-21T10:00:00Z",
            "url": f"https://content.twilio.com/v1/Content/{self.sid}",
            "links": {},
        }

    def filled(self, raw: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The text and the buttons with these variables; refused as Twilio's pages say."""
        try:
            values: Mapping[str, Any] = json.loads(raw or "{}")
        except ValueError:
            raise Unusable(21656) from None
        for value in values.values():
            if not isinstance(value, str) or not value or re.search(r"[\n\r\t]| {5,}", value):
                raise Unusable(21656)
        (kind,) = self.types.values()
        body = re.sub(r"\{\{(\w+)\}\}", lambda found: values.get(found[1], ""), kind["body"])
        actions = kind.get("actions", [])
        if len(body) > 1024 or len(actions) > 3:
            raise Unusable(63013)
        return body, tuple((action["id"], action["title"]) for action in actions)


@dataclass(frozen=True, slots=True)
class Fault:
    """How the next call is answered; status 0 is as always. ``taken``: the call has its effect
    before that; ``cut``: the connection ends without an answer."""

    status: int = 500
    code: int | None = None
    retry_after: str | None = None
    taken: bool = False
    cut: bool = False


@dataclass
class Books:
    """All that the account holds. ``public_url`` is what the gateway's address is called outside;
    faults are taken one a call, each from the queue of its kind of call. ``ledger`` is what went
    either way, in order."""

    public_url: str = "https://desk.example.com"
    now: Callable[[], float] = time.time
    token: str = TOKEN
    messages: dict[str, Message] = field(default_factory=dict[str, Message])
    contents: dict[str, Content] = field(default_factory=dict[str, Content])
    faults: deque[Fault] = field(default_factory=deque[Fault])
    content_faults: deque[Fault] = field(default_factory=deque[Fault])
    other_faults: deque[Fault] = field(default_factory=deque[Fault])
    account_status: str = "active"
    sender_status: str = "ONLINE"
    webhook: str = ""
    redirect: str | None = None
    storage: str = ""
    ledger: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _sids: int = 0

    def sid(self, kind: str) -> str:
        self._sids += 1
        return f"{kind}{self._sids:032x}"

    def medium(self, content_type: str, content: bytes) -> Medium:
        return Medium(self.sid("ME"), content_type, content)

    def log(self, what: str, **fields: Any) -> None:
        self.ledger.append({"what": what, "at": self.now(), **fields})

    def calls(self, what: str) -> list[dict[str, Any]]:
        return [entry for entry in self.ledger if entry["what"] == what]

    @property
    def sent(self) -> list[Message]:
        """What we sent, oldest first."""
        return [message for message in self.messages.values() if not message.inbound]
