"""Measures how long a message is read: language, wish, intent, mood, with the local sentence model,
one after the other and each for the first time. It asks no knowledge and grades nothing."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from bench.node import share
from brain.contract import Said
from brain.settings import BrainSettings, EmbeddingSettings
from gateway.bootstrap.thinking import LateEmbedder, reader_of

FILES = ("questions.json", "unanswerable.json")
LONG = (
    "I ordered two jackets three weeks ago, one of them came with a broken zip and the other one"
    " has not come at all. Your tracking page says that it was handed to the carrier, and the"
    " carrier says they know nothing of it. Can you tell me where it is, whether the broken one can"
    " be repaired, and who pays for sending it back?"
)
EARLIER = 6


def measure() -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        began = time.perf_counter()
        reader = reader_of(BrainSettings(), LateEmbedder(Path(folder), EmbeddingSettings()))
        ready = time.perf_counter() - began
        texts = [*_texts(), LONG]
        history = tuple(Said(at, "customer", text, 0.0) for at, text in enumerate(texts[:EARLIER]))
        reader.look((Said(1, "customer", "hello there, all well?", 0.0),), (), None)
        taken: list[float] = []
        for text in texts:
            began = time.perf_counter()
            reader.look((Said(99, "customer", text, 1.0),), history, "en")
            taken.append(time.perf_counter() - began)
    return {
        "messages": len(taken),
        "ready_s": round(ready, 2),
        "read_p50_ms": share(taken, 0.5),
        "read_p99_ms": share(taken, 0.99),
        "read_max_ms": share(taken, 1.0),
    }


def _texts() -> list[str]:
    folder = Path(__file__).parent
    return [text for file in FILES for text in json.loads((folder / file).read_text("utf-8"))]
