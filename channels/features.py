"""What every kind can do, as a table for people: made from the capabilities, with the reason where
one cannot. Data and text only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from channels.contract import Capabilities

KINDS_SHOWN = ("web", "whatsapp", "slack", "discord", "telegram", "email", "api")


@dataclass(frozen=True, slots=True)
class Feature:
    """``fallback`` is what happens instead on every kind that lacks it, None where nothing can."""

    name: str
    of: Callable[[Capabilities], bool]
    fallback: str | None = None


FEATURES: Sequence[Feature] = (
    Feature("Text both ways", lambda _: True),
    Feature("Files both ways", lambda can: can.attachments),
    Feature(
        "Buttons", lambda can: can.choices_limit > 0, "choices are numbered, and a number is one"
    ),
    Feature("Threads", lambda can: can.threads),
    Feature("Places where others read along", lambda can: can.public),
    Feature("Someone met there is written to alone", lambda can: can.private is not None),
    Feature("Slash commands or shortcuts", lambda can: can.commands, "words do the same"),
    Feature("A customer's edit is followed", lambda can: can.customer_edits),
    Feature("A customer's deletion is followed", lambda can: can.customer_deletes),
    Feature("Reactions are seen", lambda can: can.customer_reactions),
    Feature("Our own message can be changed", lambda can: can.edits, "a correction is a message"),
    Feature("Our own message can be taken back", lambda can: can.deletes),
    Feature("Typing is shown", lambda can: can.typing),
    Feature("What became of a message is reported", lambda can: can.receipts),
    Feature("Free text at any time", lambda can: can.window_hours is None, "an approved template"),
    Feature(
        "A doubtful send is cleared up",
        lambda can: can.idempotent_send or can.read_back or can.reconcile_by_resend,
        "it is sent once more and marked, or shown to a person",
    ),
)

# (kind, feature): why not.
REASONS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("web", "Threads"): "a visitor has one conversation",
        ("web", "Places where others read along"): "a visitor is alone with us",
        ("web", "Someone met there is written to alone"): "nobody else is there",
        ("web", "Slash commands or shortcuts"): "the widget has a button for a person",
        ("web", "A customer's edit is followed"): "the widget keeps what was sent",
        ("web", "A customer's deletion is followed"): "the widget keeps what was sent",
        ("web", "Reactions are seen"): "the widget has none",
        ("web", "Our own message can be changed"): "what was read stays as it was read",
        ("web", "Our own message can be taken back"): "what was read stays as it was read",
        ("web", "What became of a message is reported"): "the commit is the delivery",
        ("whatsapp", "Threads"): "a chat has none; a quoted message is followed",
        ("whatsapp", "Places where others read along"): "a business number is in no groups",
        ("whatsapp", "Someone met there is written to alone"): "every chat is with one person",
        ("whatsapp", "Slash commands or shortcuts"): "WhatsApp has none",
        ("whatsapp", "A customer's edit is followed"): "Twilio does not report it",
        ("whatsapp", "A customer's deletion is followed"): "Twilio does not report it",
        ("whatsapp", "Reactions are seen"): "Twilio does not report it",
        ("whatsapp", "Our own message can be changed"): "Twilio cannot",
        ("whatsapp", "Our own message can be taken back"): "Twilio cannot",
        ("whatsapp", "Free text at any time"): "24 hours after the customer's last message",
        ("slack", "What became of a message is reported"): "Slack reports nothing after its ok",
        ("discord", "What became of a message is reported"): "Discord reports nothing later",
        ("telegram", "A customer's deletion is followed"): "reported for business chats only",
        ("telegram", "What became of a message is reported"): "Telegram reports nothing later",
        ("telegram", "A doubtful send is cleared up"): "a bot cannot read what it sent",
        ("email", "Buttons"): "mail has none",
        ("email", "Places where others read along"): "lists are not answered",
        ("email", "Someone met there is written to alone"): "lists are not answered",
        ("email", "Slash commands or shortcuts"): 'a reply that says "person" is enough',
        ("email", "A customer's edit is followed"): "what was sent is sent",
        ("email", "A customer's deletion is followed"): "what was sent is sent",
        ("email", "Reactions are seen"): "mail has none",
        ("email", "Our own message can be changed"): "what was sent is sent",
        ("email", "Our own message can be taken back"): "what was sent is sent",
        ("email", "Typing is shown"): "mail has no such thing",
        ("api", "Threads"): "the bridged platform's thread is part of the address",
        ("api", "Places where others read along"): "the bridge decides what it passes on",
        ("api", "Someone met there is written to alone"): "the bridge decides where it sends",
        ("api", "Slash commands or shortcuts"): "the bridge can send the words",
        ("api", "Reactions are seen"): "not part of the protocol",
        ("api", "Typing is shown"): "not part of the protocol",
        ("api", "A doubtful send is cleared up"): "unless the receiver knows a repeated key",
    }
)


def table(capabilities: Mapping[str, Capabilities]) -> str:
    """Markdown: a row a feature, a column a kind, and below it a note for each that is no yes.

    Raises:
        KeyError: a kind lacks something and no reason is given.
    """
    rows = ["| | " + " | ".join(KINDS_SHOWN) + " |", "|---" * (len(KINDS_SHOWN) + 1) + "|"]
    notes: list[str] = []
    for feature in FEATURES:
        cells = [_cell(feature, kind, capabilities[kind], notes) for kind in KINDS_SHOWN]
        rows.append(f"| {feature.name} | {' | '.join(cells)} |")
    return "\n".join([*rows, "", *_numbered(notes)])


def _cell(feature: Feature, kind: str, can: Capabilities, notes: list[str]) -> str:
    if feature.of(can):
        return "yes"
    reason = REASONS[kind, feature.name]
    note = reason if feature.fallback is None else f"{reason}; {feature.fallback}"
    if note not in notes:
        notes.append(note)
    word = "impossible" if feature.fallback is None else "fallback"
    return f"{word} ({notes.index(note) + 1})"


def _numbered(notes: Sequence[str]) -> Iterator[str]:
    for number, note in enumerate(notes, start=1):
        yield f"{number}. {note[0].upper()}{note[1:]}."
