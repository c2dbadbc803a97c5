"""Building the configured channels by their kinds' dotted names."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from channels.contract import Capabilities, Channel, Clock, Ports
from channels.kinds import KINDS, imitate, load
from gateway.bootstrap.keys import Keys
from gateway.config.settings import ChannelEntry, Settings
from gateway.conversations.timeline import StoredTimeline
from gateway.errors import ConfigurationError, Problem
from gateway.media.uploads import StoredUploads
from gateway.outbox.enclosing import Enclosing
from gateway.store.files import Files
from gateway.store.store import Store
from gateway.web.files import FileLinks
from gateway.web.widget import DemoChannel

MEGABYTE = 1024 * 1024
UPLOAD_LIMIT_MB = 10


@dataclass(frozen=True, slots=True)
class Workshop:
    """What channels are built with. ``desks`` gives the chats of a channel in which staff work."""

    store: Store
    files: Files
    keys: Keys
    clock: Clock
    links: FileLinks
    closing: asyncio.Event
    public_url: str
    desks: Callable[[str], frozenset[str]]


def capabilities_of(settings: Settings) -> Mapping[str, Capabilities]:
    """What each configured channel can do, by name."""
    return {name: _capabilities(entry) for name, entry in settings.channels.items()}


def shown_kind(entry: ChannelEntry) -> str:
    """The kind that people see: the one imitated, where it is."""
    return entry.as_ or entry.kind


def kinds_of(settings: Settings) -> Mapping[str, str]:
    """The kind that people see of each channel."""
    return {name: shown_kind(entry) for name, entry in settings.channels.items()}


def build_channel(name: str, entry: ChannelEntry, workshop: Workshop) -> Channel:
    """
    Raises:
        ConfigurationError: the kind's adapter is not what it should be.
    """
    found = load(KINDS[entry.kind].channel)
    if not (isinstance(found, type) and issubclass(found, Channel)):
        problem = Problem(f"kind {entry.kind!r} has no adapter", ("channels", name, "kind"))
        raise ConfigurationError([problem])
    return found.build(name, entry, _capabilities(entry), _ports(name, entry, workshop))


def _capabilities(entry: ChannelEntry) -> Capabilities:
    return imitate(entry.as_) if entry.as_ else KINDS[entry.kind].capabilities


def _ports(name: str, entry: ChannelEntry, workshop: Workshop) -> Ports:
    megabytes = getattr(entry, "upload_limit_mb", UPLOAD_LIMIT_MB)
    return Ports(
        timeline=StoredTimeline(workshop.store, name, workshop.links.file_url),
        uploads=StoredUploads(workshop.store, workshop.files, name, megabytes * MEGABYTE),
        clock=workshop.clock,
        random=secrets.token_bytes,
        key=workshop.keys.key(f"channel {name}"),
        public_url=workshop.public_url,
        closing=workshop.closing,
        desks=partial(workshop.desks, name),
    )


def demo_channels(settings: Settings) -> list[DemoChannel]:
    """The channels that the demo page shows."""
    return [
        DemoChannel(name, getattr(entry, "name", None) or name, shown_kind(entry))
        for name, entry in settings.channels.items()
        if entry.demo and entry.kind == "web"
    ]


def enclosing_of(public_url: str | None, files: Files, links: FileLinks) -> Enclosing:
    """What adds files to a message: their bytes, or where they are fetched."""
    home = (public_url or "").rstrip("/")

    def address(file: str) -> str:
        return f"{home}{links.file_url(file)}"

    return Enclosing(files, address if home else None)
