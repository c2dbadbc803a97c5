"""The parsing process is confined, replaced when a document breaks it, and never waited for without
an end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from brain.knowledge.documents import Unreadable
from brain.knowledge.loaders.process import INPUT_LIMIT, OUTPUT_LIMIT, Readings
from tests.brain.knowledge.hostile import WORDS

PAGE = f"<html lang=en-GB><title>Lamps</title><p>{WORDS}".encode()
FRAMES = """
import os, signal, sys, time
from brain.knowledge.loaders.frames import packed, read_frame
def say(header, data=b""):
    sys.stdout.buffer.write(packed(header, data)); sys.stdout.buffer.flush()
say({"ready": True})
"""
HEAR = "read_frame(sys.stdin.buffer)\n"


def child(script: str, *, seconds: float = 20.0, starting: float = 20.0) -> Readings:
    return Readings(seconds=seconds, starting=starting, command=(sys.executable, "-c", script))


def refused(readings: Readings, data: bytes = PAGE) -> str:
    with readings, pytest.raises(Unreadable) as error:
        readings.read("html", data)
    return str(error.value)


def ended(readings: Readings, data: bytes = PAGE) -> str:
    """The reason of the refusal, after which the child is gone."""
    with readings:
        with pytest.raises(Unreadable) as error:
            readings.read("html", data)
        assert readings.pid is None
    return str(error.value)


def test_a_file_is_read_and_the_child_stays(readings: Readings) -> None:
    reading = readings.read("html", PAGE)
    pid = readings.pid
    assert (reading.title, reading.language, reading.body) == ("Lamps", "en", WORDS.strip())
    readings.read("html", PAGE)
    assert readings.pid == pid


def test_no_child_runs_before_it_is_needed_nor_after_the_end() -> None:
    with Readings() as readings:
        assert readings.pid is None
        readings.read("html", PAGE)
        pid = readings.pid
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    readings.close()


def test_a_child_that_ended_between_two_files_is_replaced(readings: Readings) -> None:
    readings.read("html", PAGE)
    pid = readings.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert readings.read("html", PAGE).title == "Lamps"
    assert readings.pid != pid


def test_a_child_that_hangs_is_ended() -> None:
    reason = ended(child(FRAMES + "time.sleep(60)", seconds=0.3))
    assert reason.startswith("reading it takes longer than 0.3 s")


def test_a_child_that_does_not_read_is_ended_with_its_pipe_full() -> None:
    reason = ended(child(FRAMES + "time.sleep(60)", seconds=0.3), b" " * INPUT_LIMIT)
    assert reason.startswith("reading it takes longer than 0.3 s")


def test_a_child_that_only_talks_is_ended() -> None:
    flood = "sys.stdin.buffer.raw.read(1)\nwhile True: sys.stdout.buffer.write(b'x' * 65536)"
    assert "more than 5 MiB" in ended(child(FRAMES + flood), b" " * INPUT_LIMIT)


def test_an_answer_that_is_too_long_is_not_waited_for() -> None:
    answer = f"{HEAR}say({{}}, b'x' * {OUTPUT_LIMIT + 1})"
    assert "more than 5 MiB" in ended(child(FRAMES + answer))


def test_a_child_that_dies_is_a_reason() -> None:
    script = f"{FRAMES}{HEAR}os.kill(os.getpid(), signal.SIGSEGV)"
    assert "broke the process apart (exit code -11)" in ended(child(script))


def test_a_child_out_of_processor_time_took_too_long() -> None:
    script = f"{FRAMES}{HEAR}os.kill(os.getpid(), signal.SIGXCPU)"
    assert "takes longer than" in ended(child(script))


@pytest.mark.parametrize("script", ["import time; time.sleep(60)", "raise SystemExit(3)"])
def test_a_child_that_does_not_start_is_a_reason(script: str) -> None:
    assert "did not start" in ended(child(script, starting=0.3))


def test_a_program_that_is_not_there_is_a_reason() -> None:
    assert "did not start" in ended(Readings(command=("/nowhere/python",)))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            "sys.stdout.buffer.write(b'\\0\\0\\0\\2\\0\\0\\0\\0[]'); sys.stdout.buffer.flush()",
            "MiB",
        ),
        ("say({}, b'\\xff')", "no text"),
        ("say({'error': 'it is\\x1b[31m torn\\n'})", "it is[31m torn"),
    ],
)
def test_an_answer_out_of_form_is_refused(answer: str, reason: str) -> None:
    assert reason in refused(child(f"{FRAMES}{HEAR}{answer}\ntime.sleep(60)"))


def test_what_the_child_says_of_a_file_is_checked() -> None:
    told = {"title": ["x"], "language": "../etc", "url": "javascript:x()"}
    with child(f"{FRAMES}{HEAR}say({told}, b'a\\0b')\ntime.sleep(60)") as readings:
        reading = readings.read("html", PAGE)
    assert (reading.title, reading.language, reading.url) == (None, None, None)
    assert reading.body == "ab"


def test_a_spent_child_is_replaced() -> None:
    answer = "say({'spent': True, 'error': 'it is torn'})"
    assert ended(child(f"{FRAMES}{HEAR}{answer}\ntime.sleep(60)")) == "it is torn"


def run(script: str) -> str:
    code = f"from brain.knowledge.loaders import limits\n{script}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_memory_beyond_the_limit_is_an_error_and_not_the_machines_end() -> None:
    script = "limits.confine()\ntry: bytearray(2 << 30)\nexcept MemoryError: print('refused')"
    assert run(script) == "refused\n"


def test_a_confined_process_opens_no_file_and_no_connection() -> None:
    script = """
import socket
limits.shut(2)
for attempt in (lambda: open('/etc/hostname'), socket.socket, lambda: open('/tmp/x', 'w')):
    try: attempt()
    except OSError as error: print(error.errno)
"""
    assert run(script) == "24\n24\n24\n"


def test_processor_time_beyond_the_limit_ends_the_process() -> None:
    code = "from brain.knowledge.loaders import limits\nlimits.allow(-1)\nwhile True: pass"
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -signal.SIGXCPU


def test_the_child_has_no_environment_and_its_limits_hold(readings: Readings) -> None:
    readings.read("html", PAGE)
    process = Path("/proc") / str(readings.pid)
    if not process.is_dir():
        pytest.skip("no /proc here")
    assert b"PATH" not in (process / "environ").read_bytes()
    limits = (process / "limits").read_text()
    for line in ("open files 4", "file size 0", "core file size 0", "address space 1073741824"):
        assert line in " ".join(limits.split()), line


def test_this_process_loads_no_parser() -> None:
    script = """
import sys
import brain.knowledge.loaders.folder
print([name for name in ('bs4', 'lxml', 'pypdf', 'docx', 'trafilatura') if name in sys.modules])
"""
    assert run(script) == "[]\n"
