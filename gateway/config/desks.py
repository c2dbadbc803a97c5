"""Where staff receive handoffs, and which accounts are theirs: the settings, and what must hold
between them and the channels. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Protocol, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from channels.kinds import CAPABILITIES
from gateway.config import keys
from gateway.config.promises import DeskPromises
from gateway.errors import Problem

# Kinds on which staff can be told something; on those that whisper they can work, too.
TELLING = frozenset({"slack", "discord", "telegram", "email"})
_CHANNEL_KEYS = ("support_channels", "support_chats")


def _account(value: str) -> str:
    workspace, slash, account = value.partition("/")
    if not (slash and workspace and account) or "/" in account or value != value.strip():
        raise ValueError("must be WORKSPACE/ACCOUNT, for Slack such as T0123456789/U0123456789")
    return value


def _of_a_kind(value: str) -> str:
    if not works_in_threads(value):
        known = ", ".join(sorted(kind for kind in CAPABILITIES if works_in_threads(kind)))
        raise ValueError(f"no staff work on this kind of channel; known is {known}")
    return value


AccountKind: TypeAlias = Annotated[str, AfterValidator(_of_a_kind)]
Chat: TypeAlias = Annotated[str, Field(min_length=1, max_length=300)]
Account: TypeAlias = Annotated[str, Field(max_length=500), AfterValidator(_account)]
Chats: TypeAlias = Mapping[Annotated[str, Field(min_length=1, max_length=64)], Chat]


class _Section(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, coerce_numbers_to_str=True
    )


class DeskSettings(DeskPromises):
    """``{}`` is a web desk. With a ``channel``, handoffs are told in a ``chat`` of it: that of the
    first of ``by_topic``, ``by_tier``, ``by_language`` and ``by_channel`` that fits, else ``chat``.
    ``on_duty`` is the group that is called when nobody answers. With ``relay`` ``>>`` only messages
    that begin so go to the customer."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    channel: Annotated[str, Field(max_length=41)] | None = None
    chat: Chat | None = None
    on_duty: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{2,40}$")] | None = None
    by_topic: Annotated[Chats, Field(max_length=100)] = Field(default_factory=dict[str, str])
    by_tier: Annotated[Chats, Field(max_length=3)] = Field(default_factory=dict[str, str])
    by_language: Annotated[Chats, Field(max_length=20)] = Field(default_factory=dict[str, str])
    by_channel: Annotated[Chats, Field(max_length=100)] = Field(default_factory=dict[str, str])
    relay: Literal["owner", ">>"] = "owner"

    @model_validator(mode="after")
    def _whole(self) -> DeskSettings:
        if self.channel is None and (self.chats or self.on_duty is not None):
            raise ValueError("says no `channel`, so there is nowhere to tell anybody")
        if self.channel is not None and self.chat is None:
            raise ValueError("says no `chat` of its channel; name the one for everything")
        return self

    @property
    def chats(self) -> frozenset[str]:
        """Every chat in which this desk's staff work."""
        maps = (self.by_topic, self.by_tier, self.by_language, self.by_channel)
        several = [chat for by in maps for chat in by.values()]
        return frozenset(several if self.chat is None else [self.chat, *several])

    def chat_for(self, topic: str, tier: str, language: str, channel: str) -> str | None:
        """Where a conversation goes."""
        for by, key in (
            (self.by_topic, topic),
            (self.by_tier, tier),
            (self.by_language, language),
            (self.by_channel, channel),
        ):
            if key in by:
                return by[key]
        return self.chat


class StaffEntry(_Section):
    """Somebody of the staff and their accounts by kind. They get a password with
    `frontdesk staff add`, and need none to work in Slack."""

    name: Annotated[str, Field(min_length=1, max_length=128)]
    role: Literal["agent", "lead"] = "agent"
    identities: Mapping[AccountKind, Account] = Field(default_factory=dict[str, str])


class Entry(Protocol):
    @property
    def kind(self) -> str: ...


def problems(desks: Mapping[str, DeskSettings], channels: Mapping[str, Entry]) -> Iterator[Problem]:
    for name, desk in desks.items():
        if desk.channel is None:
            continue
        path = ("desks", name, "channel")
        entry = channels.get(desk.channel)
        if entry is None:
            mend = keys.did_you_mean(desk.channel, list(channels), "channel")
            yield Problem("no channel has this name", path, mend)
        elif entry.kind not in TELLING:
            known = ", ".join(sorted(TELLING))
            yield Problem(
                f"staff cannot be told anything on a channel of the kind {entry.kind}",
                path,
                f"use one of the kinds {known}, or no channel for the web desk",
            )
        else:
            yield from _also_customers(name, desk, entry)
    yield from _unknown_channels(desks, channels)


def _also_customers(name: str, desk: DeskSettings, entry: Entry) -> Iterator[Problem]:
    """What staff say among themselves must never be taken for a customer's words."""
    theirs = {str(chat) for key in _CHANNEL_KEYS for chat in getattr(entry, key, ())}
    theirs |= {str(getattr(entry, "address", "")).lower()} - {""}
    for chat in sorted(desk.chats):
        if chat in theirs or chat.lower() in theirs:
            yield Problem(
                f"{chat} is where customers write on the channel {desk.channel} as well",
                ("desks", name, "chat"),
                "use a chat of the staff's own",
            )


def _unknown_channels(
    desks: Mapping[str, DeskSettings], channels: Mapping[str, Entry]
) -> Iterator[Problem]:
    for name, desk in desks.items():
        for channel in desk.by_channel:
            if channel not in channels:
                mend = keys.did_you_mean(channel, list(channels), "channel")
                yield Problem(
                    "no channel has this name", ("desks", name, "by_channel", channel), mend
                )


def staff_problems(staff: tuple[StaffEntry, ...]) -> Iterator[Problem]:
    names: set[str] = set()
    accounts: set[tuple[str, str]] = set()
    for index, one in enumerate(staff):
        if one.name in names:
            yield Problem("is named twice", ("staff", index, "name"), "give each person one entry")
        names.add(one.name)
        for kind, account in one.identities.items():
            if (kind, account) in accounts:
                yield Problem(
                    "is another person's account already",
                    ("staff", index, "identities", kind),
                    "an account belongs to one person",
                )
            accounts.add((kind, account))


def works_in_threads(kind: str) -> bool:
    """Whether staff can do all their work on a kind, or are only told there."""
    found = CAPABILITIES.get(kind)
    return found is not None and found.threads and found.whispers


def chats_on(desks: Mapping[str, DeskSettings], channel: str) -> frozenset[str]:
    """The chats of a channel in which staff work; no customer is heard there."""
    return frozenset(
        chat for desk in desks.values() if desk.channel == channel for chat in desk.chats
    )
