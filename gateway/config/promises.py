"""What desks promise: how soon a person answers first, and who hears of it when nobody does. The
settings, and what follows of them at a moment. Pure; it never reads a clock."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_network
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from channels.api.settings import deliverable, strong_secret
from gateway.config.hours import Hours

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
LONGEST_SECONDS = 14 * DAY
# How much of a day is alike: a wait at ten says much of one at eleven and little of one at eight
# in the evening.
BAND_HOURS = 4
UTC = ZoneInfo("UTC")
_SPAN = re.compile(r"([1-9][0-9]{0,4})\s?([mhd])")
_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY}
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def parse_span(value: object) -> float:
    """``15m``, ``2h`` or ``1d`` in seconds; anything else is a ValueError."""
    if isinstance(value, float):
        return value
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    seconds = int(match[1]) * _UNITS[match[2]] if match is not None else 0.0
    if not 0 < seconds <= LONGEST_SECONDS:
        raise ValueError("must be a time like 15m, 2h or 1d, at most 14d")
    return seconds


def _mailbox(value: str) -> str:
    if _MAILBOX.fullmatch(value) is None or len(value) > 254:  # noqa: PLR2004 - RFC 5321
        raise ValueError("must be a mail address like team@example.com")
    return value.lower()


def _clock(value: str) -> str:
    if _CLOCK.fullmatch(value) is None:
        raise ValueError("must be a time of day like 09:00")
    return value


def _network(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError:
        raise ValueError("must be an address or network like 10.0.0.0/8") from None


Span: TypeAlias = Annotated[float, BeforeValidator(parse_span)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DigestSettings(_Frozen):
    """A mail that says who waits, while anybody does; ``at`` is for daily ones, on the business's
    clock."""

    to: Annotated[str, AfterValidator(_mailbox)]
    channel: Annotated[str, Field(max_length=41)]
    every: Literal["hour", "day"] = "day"
    at: Annotated[str, AfterValidator(_clock)] = "09:00"


class PageSettings(_Frozen):
    """Where somebody is called out when a case is late, by a signed request. ``networks`` are the
    operator's own that ``url`` may lead into."""

    url: Annotated[str, Field(max_length=2000, repr=False), AfterValidator(deliverable)]
    secret: Annotated[SecretStr, AfterValidator(strong_secret)]
    networks: tuple[Annotated[str, AfterValidator(_network)], ...] = ()


class DeskPromises(_Frozen):
    """``first_answer`` counts in the team's hours, from when a customer began to wait."""

    first_answer: Span | None = None
    escalate_to: Annotated[str, Field(max_length=41)] | None = None
    digest: DigestSettings | None = None
    page: PageSettings | None = None


NOTHING_PROMISED = DeskPromises()


@dataclass(frozen=True, slots=True)
class Promises:
    """Those of one configuration. ``desk_by_channel`` says where each channel's cases go first."""

    desks: Mapping[str, DeskPromises] = field(default_factory=dict[str, DeskPromises])
    desk_by_channel: Mapping[str, str] = field(default_factory=dict[str, str])
    hours: Hours | None = None
    zone: ZoneInfo = UTC
    first_desk: str = "web"

    @property
    def any_timed(self) -> bool:
        return any(desk.first_answer is not None for desk in self.desks.values())

    def desk(self, channel: str, escalated_to: str | None = None) -> str:
        """Whose case it is now."""
        if escalated_to is not None and escalated_to in self.desks:
            return escalated_to
        return self.desk_by_channel.get(channel, self.first_desk)

    def of(self, desk: str) -> DeskPromises:
        return self.desks.get(desk, NOTHING_PROMISED)

    def due(self, channel: str, since: float | None) -> float | None:
        """When a person has to have answered who is awaited since then; None where nothing is
        promised. It is the channel's own desk that promised, wherever the case is now."""
        seconds = self.of(self.desk(channel)).first_answer
        return None if since is None or seconds is None else self.after(since, seconds)

    def is_open(self, at: float) -> bool:
        return self.hours is None or self.hours.is_open(at)

    def after(self, at: float, seconds: float) -> float:
        return at + seconds if self.hours is None else self.hours.after(at, seconds)

    def band(self, at: float) -> int:
        """Which part of the business's day a moment is in."""
        return datetime.fromtimestamp(at, self.zone).hour // BAND_HOURS


NO_PROMISES = Promises()
