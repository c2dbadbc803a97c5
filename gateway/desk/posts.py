"""What staff read in a thread, as Markdown. Whatever customers and articles bring is shown as they
wrote it and never as marks. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from channels.contract import Choice, Form
from gateway.notices.wording import literal, one_line

LINES = 8
ASK, TRIED, SUGGESTED, SAID = 300, 200, 700, 2_500
TRANSCRIPT = 3_200
KINDS: Mapping[str, str] = {
    "web": "web chat",
    "whatsapp": "WhatsApp",
    "slack": "Slack",
    "discord": "Discord",
    "telegram": "Telegram",
    "email": "email",
    "api": "the API",
}
TAKE, RETURN, RESOLVE = (
    Choice("take", "Take"),
    Choice("return", "Return"),
    Choice("resolve", "Resolve"),
)
SEND_DRAFT, EDIT_DRAFT = Choice("send_draft", "Send draft"), Choice("edit_draft", "Edit and send")
REJECT_DRAFT, TRANSCRIPT_OF = (
    Choice("reject_draft", "Reject"),
    Choice("transcript", "Transcript, files"),
)
UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Worded:
    """A post in words. ``choices`` are buttons, ``calls`` whom the platform notifies,
    ``form`` what may be shown in their place."""

    markdown: str
    choices: tuple[Choice, ...] = ()
    calls: tuple[str, ...] = ()
    form: Form | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Who has a conversation, for the line in the channel."""

    customer: str
    kind: str
    question: str
    owner: str
    owner_name: str | None
    covered: bool
    since: str
    waiting: str
    resolved: bool


def line(standing: Standing) -> str:
    about = f" on {standing.kind}"
    if standing.question:
        about += f": {literal(clipped(standing.question, 140))}"
    customer = literal(standing.customer)
    if standing.resolved:
        return f"~~{customer}{about}~~ · resolved at {standing.since}"
    return f"**{customer}**{about} · {_who(standing)}"


def _who(standing: Standing) -> str:
    if standing.owner == "staff":
        return f"{literal(standing.owner_name or 'a colleague')} has it since {standing.since}"
    if standing.owner == "queue":
        return f"waiting since {standing.waiting}"
    if standing.covered:
        return f"the assistant helps meanwhile; waiting since {standing.waiting}"
    return f"back with the assistant since {standing.since}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a brief is made of; what is empty is left out."""

    brief: Mapping[str, Any]
    customer: str
    accounts: Sequence[str]
    contact: int
    actions: Sequence[str]
    mood: str
    limits: str
    tier: str


def brief(facts: Facts) -> str:
    """At most eight lines."""
    told = facts.brief
    rows = (
        ("Asks", literal(clipped(str(told.get("question", "")), ASK))),
        ("Why", _why(told)),
        ("Who", _customer(facts)),
        ("Tried", _tried(told)),
        ("Done", literal("; ".join(facts.actions))),
        ("Mood", facts.mood),
        ("Limits", facts.limits),
        ("Suggests", literal(clipped(str(told.get("suggested", "")), SUGGESTED))),
    )
    return "\n".join(f"- **{name}:** {text}" for name, text in rows if text)


def _why(told: Mapping[str, Any]) -> str:
    reason = str(told.get("reason", "")).replace("_", " ")
    rule = str(told.get("rule", ""))
    return literal(clipped(f"{reason} ({rule})" if rule and rule != reason else reason, ASK))


def _customer(facts: Facts) -> str:
    parts = [facts.customer, *facts.accounts, str(facts.brief.get("identity", ""))]
    if facts.tier:
        parts.append(f"tier {facts.tier}")
    if facts.contact > 1:
        parts.append(f"contact no. {facts.contact}")
    return literal(" · ".join(part for part in parts if part))


def _tried(told: Mapping[str, Any]) -> str:
    parts: list[str] = []
    tried: Sequence[str] = list(told.get("tried", ()))
    if tried:
        parts.append(literal(f"answered “{clipped(tried[-1], TRIED)}”"))
    if told.get("concluded"):
        parts.append(literal(f"concluded {clipped(str(told['concluded']), TRIED)}"))
    steps: Sequence[str] = list(told.get("steps", ()))
    if steps:
        parts.append(literal(f"{len(steps)} steps of a guide done"))
    sources: Sequence[Mapping[str, Any]] = list(told.get("sources", ()))
    if sources:
        parts.append(f"found {', '.join(_source(one) for one in sources[:3])}")
    return "; ".join(parts)


def _source(source: Mapping[str, Any]) -> str:
    title = literal(clipped(str(source.get("title", "")), 80))
    return f"[{title}]({source['url']})" if source.get("url") else title


def quoted(text: str, most: int = SAID) -> str:
    """What somebody typed, line by line, and not more of it than fits."""
    shown = clipped_lines(text, most)
    return "  \n".join(literal(each) if each.strip() else "" for each in shown.splitlines())


def clipped(text: str, most: int) -> str:
    text = one_line(text)
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def clipped_lines(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
