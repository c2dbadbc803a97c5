"""Real mail servers on loopback, each in a folder of its own: Dovecot for IMAP, Postfix for SMTP.
They are started as programs of this test alone, and never touch what the machine has set up."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

DOVECOT = "/usr/sbin/dovecot"
POSTFIX = "/usr/sbin/postfix"
STARTED_SECONDS = 20.0
_numbers = itertools.count(1)
_DOVECOT = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{home}/mail
first_valid_uid = 0
mail_fsync = never
passdb {{
  driver = static
  args = password=imap-password
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={home}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""
_MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = {home}/postfix.log
maillog_file_prefixes = {home}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.shop.example
mydestination =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
virtual_mailbox_domains = shop.example, example.net
virtual_mailbox_base = {home}
virtual_mailbox_maps = inline:{{ {{help@shop.example=mail/}}, {{ada@example.net=ada/}} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
message_size_limit = 1000000
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass
class Maildir:
    """A mailbox on disk: where Dovecot reads and Postfix delivers."""

    folder: Path

    def put(self, raw: bytes) -> None:
        """As a delivery agent does: written aside, then moved."""
        for name in ("cur", "new", "tmp"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        name = f"{1_700_000_000 + next(_numbers)}.M{next(_numbers)}.mx"
        aside = self.folder / "tmp" / name
        aside.write_bytes(raw)
        own(self.folder)
        aside.rename(self.folder / "new" / name)

    def all(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.folder.glob("[cn][eu][rw]/*"))]


@dataclass
class Dovecot:
    home: Path
    port: int
    mail: Maildir
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        told = self.home / "dovecot.conf"
        told.write_text(_DOVECOT.format(home=self.home, port=self.port))
        self._process = subprocess.Popen([DOVECOT, "-F", "-c", str(told)])
        _answers(self.port)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    def number_anew(self) -> None:
        """What happens when an administrator removes or restores an index."""
        self.stop()
        for path in self.mail.folder.glob("dovecot*"):
            path.unlink()
        (self.mail.folder / "dovecot-uidvalidity").unlink(missing_ok=True)
        self.start()


@contextmanager
def dovecot() -> Generator[Dovecot]:
    with _home() as home:
        server = Dovecot(home, _port(), Maildir(home / "mail"))
        server.mail.put(b"From: x@example.net\r\n\r\nold\r\n")
        server.start()
        try:
            yield server
        finally:
            server.stop()


@dataclass(frozen=True)
class Postfix:
    """``ours`` is what it delivers to help@shop.example, ``ada`` to ada@example.net."""

    port: int
    ours: Maildir
    ada: Maildir


@contextmanager
def postfix() -> Generator[Postfix]:
    with _home() as home:
        port, user = _port(), home.stat()
        config = home / "config"
        for folder in (config, home / "queue", home / "data"):
            folder.mkdir()
        shutil.chown(home / "data", "postfix", "postfix")
        (config / "main.cf").write_text(_MAIN.format(home=home, uid=user.st_uid, gid=user.st_gid))
        (config / "master.cf").write_text(_MASTER.format(port=port))
        for folder in (config, config / "main.cf", config / "master.cf", home / "queue"):
            shutil.chown(folder, "root", "root")
        _run(config, "start")
        try:
            _answers(port)
            yield Postfix(port, Maildir(home / "mail"), Maildir(home / "ada"))
        finally:
            _run(config, "stop")


def _run(config: Path, command: str) -> None:
    subprocess.run([POSTFIX, "-c", str(config), command], check=True, capture_output=True)


@contextmanager
def _home() -> Generator[Path]:
    # Not under pytest's own folder, which other system users may not enter.
    home = Path(tempfile.mkdtemp(prefix="frontdesk-mail-"))
    home.chmod(0o755)
    shutil.chown(home, "mail", "mail")
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def own(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, "mail", "mail")


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _answers(port: int) -> None:
    """Until something listens there."""
    until = time.monotonic() + STARTED_SECONDS
    while time.monotonic() < until:
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens at {port}")


async def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Looks at a real server's folder again and again until it is so."""
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(holds):  # noqa: ASYNC110 - another program's disk tells of nothing
            await asyncio.sleep(0.05)
