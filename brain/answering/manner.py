"""How a business wants its answers written, as models are told it. Pure words: what leaves is held
to the voice by the gateway, whoever wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_MOST_WORDS = 60
_FORMS = {
    ("de", "formal"): "Address the customer as “Sie”.",
    ("de", "informal"): "Address the customer as “du”.",
    ("fr", "formal"): "Address the customer as “vous”.",
    ("fr", "informal"): "Address the customer as “tu”.",
}


@dataclass(frozen=True, slots=True)
class Manner:
    """``words`` maps a word to the one said instead, ``never`` are words never said, ``forms`` is
    how people are addressed by language, ``longest`` the characters of an answer, None for any."""

    words: Mapping[str, str] = field(default_factory=dict[str, str])
    never: tuple[str, ...] = ()
    forms: Mapping[str, str] = field(default_factory=dict[str, str])
    longest: int | None = None

    def told(self, language: str | None) -> str:
        """Empty where the business says nothing of it."""
        tag = (language or "").partition("-")[0].lower()
        said = [_FORMS.get((tag, self.forms.get(tag, "")), "")]
        if self.words:
            pairs = list(self.words.items())[:_MOST_WORDS]
            said.append("Say " + ", ".join(f"“{new}” for “{old}”" for old, new in pairs) + ".")
        if self.never:
            words = ", ".join(f"“{word}”" for word in self.never[:_MOST_WORDS])
            said.append(f"Never say {words}.")
        if self.longest is not None:
            said.append(f"All sentences together have at most {self.longest} characters.")
        return " ".join(part for part in said if part)


PLAIN = Manner()
