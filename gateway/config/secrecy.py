"""What a secret may not be: blank, a placeholder, in clear, or in sight. It knows which values are
secret from their types and never returns one in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from gateway.errors import KeyPath, Problem

_PLACEHOLDER = re.compile(
    r"change[-_ ]?(?:me|this|it).*|your[-_ ].*|my[-_ ](?:secret|token|key|password)"
    r"|replace[-_ ]?(?:me|this|with).*|<.*>|\[.*\]|[xX*.•-]{3,}|todo|fixme|tbd|placeholder.*"
    r"|example.*|dummy|secret|password|token|key|none|null|undefined",
    re.IGNORECASE | re.DOTALL,
)
_WORTH_HIDING = 4


def is_placeholder(value: str) -> bool:
    return _PLACEHOLDER.fullmatch(value.strip()) is not None


def faults(path: KeyPath, value: str) -> Problem | None:
    """Why this value cannot be a secret; a secret that anyone can guess is no lock at all."""
    if not value.strip():
        return Problem("the secret is blank", path, "give it a value, or remove the key")
    if is_placeholder(value):
        return Problem("the secret is still a placeholder", path, "put the real one in .env")
    return None


def in_clear(path: KeyPath) -> Problem:
    return Problem(
        "a secret stands here in clear, where copies of the file will carry it",
        path,
        "move it to .env and write ${NAME} here",
    )


def url_password(url: str) -> str | None:
    """The password inside a database address, found without judging the address."""
    match = re.match(r"[^:/]+://[^/@:]*:([^?#]+)@", url) or re.search(r"[?&]password=([^&#]+)", url)
    return match[1] if match else None


def hide(problems: Iterable[Problem], secrets: Sequence[str]) -> list[Problem]:
    """The same problems, with no secret in any sentence."""
    # A placeholder is no secret, but it is a word that sentences need.
    worth = {each for each in secrets if len(each) >= _WORTH_HIDING and not is_placeholder(each)}
    hidden = sorted(worth, key=len)

    def clean(text: str) -> str:
        for secret in reversed(hidden):
            text = text.replace(secret, "…")
        return text

    return [
        replace(problem, message=clean(problem.message), mend=clean(problem.mend))
        for problem in problems
    ]
