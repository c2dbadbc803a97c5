"""Proves that the guards of conftest.py bite and that its servers serve."""

from __future__ import annotations

import asyncio
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from blockbuster import BlockingError
from selenium import webdriver

import gateway

OUTSIDE = "192.0.2.1"  # a documentation address that nobody owns


def test_no_connection_leaves_the_machine(loopback_only: list[str]) -> None:
    with socket.socket() as sock, pytest.raises(RuntimeError, match="loopback only"):
        sock.connect((OUTSIDE, 80))
    loopback_only.clear()


def test_no_name_is_asked_for_outside(loopback_only: list[str]) -> None:
    with pytest.raises(RuntimeError, match="loopback only"):
        socket.getaddrinfo("example.com", 443)
    loopback_only.clear()


def test_no_datagram_leaves_the_machine(loopback_only: list[str]) -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as sock,
        pytest.raises(RuntimeError, match="loopback only"),
    ):
        sock.sendto(b"out", (OUTSIDE, 53))
    loopback_only.clear()


async def test_an_attempt_is_remembered_where_the_refusal_was_caught(
    loopback_only: list[str],
) -> None:
    with pytest.raises(RuntimeError):
        await asyncio.open_connection(OUTSIDE, 80)
    assert loopback_only
    loopback_only.clear()


async def test_loopback_stays_open() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(hang_up, "localhost") as server:
        port = server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("localhost", port)
        writer.close()
        await writer.wait_closed()


def _in_the_gateway(source: str) -> Callable[[], None]:
    """A function whose frame lies in the gateway's folder, as the watcher sees it."""
    path = Path(gateway.__path__[0]) / "made_for_a_test.py"
    names: dict[str, Callable[[], None]] = {}
    exec(compile(f"def work():\n    {source}\n", str(path), "exec"), names)  # noqa: S102  # our own text
    return names["work"]


async def test_our_code_may_not_block_the_loop() -> None:
    work = _in_the_gateway("import time; time.sleep(0.001)")
    with pytest.raises(BlockingError):
        work()


async def test_our_code_may_block_a_thread() -> None:
    await asyncio.to_thread(_in_the_gateway("import time; time.sleep(0.001)"))


def test_each_postgres_database_is_new_and_empty(new_postgres_url: Callable[[], str]) -> None:
    first, second = new_postgres_url(), new_postgres_url()
    assert first != second
    for url in (first, second):
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            connection.execute("CREATE TABLE only_here (id int)")


@pytest.fixture
def page_url() -> Iterator[str]:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the base class names it
            body = b"<!doctype html><title>here</title>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it
            """A test's output is pytest's."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def test_chromium_opens_a_page(chromium: webdriver.Chrome, page_url: str) -> None:
    chromium.get(page_url)
    assert chromium.title == "here"
