"""What the doctor finds on machines that are well and on machines that are not."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from gateway.cli.diagnosis import data_findings, python_finding
from gateway.cli.showing import lasting, one_line, safe, table
from tests.gateway.cli.desk import Desk


def findings(desk: Desk, code: int) -> dict[str, dict[str, Any]]:
    found = desk.json("doctor", code=code)
    assert found["ok"] is (code == 0)
    return {finding["name"]: finding for finding in found["findings"]}


def on_port(desk: Desk, port: int) -> None:
    desk.configure(lambda settings: settings["server"].update(port=port))


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def answering(body: bytes, status: int = 200) -> Generator[int]:
    """Something that listens; its port."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the base class names it
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as above
            """A test's output is pytest's."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield int(server.server_address[1])
        server.shutdown()
        thread.join()


def test_a_fresh_machine_is_well(fresh: Desk, free_port: int) -> None:
    on_port(fresh, free_port)
    found = findings(fresh, 0)
    assert "will be made" in found["store"]["what"]
    assert "is free" in found["port"]["what"]
    assert not fresh.data.exists()
    lines = fresh.run("doctor").stdout.splitlines()
    assert lines
    # What the machine itself is like is not this test's to say.
    assert all(line.startswith(("✓ ", "! fsync", "! clock")) for line in lines)


def test_what_others_can_read_is_found(desk: Desk, free_port: int) -> None:
    on_port(desk, free_port)
    (desk.data / "secret.key").write_bytes(b"k" * 32)
    (desk.data / "secret.key").chmod(0o640)
    (desk.folder / ".env").write_text("A=b\n")
    (desk.folder / ".env").chmod(0o644)
    found = findings(desk, 1)
    assert found["secret key"]["mend"] == f"chmod 600 {desk.data / 'secret.key'}"
    assert found[".env"]["mend"] == f"chmod 600 {desk.folder / '.env'}"
    assert found["store"]["ok"] is True


def test_a_damaged_key_is_found(desk: Desk, free_port: int) -> None:
    on_port(desk, free_port)
    (desk.data / "secret.key").write_bytes(b"k")
    assert "damaged" in findings(desk, 1)["secret key"]["what"]


def test_a_port_that_somebody_else_has_is_found(desk: Desk) -> None:
    with answering(b"<html>hello</html>") as port:
        on_port(desk, port)
        assert "cannot be used" in findings(desk, 1)["port"]["what"]


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_a_gateway_on_the_port_is_asked(desk: Desk, status: int, code: int) -> None:
    report = {"ready": status == 200, "commits": True, "loops_down": ["turns"]}
    with answering(json.dumps(report).encode(), status) as port:
        on_port(desk, port)
        said = findings(desk, code)["port"]["what"]
    assert ("not ready: turns" in said) is (status == 503)


def test_a_wrong_configuration_does_not_stop_the_rest(fresh: Desk) -> None:
    fresh.configure(lambda settings: settings.update(chanels={}))
    found = findings(fresh, 1)
    assert found["configuration"]["ok"] is False
    assert found["python"]["ok"] is True


def test_a_data_folder_that_is_a_file_is_found(desk: Desk) -> None:
    file = desk.folder / "data-file"
    file.write_text("")
    (found,) = data_findings(file / "inner")
    assert found.ok is False
    assert "is no folder" in found.what


def test_an_old_python_is_found() -> None:
    assert python_finding((3, 10, 9)).ok is False
    assert python_finding((3, 11, 0)).ok is True


def test_texts_of_strangers_cannot_move_the_cursor() -> None:
    assert safe("a\x1b[2J\x9b\u202eb\r\nc\rd") == "a\\x1b[2J\\x9b\\u202eb\nc\\rd"
    assert one_line("a\n b" + "c" * 100, 10) == "a bcccccc…"
    assert table(("A", "B"), [("long one", "x"), ("s", "")]) == "A         B\nlong one  x\ns"
    assert [lasting(t) for t in (-1, 59, 61, 7200, 200_000)] == [
        "0 s", "59 s", "1 min", "2 h", "2 d",
    ]  # fmt: skip
