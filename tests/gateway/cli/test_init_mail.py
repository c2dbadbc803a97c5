"""Email set up by ``frontdesk init``: by flags, by typing, and with a password that is refused."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.commands import frontdesk
from gateway.config.load import load
from tests.platforms.mail import MailPlatform
from tests.platforms.mail_letters import OURS

pytestmark = pytest.mark.allow_blocking  # the fake provider reads and writes as it pleases


@contextmanager
def elsewhere(provider: MailPlatform) -> Generator[MailPlatform]:
    """A provider in a thread of its own, as a command has a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(provider.__aenter__(), loop).result(10)
    yield provider
    asyncio.run_coroutine_threadsafe(provider.__aexit__(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def provider() -> Generator[MailPlatform]:
    with elsewhere(MailPlatform()) as started:
        started.imap.user = started.smtp.user = OURS
        yield started


def run(folder: Path, *arguments: str, typed: str = "") -> Result:
    command = ["init", "-c", str(folder / "config.yaml"), "--channel", "email", *arguments]
    return CliRunner().invoke(frontdesk, command, input=typed, prog_name="frontdesk")


def here(provider: MailPlatform) -> list[str]:
    """What nobody is asked for: where a provider on this machine listens."""
    given = {
        "mail.imap.port": provider.imap.port,
        "mail.imap.tls": "false",
        "mail.smtp.port": provider.smtp.port,
        "mail.smtp.tls": "false",
    }
    return [part for key, value in given.items() for part in ("--set", f"{key}={value}")]


def flags(provider: MailPlatform, **changes: str) -> list[str]:
    given = {
        "business.name": "Fernhill",
        "mail.address": OURS,
        "mail.imap.host": "127.0.0.1",
        "mail.imap.password": provider.imap.password,
        "mail.smtp.host": "127.0.0.1",
        "mail.smtp.password": provider.smtp.password,
        **changes,
    }
    return [part for key, value in given.items() for part in ("--set", f"{key}={value}")]


def test_a_mailbox_by_flags(tmp_path: Path, provider: MailPlatform) -> None:
    done = run(tmp_path, "--no-input", *flags(provider), *here(provider))
    assert done.exit_code == 0, done.output
    assert "✓ mail: IMAP: signed in at 127.0.0.1" in done.stderr
    assert "no mail was sent" in done.stderr
    settings = load(tmp_path / "config.yaml", {}).settings
    assert list(settings.channels) == ["mail"]
    assert provider.imap.password not in (tmp_path / "config.yaml").read_text()
    assert "vacation notices" in done.stdout


def test_a_mailbox_by_typing(tmp_path: Path, provider: MailPlatform) -> None:
    typed = ["Fernhill", "en", "", "", "not an address", OURS, "127.0.0.1", "", "wrong"]
    typed += ["127.0.0.1", "", provider.smtp.password, "y", OURS, "127.0.0.1", ""]
    typed += [provider.imap.password, "127.0.0.1", "", provider.smtp.password]
    done = run(tmp_path, *here(provider), typed="\n".join(typed) + "\n")
    assert done.exit_code == 0, done.output
    assert "must be a plain mail address" in done.stderr
    assert "refuses the login" in done.stderr
    assert provider.imap.password not in done.output
    assert (tmp_path / "config.yaml").exists()


@pytest.mark.parametrize("which", ["imap", "smtp"])
def test_a_password_that_is_refused_is_not_written(
    tmp_path: Path, provider: MailPlatform, which: str
) -> None:
    wrong = {f"mail.{which}.password": "something-else"}
    done = run(tmp_path, "--no-input", *flags(provider, **wrong), *here(provider))
    assert done.exit_code == 1
    assert "nothing was written" in done.stderr
    assert f"{which}.password" in done.stderr
    assert list(tmp_path.iterdir()) == []
