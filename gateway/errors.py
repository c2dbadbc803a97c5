"""What can go wrong in the gateway itself; the name says the fact, the text says the mend.
Nothing here knows how an error is shown, and no error carries a secret.

FrontdeskError
├── ConfigurationError     the configuration is wrong: every problem at once, exit code 2
├── StoreRefused           the gateway does not start on this store
│   ├── SchemaTooNew       a later program wrote it
│   ├── CorruptStore       its content cannot be trusted
│   ├── StoreInUse         another gateway has it
│   ├── StoreFull          there is no room for the next message
│   ├── StoreNotDurable    it would acknowledge what a power cut loses
│   └── StoreUnreachable   it does not answer
└── StoreUnavailable       nothing was committed now; the same may work later
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]


def dotted(path: KeyPath) -> str:
    """A key path as people write it: ``channels.web.origins[1]``."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).removeprefix(".")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the configuration. ``mend`` says what to do about it; ``file``
    and ``line`` are filled in by whoever knows them, line 0 is the file as a whole."""

    message: str
    path: KeyPath = ()
    mend: str = ""
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        what = f"{self.message}; {self.mend}" if self.mend else self.message
        return ": ".join(part for part in (place, dotted(self.path), what) if part)


class FrontdeskError(Exception):
    """Something went wrong in the gateway."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or " ".join((self.__doc__ or "").split()))


class ConfigurationError(FrontdeskError):
    """The configuration is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StoreRefused(FrontdeskError):
    """The gateway cannot start on this store."""


class SchemaTooNew(StoreRefused):
    """The store was written by a later version of Frontdesk, which this version would damage;
    install that version again, or restore a backup taken before the upgrade."""


class CorruptStore(StoreRefused):
    """The store's file is damaged, so nothing in it can be trusted; stop the gateway, keep a copy
    of the file, and restore the last backup with `frontdesk db restore FILE`."""


class StoreInUse(StoreRefused):
    """Another gateway is running on this store's files; stop that one, or give this one its own
    folder (FRONTDESK_DATA) or a PostgreSQL store, which several gateways may share."""


class StoreFull(StoreRefused):
    """There is no room left where the store writes, so no message could be kept; free some space
    and start again."""


class StoreNotDurable(StoreRefused):
    """The store acknowledges a commit before it is on disk, so a power cut could lose messages;
    set synchronous_commit to on (PostgreSQL) or move the file to a local disk (SQLite)."""


class StoreUnreachable(StoreRefused):
    """The store does not answer; check store.url, and that the database runs and lets us in."""


class StoreUnavailable(FrontdeskError):
    """The database does not take anything now; nothing was committed, try again later."""
