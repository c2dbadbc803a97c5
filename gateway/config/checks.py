"""What must hold between several keys of one configuration. Pure but for one look at whether a
knowledge folder exists; it never changes a setting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from channels.setup import SETUPS
from gateway.config import desks, keys, models, promising, tiering
from gateway.config.settings import Settings, is_loopback
from gateway.errors import KeyPath, Problem

Check: TypeAlias = Callable[[Settings], Sequence[Problem]]

_TLS = "put a TLS proxy in front and set public_url: https://… (or server.host: 127.0.0.1)"


def problems(settings: Settings, more: Sequence[Check] = ()) -> list[Problem]:
    found = [
        *_desks(settings),
        *desks.problems(settings.desks, settings.channels),
        *desks.staff_problems(settings.staff),
        *_rollout(settings),
        *_rated_channels(settings),
        *_departments(settings),
        *tiering.problems(settings),
        *promising.problems(settings),
        *_demo_knowledge(settings),
        *_sources(settings),
        *_private_networks(settings),
        *models.problems(settings),
        *_plain_http(settings),
    ]
    for check in more:
        found.extend(check(settings))
    return found


def warnings(settings: Settings) -> list[Problem]:
    found: list[Problem] = []
    if _exposed(settings) or _plain_address(settings):
        message = "customers and staff may be reached over plain http, where anyone on the way can "
        found.append(Problem(message + "read and change everything", _allowed_by(settings), _TLS))
    found.extend(_unreachable(settings))
    if not settings.channels:
        found.append(Problem("no channel is configured, so nobody can write", ("channels",)))
    return found


def _unreachable(settings: Settings) -> Iterator[Problem]:
    """Channels that nothing can arrive on; the others run all the same."""
    for name, entry in settings.channels.items():
        setup = SETUPS.get(entry.kind)
        posted = setup is not None and setup.public
        posted = posted or getattr(entry, "transport", None) == "webhook"
        if posted and settings.public_url is None:
            mend = "set public_url: https://…, the address at which the platform reaches us"
            yield Problem("does not start without public_url", ("channels", name), mend)


def _desks(settings: Settings) -> Iterator[Problem]:
    for name, entry in settings.channels.items():
        if entry.desk not in settings.desks:
            mend = keys.did_you_mean(entry.desk, list(settings.desks), "desk")
            yield Problem("no desk has this name", ("channels", name, "desk"), mend)


def _rollout(settings: Settings) -> Iterator[Problem]:
    for name in settings.rollout.channels:
        if name not in settings.channels:
            mend = keys.did_you_mean(name, list(settings.channels), "channel")
            yield Problem("no channel has this name", ("rollout", "channels", name), mend)
    if settings.business.hours is None:
        for path in _off_hours(settings):
            mend = "set business.hours, or take this out"
            yield Problem("the team has no hours, so none of them are off", path, mend)


def _rated_channels(settings: Settings) -> Iterator[Problem]:
    for index, name in enumerate(settings.business.rating.channels):
        if name not in settings.channels:
            mend = keys.did_you_mean(name, list(settings.channels), "channel")
            yield Problem(
                "no channel has this name", ("business", "rating", "channels", index), mend
            )


def _off_hours(settings: Settings) -> Iterator[KeyPath]:
    """Where it is said that the assistant has the off hours only."""
    rollout = settings.rollout
    if rollout.hours == "off_hours_only":
        yield ("rollout", "hours")
    for name, rule in rollout.channels.items():
        if rule.hours == "off_hours_only":
            yield ("rollout", "channels", name, "hours")
        for intent, each in rule.intents.items():
            if each.hours == "off_hours_only":
                yield ("rollout", "channels", name, "intents", intent, "hours")


def _departments(settings: Settings) -> Iterator[Problem]:
    for name in settings.brain.budgets.departments:
        if name not in settings.desks:
            mend = keys.did_you_mean(name, list(settings.desks), "desk")
            yield Problem("no desk has this name", ("brain", "budgets", "departments", name), mend)


def _demo_knowledge(settings: Settings) -> Iterator[Problem]:
    real = [name for name, entry in settings.channels.items() if not entry.demo]
    for index, source in enumerate(settings.brain.knowledge.sources):
        if source.demo and real:
            yield Problem(
                f"demo knowledge beside a real channel ({', '.join(real)}): invented answers "
                "must never reach customers",
                ("brain", "knowledge", "sources", index, "demo"),
                "remove this source, or say demo: true on each channel",
            )


def _sources(settings: Settings) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, source in enumerate(settings.brain.knowledge.sources):
        path = ("brain", "knowledge", "sources", index)
        if source.path is not None:
            yield from _path(source.path, (*path, "path"))
        else:
            yield from _address(source.place, (*path, "url" if source.url else "sitemap"))
        if source.place in seen:
            yield Problem("this source is there already", path, "remove one of the two")
        seen.add(source.place)


def _path(text: str, path: KeyPath) -> Iterator[Problem]:
    try:
        present = Path(text).exists()
    except (OSError, ValueError):
        present = False
    if not present:
        yield Problem("no such file or folder", path, "it is read from config.yaml's folder")


def _address(text: str, path: KeyPath) -> Iterator[Problem]:
    try:
        parts = urlsplit(text.strip())
        well = parts.scheme in {"http", "https"} and bool(parts.hostname)
        open_ = parts.username is None and parts.password is None
    except ValueError:
        well, open_ = False, True
    if not well:
        yield Problem("is no web address", path, "write it whole: https://shop.example/help")
    elif not open_:
        yield Problem(
            "has a user name or password in it, and only public pages are read", path, "remove it"
        )


def _private_networks(settings: Settings) -> Iterator[Problem]:
    for index, text in enumerate(settings.brain.knowledge.private_networks):
        try:
            ip_network(text)
        except ValueError:
            path = ("brain", "knowledge", "private_networks", index)
            mend = "write one like 10.20.0.0/16, with zeros after the prefix, or a single address"
            yield Problem("is no network", path, mend)


def _plain_http(settings: Settings) -> Iterator[Problem]:
    if _allowed_by(settings):
        return
    if _exposed(settings):
        message = "listens beyond this machine over plain http, in which passwords can be read"
        yield Problem(message, ("server", "host"), _TLS)
    if _plain_address(settings):
        message = "is plain http beyond this machine, in which passwords can be read"
        yield Problem(message, ("public_url",), "put a TLS proxy in front and write https://…")


def _exposed(settings: Settings) -> bool:
    return not is_loopback(settings.server.host) and not _https(settings)


def _plain_address(settings: Settings) -> bool:
    address = settings.public_url
    if address is None or _https(settings):
        return False
    host = address.split("//", 1)[1].split("/", 1)[0]
    return not is_loopback(host.rsplit(":", 1)[0] if not host.endswith("]") else host)


def _https(settings: Settings) -> bool:
    return settings.public_url is not None and settings.public_url.lower().startswith("https://")


def _allowed_by(settings: Settings) -> tuple[str, ...]:
    """The key that says plain http is meant, empty if none does."""
    if settings.server.insecure_http:
        return ("server", "insecure_http")
    return ("server", "trusted_proxies") if settings.server.trusted_proxies else ()
