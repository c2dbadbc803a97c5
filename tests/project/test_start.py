"""Holds what ``frontdesk --help`` loads; how long that takes is bench's to measure."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
HEAVY = frozenset(
    {
        "aiosmtplib", "anthropic", "chromadb", "discord", "imapclient", "numpy", "onnx",
        "onnxruntime", "openai", "opentelemetry", "slack_sdk", "sqlalchemy", "telegram",
        "tokenizers", "twilio",
    }
)  # fmt: skip
_IMPORT = re.compile(r"^import time:\s+\d+ \|\s+\d+ \|\s+([\w.]+)$", re.MULTILINE)


def _loaded(*arguments: str) -> frozenset[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return frozenset(found.partition(".")[0] for found in _IMPORT.findall(done.stderr))


def test_the_list_of_imports_is_read_right() -> None:
    assert "decimal" in _loaded("-c", "import decimal")


def test_help_loads_no_sdk() -> None:
    loaded = _loaded("-m", "gateway", "--help")
    assert "gateway" in loaded
    assert loaded & HEAVY == frozenset()
