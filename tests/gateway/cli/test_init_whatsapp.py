"""WhatsApp set up before its webhook is: what is refused and what is left to do are told apart."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from gateway.cli.commands import frontdesk
from tests.platforms.twilio import Twilio
from tests.platforms.twilio_records import ACCOUNT, SENDER, TOKEN, Fault

PUBLIC_URL = "https://desk.example.com"


@contextmanager
def elsewhere(twilio: Twilio) -> Generator[Twilio]:
    """A Twilio in a thread of its own, as a command has a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(twilio.__aenter__(), loop).result(10)
    yield twilio
    asyncio.run_coroutine_threadsafe(twilio.__aexit__(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def twilio() -> Generator[Twilio]:
    with elsewhere(Twilio(public_url=PUBLIC_URL)) as started:
        started.webhook = "https://demo.twilio.com/welcome"
        yield started


def init(folder: Path, twilio: Twilio, *arguments: str, token: str = TOKEN) -> Result:
    given = {
        "business.name": "Fernhill",
        "public_url": PUBLIC_URL,
        "whatsapp.account_sid": ACCOUNT,
        "whatsapp.auth_token": token,
        "whatsapp.from": SENDER,
        "whatsapp.api_base": twilio.url,
    }
    answers = [part for key, value in given.items() for part in ("--set", f"{key}={value}")]
    command = ["init", "-c", str(folder / "config.yaml"), "--channel", "whatsapp", "--no-input"]
    return CliRunner().invoke(frontdesk, [*command, *answers, *arguments], prog_name="frontdesk")


def test_a_webhook_that_is_not_set_yet_is_left_to_do(tmp_path: Path, twilio: Twilio) -> None:
    done = init(tmp_path, twilio)
    assert done.exit_code == 0, done.output
    assert "✓ whatsapp: logged in to the Twilio account" in done.stderr
    assert "left to do: the sender's webhook is https://demo.twilio.com/welcome" in done.stderr
    assert (tmp_path / "config.yaml").exists()


def test_somebody_types_it_all(tmp_path: Path, twilio: Twilio) -> None:
    """The public address is not left out, and the template is offered."""
    typed = ["Fernhill", "en", "", PUBLIC_URL, "", "AC123", ACCOUNT, TOKEN, "+4915112345678"]
    typed += [SENDER, "y"]
    command = ["init", "-c", str(tmp_path / "config.yaml"), "--channel", "whatsapp"]
    command += ["--set", f"whatsapp.api_base={twilio.url}"]
    done = CliRunner().invoke(
        frontdesk, command, input="\n".join(typed) + "\n", prog_name="frontdesk"
    )
    assert done.exit_code == 0, done.output
    assert "whatsapp needs one: messages come there" in done.stderr
    assert "AC and 32 hexadecimal digits" in done.stderr
    assert "like whatsapp:+14155238886" in done.stderr
    assert TOKEN not in done.output
    written = yaml.safe_load((tmp_path / "config.yaml").read_text())
    (made,) = twilio.contents.values()
    assert written["channels"]["whatsapp"]["template"] == made.sid
    assert f"{PUBLIC_URL}/webhooks/whatsapp" in done.stdout


def test_check_says_that_nothing_can_arrive(tmp_path: Path, twilio: Twilio) -> None:
    init(tmp_path, twilio)
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text().replace(f"public_url: {PUBLIC_URL}\n", ""))
    done = CliRunner().invoke(frontdesk, ["check", "-c", str(config)], prog_name="frontdesk")
    assert done.exit_code == 0, done.output
    assert "channels.whatsapp: does not start without public_url" in done.stderr


def test_refused_credentials_are_not_written(tmp_path: Path, twilio: Twilio) -> None:
    done = init(tmp_path, twilio, token="5f2a9c1e7b3d4860a1c2e3f405162738")
    assert done.exit_code == 1
    assert "Twilio refuses the credentials" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_template_is_submitted_and_configured(tmp_path: Path, twilio: Twilio) -> None:
    done = init(tmp_path, twilio, "--propose-template")
    assert done.exit_code == 0, done.output
    (made,) = twilio.contents.values()
    assert "has an answer to your question about {{2}}" in str(made.types)
    written = yaml.safe_load((tmp_path / "config.yaml").read_text())
    assert written["channels"]["whatsapp"]["template"] == made.sid
    assert f"template {made.sid} is received" in done.stderr


def test_a_template_that_is_refused_costs_nothing_else(tmp_path: Path, twilio: Twilio) -> None:
    twilio.content_faults.append(Fault(403, 20403))
    done = init(tmp_path, twilio, "--propose-template")
    assert done.exit_code == 0, done.output
    assert "make it in Twilio's Content Template Builder" in done.stderr
    assert "template" not in (tmp_path / "config.yaml").read_text()


def test_a_key_that_no_channel_has_is_named(tmp_path: Path, twilio: Twilio) -> None:
    done = init(tmp_path, twilio, "--set", "whatsapp.tokn=x")
    assert done.exit_code == 2
    assert "whatsapp.tokn: a whatsapp channel has no such key" in done.stderr
