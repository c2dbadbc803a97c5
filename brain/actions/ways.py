"""How a business's system is reached, whatever it speaks: what a way is given, what it can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from brain.actions.catalogue import Action
from brain.acts import Answered

# Addresses, or tokens, by backend name; None while the demo's shop is not up.
Places: TypeAlias = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Call:
    """``customer`` is whom it is for, as the conversation proves it; ``key`` the action's id, empty
    for what only looks."""

    arguments: Mapping[str, Any]
    customer: str | None = None
    key: str = ""

    @property
    def values(self) -> Mapping[str, Any]:
        """What placeholders are filled with; the gateway's own come last, so that nobody's
        arguments can stand in for them."""
        return {**self.arguments, "customer": self.customer or "", "key": self.key}


class Way(Protocol):
    """No call raises, none is repeated: what is not certain is ``unknown``."""

    async def look(self, action: Action, at: str, call: Call) -> Answered:
        """Read what is ``at`` a path, or what a tool of that name says."""
        ...

    async def do(self, action: Action, call: Call) -> Answered: ...

    async def send_code(self, action: Action, code: str, call: Call) -> Answered: ...

    async def close(self) -> None: ...
