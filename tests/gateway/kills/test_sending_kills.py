"""Killed between marking, sending and recording: the only window in which nobody can know."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from gateway.failpoint import VARIABLE
from gateway.store.schema.pipeline import deliveries
from tests.gateway.kills.points import WHILE_SENDING
from tests.gateway.kills.process import ROOT
from tests.gateway.kills.pushed_line import CHATS, ledger

# How often the message in the window reaches the platform, and whether it is flagged: a platform
# that can be asked gets it once; one that cannot gets it again, marked as possibly twice.
OUTCOMES = {
    ("outbox.after_mark", "slack"): (1, False),
    ("outbox.after_mark", "telegram"): (1, True),
    ("outbox.after_send", "slack"): (1, False),
    ("outbox.after_send", "telegram"): (2, True),
}


def live(url: str, folder: Path, kind: str, failpoints: str = "") -> int:
    done = subprocess.run(
        [sys.executable, "-m", "tests.gateway.kills.pushed_line", url, str(folder), kind],
        cwd=ROOT,
        env={**os.environ, VARIABLE: failpoints},
        timeout=25,
        check=False,
    )
    return done.returncode


def test_every_point_of_sending_has_its_outcomes() -> None:
    assert {point for point, _ in OUTCOMES} == set(WHILE_SENDING)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("point", "kind"), OUTCOMES)
def test_killed_while_sending(store_url: str, tmp_path: Path, point: str, kind: str) -> None:
    times, flagged = OUTCOMES[point, kind]
    armed = f"{point}=kill:{WHILE_SENDING[point]}"
    assert live(store_url, tmp_path, kind, armed) == -signal.SIGKILL
    assert live(store_url, tmp_path, kind) == 0
    engine = create_engine(store_url)
    with engine.connect() as connection:
        rows = connection.execute(select(deliveries)).mappings().all()
    engine.dispose()
    assert sorted(row["address"] for row in rows) == sorted(CHATS)
    assert {row["state"] for row in rows} == {"sent"}
    arrived = Counter(line["delivery"] for line in ledger(tmp_path / "ledger.jsonl"))
    in_the_window = [row["id"] for row in rows if row["possibly_duplicate"]]
    assert len(in_the_window) == flagged
    assert sorted(arrived.values()) == [1, 1, times]
    if times > 1:
        # What may have come twice is exactly what is flagged so.
        assert arrived[in_the_window[0]] == times
