"""A fake IMAP server on loopback: folders, numbers, IDLE and the faults of real ones. It speaks of
RFC 3501 as much as a reader needs, and keeps a ledger of every command."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
import shlex
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Self

ARRIVED = 1_799_999_000.0
_PARTIAL = re.compile(r"BODY\.PEEK\[(HEADER)?\]<0\.(\d+)>", re.IGNORECASE)


@dataclass
class Stored:
    raw: bytes
    arrived: float


@dataclass
class Folder:
    """One folder. ``validity`` changes when the server numbers anew."""

    validity: int = 7
    following: int = 1
    mails: dict[int, Stored] = field(default_factory=dict[int, Stored])

    def add(self, raw: bytes, arrived: float = ARRIVED) -> int:
        uid, self.following = self.following, self.following + 1
        self.mails[uid] = Stored(raw, arrived)
        return uid


@dataclass
class FakeImap:
    """``refusals`` are answers to the next command of a name, ``cuts`` the names of commands in the
    middle of whose answer the connection ends. ``silent`` makes it half-open: it reads and says
    nothing. ``unfetchable`` are numbers that it does not hand out."""

    user: str = "help@shop.example"
    password: str = "imap-password"
    token: str | None = None
    idles: bool = True
    folders: dict[str, Folder] = field(default_factory=lambda: {"INBOX": Folder()})
    refusals: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    cuts: list[str] = field(default_factory=list[str])
    unfetchable: set[int] = field(default_factory=set[int])
    silent: bool = False
    commands: list[str] = field(default_factory=list[str])
    connections: int = 0
    port: int = 0
    _rested: dict[str, int] = field(default_factory=dict[str, int], init=False)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition, init=False)
    _clients: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]], init=False)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()
        await self.hang_up()
        await self._server.wait_closed()

    async def hang_up(self) -> None:
        """End every connection."""
        for task in tuple(self._clients):
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def put(self, raw: bytes, folder: str = "INBOX", arrived: float = ARRIVED) -> int:
        """A mail arrives; who waits is told."""
        uid = self.folders[folder].add(raw, arrived)
        await self.tell()
        return uid

    async def tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def rested(self, folder: str = "INBOX") -> None:
        """Until a client has looked at all that is in the folder, and waits for more."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._has_rested(folder))

    def _has_rested(self, folder: str) -> bool:
        kept = self.folders[folder]
        return self._rested.get(f"{folder}/{kept.validity}", 0) >= kept.following

    async def commanded(self, name: str, times: int = 1) -> None:
        """Until a command was given so often."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: sum(each.startswith(name) for each in self.commands) >= times
            )

    async def rest(self, seen: dict[str, int]) -> None:
        self._rested.update(seen)
        await self.tell()

    async def more(self, folder: Folder, known: int) -> None:
        """Until the folder holds more than ``known``."""
        async with self._changed:
            await self._changed.wait_for(lambda: folder.following > known)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        self.connections += 1
        try:
            await _Client(self, reader, writer).serve()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._clients.discard(task)
            writer.transport.abort()


class _Client:
    def __init__(
        self, server: FakeImap, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._folder = ""
        self._seen: dict[str, int] = {}
        self._in = False

    async def serve(self) -> None:
        await self._say("* OK ready")
        while line := await self._line():
            tag, _, rest = line.partition(" ")
            name = rest.split(" ")[0].upper()
            name = rest.upper().split(" ")[1] if name == "UID" else name
            self._server.commands.append(name if name == "LOGIN" else rest)
            await self._server.tell()
            refusals = self._server.refusals.get(name, [])
            if refusals:
                await self._say(f"{tag} {refusals.pop(0)}")
            elif not await self._do(tag, name, rest):
                return

    async def _do(self, tag: str, name: str, rest: str) -> bool:
        match name:
            case "LOGIN":
                await self._login(tag, rest)
            case "AUTHENTICATE":
                await self._authenticate(tag)
            case "SELECT" | "EXAMINE":
                await self._select(tag, shlex.split(rest)[1])
            case "IDLE":
                await self._idle(tag)
            case "SEARCH":
                await self._search(tag, rest)
            case "FETCH":
                await self._fetch(tag, rest)
            case "LOGOUT":
                await self._say(f"* BYE\r\n{tag} OK bye")
                return False
            case _:
                await self._simple(tag, name)
        return True

    async def _simple(self, tag: str, name: str) -> None:
        if name == "CAPABILITY":
            idle = " IDLE" if self._server.idles else ""
            await self._say(f"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2{idle}")
        if name == "NOOP" and self._in:
            await self._server.rest(self._seen)
        await self._say(f"{tag} OK done")

    async def _login(self, tag: str, rest: str) -> None:
        user, password = shlex.split(rest)[1:3]
        known = (user, password) == (self._server.user, self._server.password)
        self._in = known
        await self._say(
            f"{tag} OK in" if known else f"{tag} NO [AUTHENTICATIONFAILED] Authentication failed."
        )

    async def _authenticate(self, tag: str) -> None:
        await self._say("+ ")
        said = base64.b64decode(await self._line()).decode()
        known = said == f"user={self._server.user}\1auth=Bearer {self._server.token}\1\1"
        self._in = known
        await self._say(f"{tag} OK in" if known else f"{tag} NO AUTHENTICATE failed.")

    async def _select(self, tag: str, name: str) -> None:
        folder = self._server.folders.get(name)
        if folder is None:
            await self._say(f"{tag} NO [NONEXISTENT] no such folder")
            return
        self._folder = name
        self._seen[f"{name}/{folder.validity}"] = folder.following
        await self._say(
            "* FLAGS (\\Seen)\r\n"
            f"* {len(folder.mails)} EXISTS\r\n* 0 RECENT\r\n"
            f"* OK [UIDVALIDITY {folder.validity}] valid\r\n"
            f"* OK [UIDNEXT {folder.following}] next\r\n{tag} OK [READ-ONLY] selected"
        )

    async def _idle(self, tag: str) -> None:
        # What came since the folder was opened is told at once.
        folder = self._server.folders[self._folder]
        known = self._seen[f"{self._folder}/{folder.validity}"]
        if self._cut("IDLE"):
            raise ConnectionResetError
        await self._say("+ idling")
        await self._server.rest(self._seen)
        told = asyncio.create_task(self._server.more(folder, known))
        done = asyncio.create_task(self._line())
        await asyncio.wait({told, done}, return_when=asyncio.FIRST_COMPLETED)
        try:
            if not done.done() and not self._server.silent:
                await self._say("* 99 EXISTS")
            line = await done
        finally:
            for task in (told, done):
                task.cancel()
        if line.upper() == "DONE":
            await self._say(f"{tag} OK idled")

    async def _search(self, tag: str, rest: str) -> None:
        words = shlex.split(rest)[2:]
        mails = self._server.folders[self._folder].mails
        if words[0] == "UID":
            first = int(words[1].partition(":")[0])
            found = [uid for uid in mails if uid >= first]
            # As the standard wants it: n:* names the last one in any case.
            found = found or sorted(mails)[-1:]
        elif words[0] == "SINCE":
            day = datetime.strptime(words[1], "%d-%b-%Y").replace(tzinfo=UTC).timestamp()
            found = [uid for uid, mail in mails.items() if mail.arrived >= day]
        else:
            wanted = words[2].encode()
            found = [
                uid for uid, mail in mails.items() if wanted in mail.raw.partition(b"\r\n\r\n")[0]
            ]
        await self._say(f"* SEARCH {' '.join(map(str, found))}\r\n{tag} OK searched")

    async def _fetch(self, tag: str, rest: str) -> None:
        uid = int(rest.split(" ")[2])
        stored = self._server.folders[self._folder].mails.get(uid)
        if uid in self._server.unfetchable:
            await self._say(f"{tag} NO this one is broken")
            return
        if stored is not None:
            await self._hand_out(uid, stored, rest)
        await self._say(f"{tag} OK fetched")

    async def _hand_out(self, uid: int, stored: Stored, rest: str) -> None:
        partial = _PARTIAL.search(rest)
        if partial is None:
            at = datetime.fromtimestamp(stored.arrived, UTC)
            date = at.strftime("%d-%b-%Y %H:%M:%S +0000")
            size = len(stored.raw)
            await self._say(f'* 1 FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE "{date}")')
            return
        data = stored.raw
        if partial[1]:
            data = data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        data = data[: int(partial[2])]
        head = f"* 1 FETCH (UID {uid} BODY[{partial[1] or ''}]<0> {{{len(data)}}}\r\n".encode()
        if self._cut("FETCH"):
            self._writer.write(head + data[: len(data) // 2])
            await self._writer.drain()
            raise ConnectionResetError
        self._writer.write(head + data + b")\r\n")
        await self._writer.drain()

    def _cut(self, name: str) -> bool:
        if name not in self._server.cuts:
            return False
        self._server.cuts.remove(name)
        return True

    async def _line(self) -> str:
        line = await self._reader.readline()
        return line.decode("utf-8", "surrogateescape").rstrip("\r\n")

    async def _say(self, line: str) -> None:
        if self._server.silent:
            return
        self._writer.write(line.encode("utf-8", "surrogateescape") + b"\r\n")
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()


def day_of(at: float) -> str:
    """A time as headers write it."""
    return format_datetime(datetime.fromtimestamp(at, UTC))
