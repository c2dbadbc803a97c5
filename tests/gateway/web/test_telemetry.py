"""Logs hold no secret and no control character; figures stay bounded."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from gateway.telemetry.logs import log_to
from gateway.telemetry.metrics import Metrics


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    before = structlog.get_config()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    log_to(stream, as_json=True)
    yield stream
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_whatever_it_holds(logged: io.StringIO) -> None:
    log = structlog.get_logger()
    log.info("http.request", route='/x\n{"event":"forged"}\x1b[31m\u2028\u202e', count=3)
    [line] = lines(logged)
    assert line["event"] == "http.request"
    assert line["count"] == 3
    assert line["route"] == '/x\\n{"event":"forged"}\\x1b[31m\\u2028\\u202e'


def test_secrets_do_not_reach_the_log(logged: io.StringIO) -> None:
    secrets = {
        "plain": "fdt_abcdefghijklmnop",
        "telegram": "123456:AAAAAAAAAAAAAAAAAAAAAAAA",
        "slack": "xoxb-1234567890-abc",
        "ticket": "f1e2d3c4-0000-1111",
        "discord": f"MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.{'x' * 38}",
        "interaction": "aW50ZXJhY3Rpb246MTIz",
        "file": "eyJhdWQiOiJmaWxlcyJ9.c2lnbmF0dXJl",
        "database": "user:hunter2",
        "password": "hunter2",
        "model": "sk-ant-abcdefghijklmnop",
    }
    log = structlog.get_logger()
    log.info(
        "test",
        note=f"token {secrets['plain']} of {secrets['slack']} {secrets['model']}",
        address=f"https://api.telegram.org/bot{secrets['telegram']}/getMe",
        socket=f"wss://wss-primary.slack.com/link/?x=1&ticket={secrets['ticket']}&app_id=7",
        bot=f"Bot {secrets['discord']}",
        callback=f"https://discord.com/api/v10/interactions/12/{secrets['interaction']}/callback",
        path=f"/files/{secrets['file']}",
        url=f"postgresql://{secrets['database']}@db/x",
        settings={"password": secrets["password"], "deep": [{"api_key": secrets["plain"]}]},
        authorization="Bearer x",
    )
    log.error("failed", exc_info=ValueError(f"refused {secrets['plain']}"))
    logging.getLogger("library").warning("with %s", secrets["plain"])
    text = logged.getvalue()
    assert len(lines(logged)) == 3
    for name, secret in secrets.items():
        assert secret not in text, name
    assert "Bearer x" not in text
    assert "ValueError" in text


def test_methods_that_strangers_make_up_are_counted_as_one() -> None:
    metrics = Metrics()
    for number in range(100):
        metrics.request(f"M{number}", "/x", 405, 0.1)
    text = metrics.render().decode()
    assert 'frontdesk_http_requests_total{method="other",route="/x",status="405"} 100.0' in text
    assert "M99" not in text
