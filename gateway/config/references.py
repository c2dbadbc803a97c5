"""``${NAME}`` and ``${NAME:-default}`` in the configuration's text. References are taken out before
YAML is parsed and put back after, so that no value of the environment can ever become YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Also lets `{url: ${NAME}}` stand unquoted, where YAML would see a mapping begin.
_WRITTEN = re.compile(r"""\$?\$\{[^{}"'\n]*\}""")
_TOKEN = re.compile("\ue000([0-9]{1,6})\ue001")
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?\}")


@dataclass(frozen=True, slots=True)
class Masked:
    """The text with a token in the place of each reference, and what the tokens stand for."""

    text: str
    originals: tuple[str, ...]

    def restore(self, text: str) -> str:
        return _TOKEN.sub(lambda match: self.original(match) or match[0], text)

    def original(self, match: re.Match[str]) -> str:
        index = int(match[1])
        return self.originals[index] if index < len(self.originals) else ""

    def has_reference(self, text: str) -> bool:
        return "${" in self.restore(text)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A text with its references filled in. ``problems`` are pairs of message and mend; ``empty``
    says that the whole value was one reference and came out empty."""

    value: str
    names: tuple[str, ...]
    problems: tuple[tuple[str, str], ...]
    empty: bool


def mask(text: str) -> Masked:
    """Raises:
    ValueError: the text holds the characters that tokens are made of.
    """
    if "\ue000" in text or "\ue001" in text:
        raise ValueError
    originals: list[str] = []

    def token(match: re.Match[str]) -> str:
        originals.append(match[0])
        return f"\ue000{len(originals) - 1}\ue001"

    return Masked(_WRITTEN.sub(token, text), tuple(originals))


def resolve(masked: Masked, text: str, environ: Mapping[str, str]) -> Resolved:
    names: list[str] = []
    problems: list[tuple[str, str]] = []

    def fill(match: re.Match[str]) -> str:
        written = masked.original(match)
        if written.startswith("$$"):
            return written[1:]
        reference = _REFERENCE.fullmatch(written)
        if reference is None:
            problems.append(_MALFORMED)
            return ""
        names.append(reference[1])
        value = environ.get(reference[1], "")
        if reference[2] is not None:
            return value if value.strip() else reference[2]
        if not value.strip():
            problems.append(_missing(reference[1], present=reference[1] in environ))
        return value

    value = _TOKEN.sub(fill, text)
    if "${" in _TOKEN.sub("", text):
        problems.append(_MALFORMED)
    whole = _TOKEN.fullmatch(text.strip()) is not None
    return Resolved(value, tuple(names), tuple(dict.fromkeys(problems)), whole and not value)


_MALFORMED = (
    "a reference to the environment is not well formed",
    "write ${NAME} or ${NAME:-default}; $${ is the text ${ itself",
)


def _missing(name: str, *, present: bool) -> tuple[str, str]:
    if present:
        return f"{name} is set but empty", "give it a value, in the environment or in .env"
    return f"{name} is not set", "set it in the environment or in .env"
