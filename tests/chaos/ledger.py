"""Append-only ledgers: one JSON object a line, flushed before the next thing happens."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, TypeAlias

Line: TypeAlias = dict[str, Any]
PLATFORM = "platform.jsonl"
LIVES = "lives.jsonl"


class Ledger:
    """Every line gets ``at``, seconds since the epoch, when it is written."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("a", encoding="utf-8")

    def note(self, what: str, **fields: object) -> Line:
        line: Line = {"at": time.time(), "what": what, **fields}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
        return line

    def close(self) -> None:
        self._file.close()


def read(file: Path) -> list[Line]:
    """All whole lines; a writer that was killed may have left half a one at the end."""
    if not file.exists():
        return []
    text = file.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    return [json.loads(line) for line in whole.splitlines()]
