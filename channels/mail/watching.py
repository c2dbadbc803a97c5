"""Reads a mailbox from where it was left: each mail is judged and accepted, and its place moves in
the commit of that very mail. Never skips one that could not be accepted, and never logs a text."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from channels.contract import Clock, Intake
from channels.errors import ChannelDisconnected
from channels.events import Cursor, Event, Ignored, Unreadable
from channels.mail.imap import Fetched, Opened, Session, Unfetchable
from channels.mail.judging import Answered, Judge, Mail, unreadable
from channels.mail.letter import Letter
from channels.mail.oauth import Tokens
from channels.mail.parsing.process import Readings
from channels.mail.parsing.refused import Refused
from channels.mail.settings import EmailSettings

STRIKES = 3
SECOND_LOOK = timedelta(days=2)
ANSWERED_LOOKUPS = 5
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """How far a folder was read: everything up to ``uid`` under the numbering ``validity``.
    ``day`` is the last day on which something arrived, for when the server numbers anew."""

    validity: int
    uid: int
    day: date

    def __str__(self) -> str:
        return f"{self.validity}/{self.uid}/{self.day.isoformat()}"

    @classmethod
    def parse(cls, value: str) -> Place:
        validity, uid, day = value.split("/")
        return cls(int(validity), int(uid), date.fromisoformat(day))


@dataclass(eq=False)
class Watch:
    """One mailbox, read by one thread."""

    settings: EmailSettings = field(repr=False)
    judge: Judge
    readings: Readings
    clock: Clock
    tokens: Tokens | None = None
    _session: Session | None = field(default=None, init=False, repr=False)
    _strikes: Counter[tuple[str, int, int]] = field(
        default_factory=Counter[tuple[str, int, int]], init=False
    )
    _rounds: int = field(default=0, init=False)
    _round: asyncio.Condition = field(default_factory=asyncio.Condition, init=False, repr=False)

    @property
    def running(self) -> bool:
        return self._session is not None

    async def run(self, intake: Intake) -> None:
        """Until cancelled.

        Raises:
            ChannelDisconnected, ChannelMisconfigured, IntakeClosed.
        """
        while True:
            async with self.opened() as (session, thread):
                self._session = session
                try:
                    await self._rounds_of(session, thread, intake)
                finally:
                    self._session = None
                    async with self._round:
                        self._round.notify_all()

    async def heard(self) -> None:
        """Wait for a whole look at the mailbox that begins from now on."""
        session = self._session
        if session is None:
            raise ChannelDisconnected("the mailbox is not being read")
        session.wake()
        async with self._round:
            wanted = self._rounds + 1
            await self._round.wait_for(lambda: self._rounds >= wanted or not self.running)
        if not self.running:
            raise ChannelDisconnected("the connection was lost while it was asked")

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncGenerator[tuple[Session, _Thread]]:
        """A session that is logged in, and the thread in which alone it is used."""
        token = None if self.tokens is None else await self.tokens.get()
        given = self.settings.imap
        session = Session(given, given.user or self.settings.address)
        async with _thread(session) as thread:
            await thread.run(lambda: session.open(token))
            yield session, thread

    async def _rounds_of(self, session: Session, thread: _Thread, intake: Intake) -> None:
        given = self.settings.imap
        folders = [(name, False) for name in given.folders]
        folders += [(given.sent, True)] if given.sent else []
        while self.tokens is None or self.clock.monotonic() < self.tokens.until:
            # The first one last: it is the one that waiting listens to.
            for folder, sent in reversed(folders):
                await _Folder(self, session, thread, intake, folder, sent).read()
            async with self._round:
                self._rounds += 1
                self._round.notify_all()
            await thread.run(lambda: session.wait(given.poll_seconds))

    def strike(self, mail: tuple[str, int, int]) -> int:
        """Counts how often the server would not hand out a mail."""
        self._strikes[mail] += 1
        return self._strikes[mail]


class _Thread:
    """The one thread of a session; a call that is cancelled is ended before anything else."""

    def __init__(self, pool: ThreadPoolExecutor, session: Session) -> None:
        self._pool = pool
        self._session = session

    async def run(self, call: Callable[[], T]) -> T:
        future = asyncio.get_running_loop().run_in_executor(self._pool, call)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            self._session.abort()
            with contextlib.suppress(Exception):
                await future
            raise


@contextlib.asynccontextmanager
async def _thread(session: Session) -> AsyncGenerator[_Thread]:
    pool = ThreadPoolExecutor(1, thread_name_prefix="mailbox")
    try:
        yield _Thread(pool, session)
    except BaseException:
        # Nobody waits for a server that may not answer any more.
        session.abort()
        raise
    finally:
        await asyncio.get_running_loop().run_in_executor(pool, session.close)
        pool.shutdown(wait=False)


@dataclass(frozen=True)
class _Folder:
    watch: Watch
    session: Session
    thread: _Thread
    intake: Intake
    name: str
    sent: bool

    async def read(self) -> None:
        """Take in what has arrived since the last time."""
        opened = await self.thread.run(lambda: self.session.select(self.name))
        stored = await self.intake.cursor(self._key)
        place = await self._begun(opened) if stored is None else Place.parse(stored)
        uids, place = await self._new(opened, place)
        for uid in uids:
            place = await self._take(uid, place)

    async def _begun(self, opened: Opened) -> Place:
        """Old mail is not answered: reading begins with what arrives from now on, or since the day
        that is configured."""
        since = self.watch.settings.imap.since
        if since is not None and not self.sent:
            return Place(0, 0, since + SECOND_LOOK)
        place = Place(opened.validity, opened.next - 1, self._today())
        said = Ignored(f"begin/{self._key}/{place}", "the folder is read from here on")
        await self.intake.accept(said, Cursor(self._key, str(place)))
        return place

    async def _new(self, opened: Opened, place: Place) -> tuple[Sequence[int], Place]:
        if opened.validity == place.validity:
            if opened.next <= place.uid + 1:
                return (), place
            return await self.thread.run(lambda: self.session.after(place.uid)), place
        # The server numbers anew. What was taken in already is known by its bytes.
        day = place.day - SECOND_LOOK
        uids = await self.thread.run(lambda: self.session.since(day))
        return uids, Place(opened.validity, 0, place.day)

    async def _take(self, uid: int, place: Place) -> Place:
        try:
            fetched = await self.thread.run(lambda: self.session.fetch(uid))
        except Unfetchable as error:
            event = self._unfetchable(uid, place, error)
            fetched = None
        else:
            event = None if fetched is None else await self._event(uid, place, fetched)
        day = place.day if fetched is None else self._day(fetched)
        following = Place(place.validity, uid, max(day, place.day))
        if event is not None:
            await self.intake.accept(event, Cursor(self._key, str(following)))
        return following

    def _unfetchable(self, uid: int, place: Place, error: Unfetchable) -> Event:
        """One mail that the server cannot hand out must not hold up all that follow it."""
        if self.watch.strike((self.name, place.validity, uid)) < STRIKES:
            raise ChannelDisconnected(f"mail {uid} of {self.name!r}: {error}") from error
        key = f"{self._key}/{place.validity}/{uid}"
        return Unreadable(key, f"the mail server does not hand out this mail: {error}", b"")

    async def _event(self, uid: int, place: Place, fetched: Fetched) -> Event:
        mail = Mail(self.name, place.validity, uid, fetched.raw, fetched.arrived, self.sent)
        if not fetched.whole:
            return unreadable(mail, "it is larger than 25 MB; these are its headers")
        try:
            read = await self.thread.run(lambda: self.watch.readings.read(mail.raw))
        except Refused as error:
            return unreadable(mail, str(error))
        except OSError as error:
            raise ChannelDisconnected(f"mail cannot be read on this machine: {error}") from error
        known = await self._known(read.letter) if self.sent else ()
        try:
            if self.sent:
                return self.watch.judge.operator(mail, read, known)
            return self.watch.judge.judge(mail, read)
        except Exception as error:  # noqa: BLE001 - it would end the reading here, each time anew
            return unreadable(mail, f"it could not be judged ({type(error).__name__})")

    async def _known(self, letter: Letter) -> Sequence[Answered]:
        """Those mails of the mailbox that it answers: the mailbox itself knows them."""
        wanted = self.watch.judge.wanted(letter)[:ANSWERED_LOOKUPS]
        if not wanted:
            return ()
        to = letter.addresses("to", "cc")
        found = await self.thread.run(lambda: list(self._found(wanted, to)))
        await self.thread.run(lambda: self.session.select(self.name))
        return found

    def _found(self, ids: Sequence[str], to: Sequence[str]) -> Iterator[Answered]:
        for folder in self.watch.settings.imap.folders:
            self.session.select(folder)
            for message_id in ids:
                for uid in self.session.named(message_id)[:ANSWERED_LOOKUPS]:
                    known = self._answered(uid, to)
                    if known is not None:
                        yield known

    def _answered(self, uid: int, to: Sequence[str]) -> Answered | None:
        try:
            fetched = self.session.fetch(uid)
            if fetched is None or not fetched.whole:
                return None
            letter = self.watch.readings.read(fetched.raw).letter
        except (Unfetchable, Refused):
            return None
        return self.watch.judge.answered(fetched.raw, letter, to)

    @property
    def _key(self) -> str:
        return f"folder/{self.name}"

    def _today(self) -> date:
        return datetime.fromtimestamp(self.watch.clock.now(), UTC).date()

    def _day(self, fetched: Fetched) -> date:
        if fetched.arrived is None:
            return date.min
        with contextlib.suppress(ValueError, OverflowError, OSError):
            # A date in the future would hide what comes before it.
            return min(datetime.fromtimestamp(fetched.arrived, UTC).date(), self._today())
        return date.min
