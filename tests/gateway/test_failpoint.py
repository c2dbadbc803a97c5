"""Kill points: armed by name and hit, and nothing at all otherwise."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.failpoint import Armed, FailpointHit, Failpoints, parse

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "armed"),
    [
        ("", {}),
        (" , ", {}),
        ("a.b=kill", {"a.b": Armed("kill", 1)}),
        (
            "a.b=raise:3, c.d=hang,e.f=eio:2",
            {"a.b": Armed("raise", 3), "c.d": Armed("hang", 1), "e.f": Armed("eio", 2)},
        ),
    ],
)
def test_the_environments_form_is_read(text: str, armed: dict[str, Armed]) -> None:
    assert parse(text) == armed


@pytest.mark.parametrize("text", ["a.b", "a.b=", "a.b=explode", "a.b=kill:x", "a.b=kill:-1"])
def test_what_cannot_be_read_is_an_error_that_shows_the_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"name=kill\|raise\|hang\|eio"):
        parse(text)


def test_without_arming_nothing_happens_and_nothing_is_counted() -> None:
    failpoint = Failpoints({})
    failpoint("any.name")
    assert not failpoint.hits


def test_it_acts_from_its_hit_on() -> None:
    failpoint = Failpoints(parse("a.b=raise:3"))
    failpoint("a.b")
    failpoint("a.b")
    failpoint("c.d")
    for _ in range(2):
        with pytest.raises(FailpointHit, match=r"a\.b"):
            failpoint("a.b")
    assert failpoint.hits == {"a.b": 4}


def test_eio_is_what_a_failing_disk_says() -> None:
    with pytest.raises(OSError, match="failpoint") as failed:
        Failpoints(parse("a.b=eio"))("a.b")
    assert failed.value.errno == errno.EIO


@pytest.mark.parametrize(("action", "hit"), [("kill", 1), ("kill", 3)])
def test_kill_leaves_no_chance_to_tidy_up(action: str, hit: int) -> None:
    program = (
        "from gateway.failpoint import Failpoints, parse\n"
        f"point = Failpoints(parse('a.b={action}:{hit}'))\n"
        "try:\n"
        "    for number in range(5):\n"
        "        print(number, flush=True)\n"
        "        point('a.b')\n"
        "finally:\n"
        "    print('tidied up', flush=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split() == [str(number) for number in range(hit)]
