"""One login to an IMAP server: what is there, its bytes, and waiting for more. Blocking; every call
has a deadline, and all are made from one thread but ``wake`` and ``abort``. It changes nothing in
the mailbox: folders are opened for reading only."""

from __future__ import annotations

import contextlib
import re
import select
import socket
import ssl
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from channels.errors import ChannelDisconnected, ChannelMisconfigured
from channels.mail.parsing.refused import HEAD_BYTES, MAIL_BYTES
from channels.mail.settings import ImapSettings

CONNECT_SECONDS = 15.0
READ_SECONDS = 30.0
# Between client and server stand routers that forget a silent connection.
IDLE_SECONDS = 540.0
# What a server says in one breath with its "go on" lies in the library's buffer, where no poll sees
# it; it shows when IDLE ends. So the first slice of a wait is short.
FIRST_SECONDS = 1.0
PORTS = {True: 993, "starttls": 143, False: 143}
# RFC 5530: what passes by itself, in answer to a login.
_PASSING = re.compile(
    r"UNAVAILABLE|INUSE|LIMIT|SERVERBUG|CONTACTADMIN|too many|try again|temporar|throttl|rate",
    re.IGNORECASE,
)


class Unfetchable(Exception):
    """The server does not hand out this one mail, though it answers."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder: how it numbers (UIDVALIDITY), and what it numbers next."""

    validity: int
    next: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """A mail, or only its head where it is larger than the cap. ``arrived`` is in seconds since
    the epoch, None where the server gave no usable date."""

    raw: bytes
    whole: bool
    arrived: float | None


@dataclass(eq=False)
class Session:
    """``user`` logs in with ``settings.password``, or with the token given to ``open``."""

    settings: ImapSettings = field(repr=False)
    user: str
    _client: Any = field(default=None, init=False, repr=False)
    _bell: tuple[socket.socket, socket.socket] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._bell = socket.socketpair()
        for end in self._bell:
            end.settimeout(0)

    def open(self, token: str | None) -> None:
        """
        Raises:
            ChannelDisconnected, ChannelMisconfigured.
        """
        with blamed(f"the IMAP server at {self.settings.host}"):
            self._client = self._connected()
            self._login(token)

    def pushes(self) -> bool:
        """Whether the server tells of new mail by itself (IDLE)."""
        return bool(self._client.has_capability("IDLE"))

    def select(self, folder: str) -> Opened:
        """
        Raises:
            ChannelMisconfigured: there is no such folder. ChannelDisconnected.
        """
        with blamed(f"folder {folder!r}"):
            try:
                told: dict[bytes, Any] = self._client.select_folder(folder, readonly=True)
            except IMAPClientAbortError:
                raise
            except IMAPClientError as error:
                if _PASSING.search(str(error)):
                    raise ChannelDisconnected(f"folder {folder!r}: {error}") from error
                raise ChannelMisconfigured(
                    f"folder {folder!r} cannot be opened ({error}); correct `imap.folders` or"
                    " `imap.sent`"
                ) from error
            following = told.get(b"UIDNEXT")
            if following is None:
                status: dict[bytes, Any] = self._client.folder_status(folder, ["UIDNEXT"])
                following = status[b"UIDNEXT"]
            return Opened(int(told[b"UIDVALIDITY"]), int(following))

    def after(self, uid: int) -> Sequence[int]:
        """The numbers above ``uid``, in order. A server names the last one in any case."""
        return self._search(["UID", f"{uid + 1}:*"], above=uid)

    def since(self, day: date) -> Sequence[int]:
        """The numbers of what arrived on that day or later."""
        return self._search(["SINCE", day])

    def named(self, message_id: str) -> Sequence[int]:
        return self._search(["HEADER", "Message-ID", message_id])

    def _search(self, criteria: list[object], above: int = 0) -> Sequence[int]:
        with blamed("searching"):
            found: Sequence[int] = self._client.search(criteria)
            return sorted(int(uid) for uid in found if int(uid) > above)

    def fetch(self, uid: int) -> Fetched | None:
        """None where it is gone by now.

        Raises:
            Unfetchable: the server refuses this one. ChannelDisconnected.
        """
        told = self._fetched(uid, ["RFC822.SIZE", "INTERNALDATE"])
        if told is None:
            return None
        size, date = told.get(b"RFC822.SIZE"), told.get(b"INTERNALDATE")
        arrived = date.timestamp() if isinstance(date, datetime) else None
        if isinstance(size, int) and size > MAIL_BYTES:
            return self._head(uid, arrived)
        # A server may name a wrong size; what it sends is cut all the same.
        part = self._fetched(uid, [f"BODY.PEEK[]<0.{MAIL_BYTES + 1}>"])
        raw = None if part is None else part.get(b"BODY[]<0>")
        if not isinstance(raw, bytes):
            return None
        if len(raw) > MAIL_BYTES:
            return self._head(uid, arrived)
        return Fetched(raw, whole=True, arrived=arrived)

    def _head(self, uid: int, arrived: float | None) -> Fetched | None:
        part = self._fetched(uid, [f"BODY.PEEK[HEADER]<0.{HEAD_BYTES}>"])
        raw = None if part is None else part.get(b"BODY[HEADER]<0>")
        return Fetched(raw, whole=False, arrived=arrived) if isinstance(raw, bytes) else None

    def _fetched(self, uid: int, what: list[str]) -> dict[bytes, Any] | None:
        with blamed("fetching"):
            try:
                answer: dict[int, dict[bytes, Any]] = self._client.fetch([uid], what)
            except IMAPClientAbortError:
                raise
            except (IMAPClientError, ValueError, OverflowError) as error:
                raise Unfetchable(str(error)[:300]) from error
            return answer.get(uid)

    def wait(self, seconds: float) -> None:
        """Until the server tells of something, until ``wake``, or so long. Where the server does
        not push, it is only a pause. What came is a hint: search afterwards.

        Raises:
            ChannelDisconnected: also where the server has stopped to answer meanwhile.
        """
        with blamed("waiting"):
            if not self.pushes():
                self._listen(None, seconds)
                self._client.noop()
                return
            for slice_seconds in (FIRST_SECONDS, min(seconds, IDLE_SECONDS)):
                self._client.idle()
                heard = self._listen(self._client.socket(), slice_seconds)
                _, told = self._client.idle_done()
                if heard or told:
                    return

    def _listen(self, server: Any, seconds: float) -> bool:  # noqa: ANN401 - a plain or a TLS socket
        """Whether there is anything to do."""
        if server is not None and getattr(server, "pending", int)() > 0:
            return True
        poller = select.poll()
        for each in (self._bell[1], server):
            if each is not None:
                poller.register(each.fileno(), select.POLLIN)
        rang = poller.poll(seconds * 1000)
        with contextlib.suppress(BlockingIOError):
            self._bell[1].recv(64)
        return bool(rang)

    def wake(self) -> None:
        """End a wait; from any thread."""
        with contextlib.suppress(OSError):
            self._bell[0].send(b"!")

    def abort(self) -> None:
        """End whatever the other thread waits for; the session is of no use afterwards."""
        self.wake()
        if self._client is not None:
            with contextlib.suppress(OSError, AttributeError):
                self._client.socket().shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Log out if the server still answers, and let go of everything."""
        client, self._client = self._client, None
        if client is not None:
            try:
                client.logout()
            except (IMAPClientError, OSError):
                with contextlib.suppress(IMAPClientError, OSError):
                    client.shutdown()
        for end in self._bell:
            end.close()

    def _connected(self) -> Any:  # noqa: ANN401 - the library has no types
        given = self.settings
        client: Any = IMAPClient(
            given.host,
            port=given.port or PORTS[given.tls],
            ssl=given.tls is True,
            timeout=SocketTimeout(CONNECT_SECONDS, READ_SECONDS),  # pyright: ignore[reportArgumentType] - annotated too narrowly
        )
        client.normalise_times = False
        if given.tls == "starttls":
            client.starttls()
        return client

    def _login(self, token: str | None) -> None:
        password = self.settings.password
        try:
            if token is not None:
                self._client.oauth2_login(self.user, token)
            elif password is not None:
                self._client.login(self.user, password.get_secret_value())
        except LoginError as error:
            cut = isinstance(error.__context__, IMAPClientAbortError)
            if cut or _PASSING.search(str(error)):
                raise ChannelDisconnected(f"signing in did not work: {_said(error)}") from None
            raise ChannelMisconfigured(
                f"the IMAP server refuses the login of {self.user} ({_said(error)}); correct"
                " `imap.user` and `imap.password` (an app password where the provider asks for"
                " one), or use `oauth`"
            ) from None


def _said(error: Exception) -> str:
    return str(error).removeprefix("b").strip("'\"")[:200]


@contextlib.contextmanager
def blamed(what: str) -> Generator[None]:
    """Turns every error of the library and of the connection into one of ours.

    Raises:
        ChannelDisconnected, ChannelMisconfigured.
    """
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise ChannelMisconfigured(
            f"{what}: its certificate is not valid ({error.verify_message}); correct `imap.host`,"
            " or the certificate"
        ) from error
    except (IMAPClientError, OSError, EOFError) as error:
        raise ChannelDisconnected(f"{what}: {error or type(error).__name__}") from error
