"""Commands beside a gateway that runs: they ask it, write beside it, and leave it alone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.cli.desk import Desk, sentence

ROOT = Path(__file__).parents[3]
TRIES = 300


def start(desk: Desk) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "gateway", "run", "-c", str(desk.config)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A gateway with one article, stopped at the end; its socket must be gone then."""
    desk = Desk(tmp_path_factory.mktemp("running"), "sqlite:///data/frontdesk.db")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    folder = str(desk.article().parent)

    def change(settings: dict[str, Any]) -> None:
        settings["server"]["port"] = port
        settings["brain"] = {"knowledge": {"sources": [{"path": folder, "demo": True}]}}

    desk.configure(change)
    process = start(desk)
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(4)]
    assert "Health" in told[-1], told
    yield desk
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=25)
    assert process.returncode == 0, errors
    assert not (desk.data / "control.sock").exists()


@pytest.mark.timeout(60)
def test_a_search_asks_it(running: Desk) -> None:
    done = running.run("kb", "search", "loyalty card")
    assert done.exit_code == 0
    assert "Loyalty card" in done.stdout
    assert "building an index" not in done.stderr


@pytest.mark.timeout(60)
def test_a_chat_asks_it(running: Desk) -> None:
    found = running.json("chat", given="What does the loyalty card give?\n")
    assert found["gateway"] is True
    assert found["exchanges"][0]["decision"] == "reply"
    assert "five percent" in found["exchanges"][0]["messages"][0]["pieces"][0]


@pytest.mark.timeout(60)
def test_an_article_that_is_added_beside_it_is_found(running: Desk) -> None:
    extra = running.folder / "extra.md"
    extra.write_text("# Umbrellas\n\nUmbrellas are repaired free of charge for ten years.\n")
    running.json("kb", "add", str(extra))
    found: list[str] = []
    for _ in range(TRIES):
        # Each asks the gateway anew, which looks at the store every few seconds.
        hits = running.run("kb", "search", "umbrella repair", "--json").stdout
        if "Umbrellas are repaired" in hits:
            found.append(hits)
            break
    assert found


def test_the_doctor_finds_it_ready(running: Desk) -> None:
    findings = running.json("doctor")["findings"]
    (port,) = [one["what"] for one in findings if one["name"] == "port"]
    assert "a gateway runs" in port


def test_a_second_one_is_refused_in_a_sentence(running: Desk) -> None:
    with start(running) as second:
        out, errors = second.communicate(timeout=25)
    assert second.returncode == 2
    assert out == ""
    (line,) = errors.splitlines()
    assert line.startswith("Error: another gateway")


def test_a_taken_port_is_refused_in_a_sentence(fresh: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
        fresh.configure(lambda settings: settings["server"].update(port=port))
        with start(fresh) as process:
            out, errors = process.communicate(timeout=25)
    assert process.returncode == 2
    assert out == ""
    assert f"Error: cannot listen on 127.0.0.1:{port}" in errors
    assert "Traceback" not in errors


def test_a_copy_can_be_made_and_not_put_back(running: Desk, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert running.run("db", "backup", str(copy)).exit_code == 0
    assert "another gateway" in sentence(running.run("db", "restore", str(copy)), 2)
