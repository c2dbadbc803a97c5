"""Turns that are about an action which waits: a yes, a no, or a code. No brain is asked for these:
what a yes sets going is decided by the gateway alone."""

from __future__ import annotations

from brain.contract import Decision, Handoff, Reason
from gateway.conversations.proposals import Standing
from gateway.turns.answering import Heard, heard
from gateway.turns.opened import Opened
from gateway.turns.plan import Plan, Planner, TurnSetup
from gateway.turns.proposing import Answer, Verdict, limits_of


class Acts:
    """Plans such turns with one turn's set-up."""

    def __init__(self, setup: TurnSetup, planner: Planner, opened: Opened) -> None:
        self._setup = setup
        self._planner = planner
        self._opened = opened

    def plan(self, now: float) -> Plan | None:
        """None where the brain has to be asked."""
        if self._opened.poisoned or self._opened.owner != "assistant":
            return None
        if self._opened.proof.answer in {"wrong", "spent"}:
            return self._wrong_code(now)
        said = heard(self._opened, now)
        if said is None:
            return None
        return self._answered(said)

    def _wrong_code(self, now: float) -> Plan:
        language, left = self._opened.row["language"], self._opened.proof.left
        if self._opened.proof.answer == "wrong":
            reason = Reason("verify_failed", f"the code is not the one that was sent; {left} left")
            decision = Decision(
                kind="reply",
                notice="verify_failed",
                slots={"left": str(left)},
                language=language,
                reasons=(reason,),
            )
            return self._planner.plan(decision, now)
        reason = Reason("not_verified", "the code was wrong three times")
        handoff = Handoff(reason, "handoff_by_us", concluded="Nobody has proved who they are.")
        decision = Decision(kind="hand_over", handoff=handoff, language=language, reasons=(reason,))
        return self._planner.plan(decision, now)

    def _answered(self, said: Heard) -> Plan:
        reason = Reason(f"action_{said}", f"the customer's answer to what was proposed: {said}")
        decision = Decision(kind="silent", language=self._opened.row["language"], reasons=(reason,))
        if said == "settled":
            return Plan(decision)
        standing = self._opened.standing
        if standing is None:
            late = self._planner.told("confirm_expired", decision.language)
            return Plan(decision, notices=(late,))
        return Plan(decision, answer=self._answer(said, standing))

    def _answer(self, verdict: Verdict, standing: Standing) -> Answer:
        row, told = standing.row, self._planner.told
        # It is answered in the language in which it was shown.
        language = row["language"] or self._opened.row["language"]
        said = None
        if verdict == "again":
            said = self._planner.showing(row["id"], _Row(row["title"], row["details"]), language)
        elif verdict in {"no", "unclear"}:
            said = told("declined" if verdict == "no" else "confirm_unclear", language)
        return Answer(
            action=row["id"],
            digest=row["digest"],
            verdict=verdict,
            limits=limits_of(self._setup.catalogue.get(row["name"])),
            said=said,
            late=told("confirm_expired", language),
            approval=told("needs_approval", language, action=row["title"]),
            yes=self._opened.asked[-1] if self._opened.asked else None,
        )


class _Row:
    """A stored action as it was shown."""

    def __init__(self, title: str, details: str) -> None:
        self.title = title
        self.details = details
