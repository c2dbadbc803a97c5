"""What may be known of who writes, from where, and of what they came with before. Data; it looks
nothing up."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Profile:
    """What the business knows of who writes. ``tier`` and ``tags`` are its own words; ``verified``
    says how it is known that it is them, None where it is not."""

    vip: bool = False
    tier: str | None = None
    verified: str | None = None
    prefers_person: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Who writes, from where and when. ``senders`` are the accounts and addresses written from,
    ``place`` is the chat, mailbox or alias written to; ``team_open`` is None where the team has no
    hours."""

    profile: Profile = field(default_factory=Profile)
    senders: tuple[str, ...] = ()
    place: str | None = None
    team_open: bool | None = None


@dataclass(frozen=True, slots=True)
class EarlierCase:
    """Another case of the same customer: what it was about, and the words that began it."""

    intent: str | None
    question: str
