"""PostgreSQL connections that give a silent server up. Something between us and it may go on taking
what we send, and acknowledging it, after the server itself is gone: keepalives and the kernel's
timeouts say nothing then, and the driver would wait for an answer for ever. It opens no connection
of its own and repeats no statement."""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg

R = TypeVar("R")


class PatientConnection(psycopg.Connection[Any]):
    """Ends when the server has not answered for ``silence`` seconds; until that is set, never."""

    silence = math.inf

    def wait(self, gen: Generator[Any, Any, R], *args: Any, **options: Any) -> R:  # noqa: ANN401  # whatever the driver hands on
        """
        Raises:
            psycopg.OperationalError: the server was silent for too long; the connection is closed.
        """
        return super().wait(self._while_it_answers(gen), *args, **options)

    def _while_it_answers(self, gen: Generator[Any, Any, R]) -> Generator[Any, Any, R]:
        # The driver resumes its generator every tenth of a second, with nothing where nothing came.
        until = time.monotonic() + self.silence
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    until = time.monotonic() + self.silence
                elif time.monotonic() > until:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(
                        f"the server has said nothing for {self.silence:g} s"
                    )
                wanted = gen.send(ready)
        except StopIteration as ended:
            return ended.value
