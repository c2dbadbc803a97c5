"""Recognises what is said out of courtesy and asks nothing of the knowledge. It picks no reply."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from brain.triage.asking import Asking
from brain.triage.vocabulary import Vocabulary
from brain.triage.words import clauses

SmallTalk: TypeAlias = Literal["greeting", "thanks", "are_you_a_bot", "abilities", "chat", "laugh"]

_THANKFUL = frozenset("👍🙏❤💚💙🙂😊😀👌🎉😍🥰💯👏🤝✅😘☺")
_CROSS = frozenset("👎😡😠🤬🙄😤😒😞😢😭☹🙁❌")
_CLAUSES = 10
_SIGNS_READ = 20
# Of several courtesies in one message, the first of these is answered.
_ORDER: tuple[SmallTalk, ...] = (
    "are_you_a_bot", "abilities", "chat", "greeting", "thanks", "laugh"
)  # fmt: skip


class Courtesy:
    def __init__(self, vocabularies: Sequence[Vocabulary], askings: Sequence[Asking]) -> None:
        self._vocabularies = tuple(vocabularies)
        self._askings = tuple(askings)

    def of(self, text: str) -> SmallTalk | None:
        """What the whole text is; None where it says anything else."""
        parts = clauses(text)
        if not parts:
            return _signs(text)
        if len(parts) > _CLAUSES:
            return None
        # "Ciao" greets in one language and leaves in another: a greeting is the safer reading.
        for kind in ("greeting", "thanks"):
            if any(self._whole(kind, vocabulary, parts) for vocabulary in self._vocabularies):
                return kind
        kinds = [self._clause(part) for part in parts]
        if any(kind is None for kind in kinds):
            return None
        return next((kind for kind in _ORDER if kind in kinds), None)

    def language(self, text: str) -> str | None:
        """Of a greeting or thanks that only one language has; None for any other text."""
        parts = clauses(text)
        spoken = [
            vocabulary.language
            for vocabulary in self._vocabularies
            if any(self._whole(kind, vocabulary, parts) for kind in ("greeting", "thanks"))
        ]
        return spoken[0] if len(spoken) == 1 and len(parts) <= _CLAUSES else None

    def asks_for_bot(self, text: str) -> bool:
        return any(map(self._is_bot_question, clauses(text)[:_CLAUSES]))

    def _clause(self, part: Sequence[str]) -> SmallTalk | None:
        if self._is_bot_question(part):
            return "are_you_a_bot"
        for kind in ("greeting", "thanks"):
            if any(self._whole(kind, vocabulary, (part,)) for vocabulary in self._vocabularies):
                return kind
        return next(self._chats(" ".join(part)), None)

    def _is_bot_question(self, part: Sequence[str]) -> bool:
        said = [
            (vocabulary.clause(part), vocabulary.bot_question) for vocabulary in self._vocabularies
        ]
        return any(pattern.search(words) for words, patterns in said for pattern in patterns)

    def _whole(
        self,
        kind: Literal["greeting", "thanks"],
        vocabulary: Vocabulary,
        parts: Sequence[Sequence[str]],
    ) -> bool:
        pattern = vocabulary.greeting if kind == "greeting" else vocabulary.thanks
        return pattern.match(" ".join(map(vocabulary.clause, parts))) is not None

    def _chats(self, said: str) -> Iterator[SmallTalk]:
        for asking in self._askings:
            if asking.abilities.fullmatch(said):
                yield "abilities"
            if asking.greets.fullmatch(said):
                yield "chat"
            if asking.praises.fullmatch(said):
                yield "thanks"
            if asking.laughs.fullmatch(said):
                yield "laugh"


def cross(text: str) -> bool:
    """Nothing but signs, and not friendly ones."""
    return not clauses(text) and bool(_CROSS & set(text[:_SIGNS_READ]))


def _signs(text: str) -> SmallTalk | None:
    seen = set(text[:_SIGNS_READ])
    if seen & _CROSS:
        return None
    if seen & _THANKFUL:
        return "thanks"
    return "laugh" if any(unicodedata.category(sign) == "So" for sign in seen) else None
