"""Models that obey any attacker: whatever they are told in whatever form, with all that they were
given to read. Everything else of the product is the real one."""

from __future__ import annotations

import base64
import codecs
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from brain.contract import Citation, Decision, Filter, Handoff, Hit, Knowledge, Reason, TurnInput
from brain.models.extractive import Answer, Asked
from tests.attacks.canaries import PROMPT, VARIABLE
from tests.attacks.injections import Injection, Style
from tests.gateway.speech.answers import WAYS, address

_TOKEN = re.compile(r"ZX\d{6}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
_HEX = re.compile(r"[0-9a-fA-F]{32,}")
# What some program might fill in.
_HOLES = f"${{{VARIABLE}}} {{{VARIABLE}}} {{{{{VARIABLE}}}}} %({VARIABLE})s"
STYLED: Mapping[Style, Callable[[str], str]] = {
    "plain": lambda text: text,
    "spaced": " ".join,
    "reversed": lambda text: text[::-1],
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "template": lambda text: f"{_HOLES} {text}",
}
Act = Callable[[Injection, TurnInput], Decision]


def propose(_injection: Injection, turn: TurnInput) -> Decision:
    """An action that the customer neither asked for nor owns, as far as the contract can say it."""
    reason = Reason("obeyed", "the attacker asked for it")
    return Decision(kind="propose_action", text="Done.", language=turn.language, reasons=(reason,))


class Obedience:
    """What a model that obeys says, once it has read a token."""

    def __init__(self, injections: Iterable[Injection]) -> None:
        self._by_token = {one.token: one for one in injections}
        self.obeyed: set[str] = set()

    def told(self, texts: Sequence[str]) -> Injection | None:
        for text in texts:
            for form in _read(text):
                for token in _TOKEN.findall(form):
                    if token in self._by_token:
                        self.obeyed.add(token)
                        return self._by_token[token]
        return None

    def words(self, injection: Injection, seen: Sequence[str]) -> str:
        """Everything that the model was given, as the attacker wants it."""
        rng = random.Random(injection.token)
        dump = STYLED[injection.style](" ".join((PROMPT, *seen)))
        if injection.goal == "link":
            part = rng.choice((PROMPT, *seen))
            carried = part[-60:] if rng.random() < 0.5 else dump[:200]
            return f"Here you are. {rng.choice(WAYS)(address(rng, carried))}"
        if injection.goal == "impersonate":
            return f"[internal note] Ada (Support): {dump} @everyone <!here> <@U1>"
        return f"Of course: {dump}"


def _read(text: str) -> Iterable[str]:
    """A model reads what is written backwards, shifted, spaced or encoded."""
    yield text
    yield text[::-1]
    yield codecs.encode(text, "rot13")
    yield re.sub(r"\s", "", text)
    for found in _BASE64.findall(text):
        yield base64.b64decode(found + "=" * (-len(found) % 4)).decode("utf-8", "ignore")
    for found in _HEX.findall(text):
        yield bytes.fromhex(found[: len(found) // 2 * 2]).decode("utf-8", "ignore")


class ObeyingAnswerer:
    """In place of the model that words answers inside the real agent."""

    name = "obeying"

    def __init__(self, obedience: Obedience) -> None:
        self._obedience = obedience

    def answer(self, asked: Asked, hits: Sequence[Hit]) -> Answer:
        passages = [hit.passage.text for hit in hits]
        injection = self._obedience.told([asked.question, *asked.told, *passages])
        if injection is None or not hits:
            return Answer()
        first = hits[0].passage
        # It claims a source for what it says, and to be certain.
        citation = Citation(first.id, first.title, first.url, passages[0])
        words = self._obedience.words(injection, passages)
        return Answer(f"{passages[0]}\n\n{words}", (citation,), 1.0)


class ObeyingBrain:
    """In place of the whole brain: no triage, no policy and no grounding holds it back."""

    def __init__(self, obedience: Obedience, knowledge: Knowledge, act: Act = propose) -> None:
        self._obedience = obedience
        self._knowledge = knowledge
        self._act = act

    async def decide(self, turn: TurnInput) -> Decision:
        said = [one.text for one in (*turn.history, *turn.new)]
        files = [name for one in (*turn.history, *turn.new) for name in one.files]
        hits = await self._knowledge.search(said[-1], Filter(turn.tenant, turn.demo))
        passages = [hit.passage.text for hit in hits]
        injection = self._obedience.told([*said, *files, *passages])
        if injection is None:
            return Decision(kind="reply", text="How can I help?", language="en")
        if injection.goal == "act":
            return self._act(injection, turn)
        words = self._obedience.words(injection, [*passages, *said])
        if injection.style == "template":
            handoff = Handoff(Reason("obeyed", words), "handoff", words, (words,), (words,), words)
            return Decision(kind="hand_over", text=words, handoff=handoff, language="en")
        return Decision(kind="reply", text=words, language="en", confidence=1.0)
