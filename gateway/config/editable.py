"""Which keys of the configuration people may change on the desk: one table. It knows no value, and
nothing that is not in it can be changed there: no credential, no web address, no path."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Literal, TypeAlias, get_args

from gateway.errors import FrontdeskError, KeyPath, dotted

Section: TypeAlias = Literal[
    "texts", "voice", "business", "hours", "desks", "rules", "tiers", "routes", "budgets", "start"
]
Path: TypeAlias = tuple[str, ...]
SECTIONS: tuple[Section, ...] = get_args(Section)
ANY = "*"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

# Which account of the business speaks there, and with which secret, stands in config.yaml alone.
_OF_A_DESK = (
    "chat",
    "by_topic",
    "by_tier",
    "by_language",
    "by_channel",
    "on_duty",
    "relay",
    "first_answer",
    "escalate_to",
    "digest",
)

# A key is changed as a whole; ``*`` stands for one name.
EDITABLE: Mapping[Path, Section] = {
    ("business", "texts", ANY): "texts",
    ("business", "voice", "words"): "voice",
    ("business", "voice", "never"): "voice",
    ("business", "voice", "form"): "voice",
    ("business", "voice", "longest"): "voice",
    ("business", "name"): "business",
    ("business", "languages"): "business",
    ("business", "timezone"): "hours",
    ("business", "hours"): "hours",
    ("business", "holidays"): "hours",
    **{("desks", ANY, name): "desks" for name in _OF_A_DESK},
    ("channels", ANY, "desk"): "desks",
    ("brain", "escalation", "unsuccessful"): "rules",
    ("brain", "escalation", "contacts"): "rules",
    ("brain", "escalation", "refund_limit"): "rules",
    ("brain", "escalation", "people_only"): "rules",
    ("brain", "escalation", "customers"): "rules",
    ("brain", "escalation", "rules"): "rules",
    ("brain", "tiers", ANY): "tiers",
    ("brain", "routes", ANY): "routes",
    ("brain", "budgets", "tenant"): "budgets",
    ("brain", "budgets", "departments"): "budgets",
    ("brain", "budgets", "conversation"): "budgets",
    ("rollout", "mode"): "start",
    ("rollout", "hours"): "start",
    ("rollout", "channels", ANY): "start",
}


class NotEditable(FrontdeskError):
    """This is nothing that is changed on the desk."""


def path_of(key: str) -> Path:
    """The path of a key as people write it.

    Raises:
        NotEditable.
    """
    path = tuple(key.split("."))
    if section_at(path) is None:
        shown = key[:100].encode("ascii", "backslashreplace").decode("ascii")
        raise NotEditable(
            f"{shown} is nothing that is changed on the desk; it stands in config.yaml alone"
        )
    return path


def section_at(path: KeyPath) -> Section | None:
    """The section of a key that can be changed; None for any other, also above or below one."""
    return next((EDITABLE[known] for known in EDITABLE if _fits(known, path)), None)


def is_locked(path: Sequence[str], locked: Collection[str]) -> bool:
    """Whether a lock is on the key, on something around it or on something in it."""
    return any(_along(path, lock.split(".")) for lock in locked)


def can_be_locked(lock: str) -> bool:
    """Whether a lock holds anything that could be changed otherwise."""
    return any(_may_meet(known, tuple(lock.split("."))) for known in EDITABLE)


def names() -> list[str]:
    """Every key of the table as people write it."""
    return [dotted(path).replace(ANY, "NAME") for path in EDITABLE]


def _fits(known: Path, path: KeyPath) -> bool:
    return len(known) == len(path) and all(
        isinstance(have, str) and (_NAME.fullmatch(have) if want == ANY else have == want)
        for want, have in zip(known, path, strict=True)
    )


def _along(one: Sequence[str], other: Sequence[str]) -> bool:
    length = min(len(one), len(other))
    return list(one[:length]) == list(other[:length])


def _may_meet(known: Path, lock: Path) -> bool:
    return all(want in {ANY, have} for want, have in zip(known, lock, strict=False))
