"""A brain that does what it is told: for tests of everything around the brain. It knows nothing."""

from __future__ import annotations

from collections.abc import Callable

from brain.contract import Decision, Reason, Trace, TurnInput

Script = Callable[[TurnInput], Decision]


def echo(turn: TurnInput) -> Decision:
    """Says the last new message back; silent where people own the conversation."""
    if turn.owner != "assistant":
        reason = Reason("not_owner", f"the conversation belongs to {turn.owner}")
        return Decision(kind="silent", reasons=(reason,), trace=Trace(model="scripted"))
    text = turn.new[-1].text if turn.new else ""
    return Decision(
        kind="reply",
        text=text,
        language=turn.language,
        confidence=1.0,
        reasons=(Reason("scripted", "the script answers"),),
        trace=Trace(model="scripted"),
    )


class Scripted:
    """Implements ``Brain``. What the script raises is raised."""

    def __init__(self, script: Script = echo) -> None:
        self._script = script

    async def decide(self, turn: TurnInput) -> Decision:
        return self._script(turn)
