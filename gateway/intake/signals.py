"""Whole messages and commands that are no question: stop, start, a person. Pure."""

from __future__ import annotations

import re

from channels.events import Commanded
from gateway.records import JOIN_ASKED, OPT_IN, OPT_OUT, PERHAPS_OPT_OUT, START

_STOP = frozenset({"stop", "unsubscribe", "stopall", "revoke", "optout"})
_STARTS = frozenset({"start", "unstop"})
# Words that customers also say of an order or a subscription: they stop messages only where the
# last thing that was sent had not been asked for.
_PERHAPS = frozenset({"cancel", "end", "quit"})
# The commands that are understood, and the choice that each stands for.
_COMMANDS = {"human": "person", "person": "person", "start": START, "link": JOIN_ASKED}
# Who wants to be known as the same person elsewhere says so in one of these.
_JOINS = frozenset(
    {
        "link my chats",
        "chats verbinden",
        "relier mes conversations",
        "vincular mis chats",
        "collega le mie chat",
        "vincular os meus chats",
        "koppel mijn chats",
    }
)
_LONGEST = 40
_CODE = re.compile(r"LINK[\s-]*([A-Z2-7]{4})[\s-]*([A-Z2-7]{4})\.?")


def consent_in(text: str, *, opted_out: bool) -> str | None:
    """What a message says of further messages, if that is all that it says. START means something
    only to somebody who said STOP before."""
    word = text.strip().casefold()
    if word in _STOP:
        return OPT_OUT
    if word in _STARTS and opted_out:
        return OPT_IN
    return PERHAPS_OPT_OUT if word in _PERHAPS else None


def asks_to_join(text: str) -> bool:
    """Whether it asks for a code, and nothing else."""
    return len(text) <= _LONGEST and " ".join(text.casefold().split()).strip(".!") in _JOINS


def join_code_in(text: str) -> str | None:
    """The code that a message is, None for any other."""
    found = _CODE.fullmatch(text.strip().upper()) if len(text) <= _LONGEST else None
    return found[1] + found[2] if found is not None else None


def choice_of(event: Commanded) -> str | None:
    """What a command asks for; None for one that is only recorded."""
    return _COMMANDS.get(event.command.strip().lstrip("/").casefold())
