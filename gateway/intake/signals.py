"""Whole messages and commands that are no question: stop, start, a person. Pure."""

from __future__ import annotations

from channels.events import Commanded
from gateway.records import OPT_IN, OPT_OUT, PERHAPS_OPT_OUT, START

_STOP = frozenset({"stop", "unsubscribe", "stopall", "revoke", "optout"})
_STARTS = frozenset({"start", "unstop"})
# Words that customers also say of an order or a subscription: they stop messages only where the
# last thing that was sent had not been asked for.
_PERHAPS = frozenset({"cancel", "end", "quit"})
# The commands that are understood, and the choice that each stands for.
_COMMANDS = {"human": "person", "person": "person", "start": START}


def consent_in(text: str, *, opted_out: bool) -> str | None:
    """What a message says of further messages, if that is all that it says. START means something
    only to somebody who said STOP before."""
    word = text.strip().casefold()
    if word in _STOP:
        return OPT_OUT
    if word in _STARTS and opted_out:
        return OPT_IN
    return PERHAPS_OPT_OUT if word in _PERHAPS else None


def choice_of(event: Commanded) -> str | None:
    """What a command asks for; None for one that is only recorded."""
    return _COMMANDS.get(event.command.strip().lstrip("/").casefold())
