"""What the app has to be allowed and told, as data: the page's manifest names the same."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Each bot scope, with what it is needed for.
SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "app_mentions:read": "to hear mentions",
        "assistant:write": "to be an agent",
        "channels:history": "to hear and look up public channels",
        "channels:read": "to know its public channels",
        "chat:write": "to answer",
        "commands": "to offer /human and the shortcut",
        "files:read": "to read what customers attach",
        "files:write": "to send files",
        "groups:history": "to hear and look up private channels",
        "groups:read": "to know its private channels",
        "im:history": "to hear and look up direct messages",
        "im:read": "to know its direct messages",
        "im:write": "to write to somebody in private",
        "mpim:history": "to hear and look up group messages",
        "mpim:read": "to know its group messages",
        "reactions:read": "to see reactions",
        "users:read": "to know people's names",
    }
)
EVENTS = frozenset(
    {
        "app_home_opened",
        "app_mention",
        "message.channels",
        "message.groups",
        "message.im",
        "message.mpim",
        "reaction_added",
        "reaction_removed",
    }
)


def missing(granted: frozenset[str]) -> tuple[str, ...]:
    """The scopes that the token does not carry, in order."""
    return tuple(scope for scope in SCOPES if scope not in granted)


def of_header(value: str) -> frozenset[str]:
    """The scopes in an ``x-oauth-scopes`` header."""
    return frozenset(scope.strip() for scope in value.split(",") if scope.strip())
