"""The one way out for an assistant's words, whatever brain they came from: before they are planned
they lose what no answer may have. Pure; it adds nothing but the business's own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from brain.answering.rules import EVERY
from brain.contract import Citation, Decision, Handoff, Reason
from gateway.config.settings import Settings
from gateway.privacy.cards import cards
from gateway.privacy.credentials import tokens
from gateway.privacy.found import replaced
from gateway.privacy.national import ids
from gateway.speech.addresses import Allowed
from gateway.speech.guarded import UNGUARDED, Guarded
from gateway.speech.links import linked, plain
from gateway.speech.unseen import visible
from gateway.speech.voice import PLAIN, Voice, voice_of

Change = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Gate:
    """``hosts`` are sites that may be linked without a source; ``guarded`` are texts for the model
    alone. What is said to people in a brief passes as well: a colleague clicks, too."""

    voice: Voice = PLAIN
    hosts: frozenset[str] = frozenset()
    guarded: Guarded = UNGUARDED

    def passed(self, decision: Decision, channel: str) -> Decision:
        """The decision as it may be carried out: with what is left of its words, or with a person
        in its place where they are none that this business says."""
        allowed = self._allowed(decision)
        text = self._said(decision.text, allowed)
        why = self._refusal(decision, text)
        if why is not None:
            return self._to_people(decision, why)
        form = self.voice.other_form(text, decision.language)
        noted = (Reason("voice_form", f"“{form}” is not how people are addressed"),) if form else ()

        def label(words: str) -> str:
            return self._label(words, allowed)

        return replace(
            decision,
            text=self.voice.shortened(text, channel),
            slots=self._slots(decision, label),
            options=tuple(replace(one, label=label(one.label)) for one in decision.options),
            citations=tuple(_cited(one, label) for one in decision.citations),
            handoff=self._briefed(decision.handoff, allowed),
            reasons=(*decision.reasons, *noted),
        )

    def _slots(self, decision: Decision, label: Change) -> Mapping[str, str]:
        # Where a code was sent is the business system's own word, masked by it.
        if decision.challenge is not None:
            return decision.slots
        return {name: label(value) for name, value in decision.slots.items()}

    def label(self, text: str) -> str:
        """A name that somebody else gave, as it may be repeated: no address, no secret."""
        return self._label(text, Allowed())

    def _allowed(self, decision: Decision) -> Allowed:
        cited = (citation.url for citation in decision.citations if citation.url)
        return Allowed(frozenset((*decision.links, *cited)), self.hosts)

    def _said(self, text: str, allowed: Allowed) -> str:
        return self.voice.worded(without_secrets(linked(visible(text), allowed))) if text else ""

    def _label(self, text: str, allowed: Allowed) -> str:
        return self.voice.worded(without_secrets(plain(visible(text), allowed)))

    def _refusal(self, decision: Decision, text: str) -> Reason | None:
        if decision.text.strip() and not text.strip():
            return Reason("nothing_left", "nothing of the answer may be said")
        if self.guarded.repeats(decision.text) or self.guarded.repeats(text):
            return Reason("guarded_text", "the answer repeats what is for the model alone")
        word = self.voice.refused(text)
        if word is not None:
            return Reason("voice_never", f"the answer says “{word}”, which is never said")
        return None

    def _to_people(self, decision: Decision, why: Reason) -> Decision:
        told = self._briefed(decision.handoff, self._allowed(decision)) or Handoff(why, "unknown")
        return replace(
            decision,
            kind="hand_over",
            text="",
            notice=None,
            slots={},
            options=(),
            citations=(),
            guide=None,
            action=None,
            challenge=None,
            handoff=told,
            reasons=(*decision.reasons, why),
        )

    def _briefed(self, handoff: Handoff | None, allowed: Allowed) -> Handoff | None:
        if handoff is None:
            return None

        def said(text: str) -> str:
            return "" if self.guarded.repeats(text) else self._said(text, allowed)

        return replace(
            handoff,
            reason=replace(handoff.reason, rule=said(handoff.reason.rule)),
            concluded=said(handoff.concluded),
            suggested=said(handoff.suggested),
            steps=tuple(map(said, handoff.steps)),
            open_questions=tuple(map(said, handoff.open_questions)),
        )


def without_secrets(text: str) -> str:
    """Keys, tokens, cards and national numbers are nothing that an answer says. An account number
    may be the business's own."""
    return replaced(text, (*tokens(text), *cards(text), *ids(text)))


def _cited(citation: Citation, label: Change) -> Citation:
    url = citation.url
    safe = url if url is not None and url.startswith(("https://", "http://")) else None
    return replace(citation, title=label(citation.title), url=safe)


STANDING_GATE = Gate()


def gate_of(settings: Settings) -> Gate:
    hosts = frozenset(settings.privacy.link_hosts)
    return Gate(voice_of(settings.business.voice), hosts, Guarded(EVERY))
