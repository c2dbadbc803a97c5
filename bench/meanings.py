"""Writes the vectors of triage's shipped examples, and what is learnt of them, anew: ``python -m
bench.meanings``, after an example was changed. It needs the local sentence model."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from brain.knowledge.minilm import MiniLm
from brain.triage.intents import examples_of
from brain.triage.lessons import ship
from brain.triage.meanings import write
from brain.triage.taxonomy import shipped


def main() -> None:
    with TemporaryDirectory() as cache:
        intents, embedder = shipped(), MiniLm(Path(cache))
        write((text for text, *_ in examples_of(intents)), embedder)
        ship(intents, embedder)


if __name__ == "__main__":
    main()
