"""A first configuration: asked for, tried, written once and never half."""

from __future__ import annotations

import http.server
import stat
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from gateway.cli.commands import frontdesk
from gateway.config.dotenv import parse
from gateway.config.draft import assignment
from gateway.config.load import load

# Nobody listens on the first port.
NOBODY = "http://127.0.0.1:1/deliver"
SECRET = "a-secret-that-both-sides-know-and-nobody-else"


@contextmanager
def receiver() -> Generator[str]:
    """A program that messages could be delivered to; its address."""

    class Door(http.server.BaseHTTPRequestHandler):
        def do_OPTIONS(self) -> None:  # the base class names it
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as above
            """A test's output is pytest's."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/deliver"
        server.shutdown()
        thread.join()


def init(folder: Path, *arguments: str, typed: str = "", **environ: str) -> Result:
    command = ["init", "-c", str(folder / "config.yaml"), *arguments]
    return CliRunner().invoke(frontdesk, command, input=typed, env=environ, prog_name="frontdesk")


def answers(url: str) -> tuple[str, ...]:
    return (
        *("--channel", "api", "--channel", "web", "--no-input"),
        *("--set", "business.name=Fernhill", "--set", f"api.url={url}"),
    )


def test_answers_become_a_configuration_that_starts(tmp_path: Path) -> None:
    with receiver() as url:
        done = init(tmp_path, *answers(url), "--set", f"api.secret={SECRET}")
    assert done.exit_code == 0, done.output
    settings = load(tmp_path / "config.yaml", {}).settings
    assert list(settings.channels) == ["api", "web"]
    assert settings.business.name == "Fernhill"
    assert SECRET not in (tmp_path / "config.yaml").read_text()
    env = tmp_path / ".env"
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert env.read_text() == f"API_SECRET='{SECRET}'\n"
    assert "Still to do for api" in done.stdout


def test_a_secret_of_the_environment_is_asked_for_no_more(tmp_path: Path) -> None:
    with receiver() as url:
        done = init(tmp_path, *answers(url), API_SECRET=SECRET)
    assert done.exit_code == 0, done.output


def test_all_that_is_missing_is_said_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    done = init(tmp_path, "--channel", "api", "--no-input")
    assert done.exit_code == 2
    for key in ("business.name", "api.url", "api.secret (or API_SECRET)"):
        assert key in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_answer_is_named_with_its_key(tmp_path: Path) -> None:
    done = init(tmp_path, *answers("ftp://crm"), "--set", f"api.secret={SECRET}")
    assert done.exit_code == 2
    assert "api.url: must be an address like" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_the_other_side_refuses_is_not_written(tmp_path: Path) -> None:
    done = init(tmp_path, *answers(NOBODY), "--set", f"api.secret={SECRET}")
    assert done.exit_code == 1
    assert "nothing was written" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_offline_tries_nothing(tmp_path: Path) -> None:
    done = init(
        tmp_path,
        *answers("https://crm.example.com/deliver"),
        "--offline",
        *("--set", f"api.secret={SECRET}"),
    )
    assert done.exit_code == 0, done.output


def test_somebody_is_asked_and_asked_again_until_it_is_right(tmp_path: Path) -> None:
    with receiver() as url:
        typed = ["api", "Fernhill", "en,de", "", "", "nonsense", url, "short", SECRET]
        done = init(tmp_path, typed="\n".join(typed) + "\n")
    assert done.exit_code == 0, done.output
    assert "must be an address like" in done.stderr
    assert "must be at least 32 characters" in done.stderr
    assert SECRET not in done.output
    assert load(tmp_path / "config.yaml", {}).settings.business.languages == ("en", "de")


def test_what_was_refused_can_be_entered_again(tmp_path: Path) -> None:
    with receiver() as right:
        typed = ["api", "Fernhill", "en", "", "", NOBODY, SECRET, "y", right, SECRET]
        done = init(tmp_path, typed="\n".join(typed) + "\n")
    assert done.exit_code == 0, done.output
    written = yaml.safe_load((tmp_path / "config.yaml").read_text())
    assert written["channels"]["api"]["url"] == right


def test_an_existing_configuration_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("mine")
    done = init(tmp_path, "--no-input")
    assert done.exit_code == 2
    assert "is not overwritten" in done.stderr
    assert (tmp_path / "config.yaml").read_text() == "mine"


def test_an_existing_env_keeps_its_lines(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OTHER=1")
    with receiver() as url:
        init(tmp_path, *answers(url), "--set", f"api.secret={SECRET}")
    assert (tmp_path / ".env").read_text() == f"OTHER=1\nAPI_SECRET='{SECRET}'\n"


def test_an_existing_env_is_not_contradicted(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"API_SECRET={SECRET}\n")
    with receiver() as url:
        done = init(tmp_path, *answers(url), "--set", f"api.secret={SECRET[::-1]}")
    assert done.exit_code == 2
    assert not (tmp_path / "config.yaml").exists()


@pytest.mark.parametrize("value", ["plain", "a b#c", "it's", 'a "b" \\ c', "$HOME `x`", "it's \\n"])
def test_a_line_of_env_gives_its_value_back(value: str) -> None:
    assert parse(f"{assignment('A', value)}\n".encode()).values == {"A": value}
