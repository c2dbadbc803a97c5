"""The promises of one configuration, and what must hold between them and the rest of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.config import keys
from gateway.config.hours import parse_zone
from gateway.config.promises import DeskPromises, Promises
from gateway.config.settings import WEB_DESK, Settings
from gateway.errors import KeyPath, Problem


def promises_of(settings: Settings) -> Promises:
    business = settings.business
    return Promises(
        desks=settings.desks,
        desk_by_channel={name: entry.desk for name, entry in settings.channels.items()},
        hours=business.hours,
        zone=parse_zone(business.timezone),
        first_desk=WEB_DESK,
    )


def problems(settings: Settings) -> Iterator[Problem]:
    for name, desk in settings.desks.items():
        path: KeyPath = ("desks", name)
        yield from _second_desk(settings, name, desk)
        if desk.first_answer is None and (desk.escalate_to or desk.page):
            key = "escalate_to" if desk.escalate_to else "page"
            mend = "say within which time a person answers, like first_answer: 15m"
            yield Problem("never happens without first_answer", (*path, key), mend)
        if desk.digest is not None:
            yield from _mailed(settings, desk.digest.channel, (*path, "digest", "channel"))


def _second_desk(settings: Settings, name: str, desk: DeskPromises) -> Iterator[Problem]:
    path: KeyPath = ("desks", name, "escalate_to")
    if desk.escalate_to == name:
        yield Problem("is the desk itself", path, "name another desk, or remove it")
    elif desk.escalate_to is not None and desk.escalate_to not in settings.desks:
        mend = keys.did_you_mean(desk.escalate_to, list(settings.desks), "desk")
        yield Problem("no desk has this name", path, mend)


def _mailed(settings: Settings, channel: str, path: KeyPath) -> Iterator[Problem]:
    entry = settings.channels.get(channel)
    if entry is None:
        mend = keys.did_you_mean(channel, list(settings.channels), "channel")
        yield Problem("no channel has this name", path, mend)
    elif entry.kind != "email":
        yield Problem("is not an email channel", path, "name the channel of a mailbox")
