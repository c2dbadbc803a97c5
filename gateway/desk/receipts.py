"""What became of a message that staff wrote in a thread, as its receipt there says it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import RowMapping

from channels.contract import Choice
from gateway.desk.posts import UNDO, Worded
from gateway.notices.wording import literal

StaffLine: TypeAlias = Callable[..., str]
UNDO_SECONDS = 10.0
_WORST = (
    "failed",
    "uncertain",
    "held",
    "withdrawn",
    "discarded",
    "queued",
    "sending",
    "sent",
    "delivered",
    "read",
)


@dataclass(frozen=True, slots=True)
class Told:
    """Whom the message was for, and where."""

    customer: str
    channel: str
    link: str


def receipt(
    message: str, sent: Sequence[RowMapping], told: Told, now: float, line: StaffLine
) -> Worded:
    states = [str(one["state"]) for one in sent]
    state = min(states, key=_WORST.index, default="queued")
    failed = next((one for one in sent if one["state"] == state), None)
    why = str(failed["error"] or "") if failed is not None else ""
    to = f"{literal(told.customer)} on {told.channel}"
    if state == "queued" and any(
        (one["retry_at"] or 0.0) > now and not one["tries"] for one in sent
    ):
        seconds = int(UNDO_SECONDS)
        text = f"Goes to {to} in {seconds} s; {told.channel} cannot take it back afterwards."
        return Worded(text, (Choice(f"{UNDO}:{message}", "Undo"),))
    return Worded(_said(state, why, to, told, line))


def _said(state: str, why: str, to: str, told: Told, line: StaffLine) -> str:
    if state in {"sent", "delivered", "read"}:
        return f"{state.capitalize()} {'to' if state == 'sent' else 'for'} {to}."
    if state in {"queued", "sending"}:
        return f"On its way to {to}." + (f" So far: {literal(why)}" if why else "")
    if state == "withdrawn":
        return f"Taken back before it went to {to}."
    if state == "held":
        return line("not_sent", reason=why or "held", way_out="It goes out when they write again.")
    way_out = f"Send it again or another way on the web desk: {told.link}"
    reason = why or "the platform refused it"
    if state == "uncertain":
        reason = f"whether it arrived is not known ({reason})"
    return line("not_sent", reason=reason.rstrip("."), way_out=way_out)
