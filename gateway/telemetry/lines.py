"""Log lines on their way out: a bounded queue and a thread that writes, so that whoever logs never
waits for whoever reads. What does not fit is dropped and counted."""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_WAITING = 10_000
AT_ONCE = 200
LAST_WORDS_SECONDS = 1.0


@dataclass(slots=True)
class _Mark:
    """A place in the queue that somebody waits for, or its end."""

    last: bool = False
    reached: threading.Event = field(default_factory=threading.Event)


class Lines:
    """A text stream for ``log_to`` over a file descriptor. ``dropped`` hears of each line that was
    not taken, from the thread that logged it."""

    def __init__(
        self, descriptor: int, dropped: Callable[[], None], most: int = MOST_WAITING
    ) -> None:
        self._descriptor = descriptor
        self._dropped = dropped
        self._most = most
        self._waiting: queue.SimpleQueue[str | _Mark] = queue.SimpleQueue()
        self._untold = 0
        self._thread = threading.Thread(target=self._work, name="log-writer", daemon=True)
        self._thread.start()

    def write(self, text: str) -> int:
        """Never blocks; text is whole lines, or the end of one."""
        if self._waiting.qsize() >= self._most:
            self._untold += 1
            self._dropped()
        else:
            self._waiting.put(text)
        return len(text)

    def flush(self) -> None:
        """Whoever logs does not wait; ``drain`` does."""

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def drain(self, seconds: float = LAST_WORDS_SECONDS) -> None:
        """Give the thread so long to write what waits; for the end of a process."""
        self._waiting.put(mark := _Mark())
        mark.reached.wait(seconds)

    def close(self) -> None:
        """Write what waits, as far as anybody takes it."""
        self._waiting.put(_Mark(last=True))
        self._thread.join(LAST_WORDS_SECONDS)

    def _work(self) -> None:
        while True:
            first = self._waiting.get()
            texts = [first]
            while len(texts) < AT_ONCE and not self._waiting.empty():
                texts.append(self._waiting.get())
            self._out("".join(text for text in texts if isinstance(text, str)) + self._gap())
            marks = [text for text in texts if isinstance(text, _Mark)]
            for mark in marks:
                mark.reached.set()
            if any(mark.last for mark in marks):
                return

    def _gap(self) -> str:
        """A line that says how many are missing before it."""
        missing, self._untold = self._untold, 0
        if not missing:
            return ""
        told = {"event": "log.lines_dropped", "level": "warning", "lines": missing}
        return json.dumps(told) + "\n"

    def _out(self, text: str) -> None:
        rest = memoryview(text.encode("utf-8", "backslashreplace"))
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except OSError:
                # Nobody reads any more, or the disk is full; the next lines are tried again.
                return
