"""Keeps what was learnt from examples between starts: learning takes seconds, reading it none. What
the shipped examples teach by the local sentence model comes with the program. A file that is not
exactly what belongs to the examples and the embedder is learnt again."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path

from brain.contract import Embedder
from brain.triage.intents import Intents, Lesson, examples_of
from brain.triage.meanings import Remembering
from brain.triage.taxonomy import Intent

# Part of the digest, so that a change of how is learnt makes a new file.
_FORM = 1
SHIPPED = Path(__file__).with_name("data") / "lesson.npz"


def taught(intents: Mapping[str, Intent], embedder: Embedder, folder: Path) -> Intents:
    """What reads messages by these intents; blocking, for some seconds where it has to learn."""
    digest = _digest(intents, embedder)
    file = folder / f"intents-{digest}.npz"
    lesson = _shipped(intents, embedder, digest) or _kept(file)
    if lesson is not None:
        try:
            return Intents(intents, embedder, lesson)
        except ValueError:
            pass
    reader = Intents(intents, embedder)
    _keep(file, reader.lesson)
    return reader


def ship(intents: Mapping[str, Intent], embedder: Embedder, file: Path = SHIPPED) -> None:
    """Write the lesson that comes with the program, without the meanings, which do so already."""
    import numpy as np  # noqa: PLC0415  numpy stays out of memory until a model is used

    lesson = asdict(Intents(intents, embedder).lesson)
    del lesson["meanings"]
    # Half as large, and no message is read otherwise.
    halves = {name: weights.astype(np.float16) for name, weights in lesson.items()}
    np.savez_compressed(file, digest=np.array(_digest(intents, embedder)), **halves)


def _shipped(intents: Mapping[str, Intent], embedder: Embedder, digest: str) -> Lesson | None:
    import numpy as np  # noqa: PLC0415  as above

    with np.load(SHIPPED, allow_pickle=False) as arrays:
        if str(arrays["digest"]) != digest:
            return None
        texts = [text for text, *_ in examples_of(intents)]
        meanings = np.array(Remembering(embedder).embed(texts), np.float32)
        learnt = {
            each.name: arrays[each.name].astype(np.float32)
            for each in fields(Lesson)
            if each.name in arrays
        }
        return Lesson(meanings=meanings, **learnt)


def _digest(intents: Mapping[str, Intent], embedder: Embedder) -> str:
    learnt = [(name, one.topic, one.sorts) for name, one in intents.items()]
    told = json.dumps([_FORM, embedder.name, embedder.dimensions, learnt])
    return hashlib.sha256(told.encode()).hexdigest()[:20]


def _kept(file: Path) -> Lesson | None:
    import numpy as np  # noqa: PLC0415  numpy stays out of memory until a model is used

    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
            return Lesson(**{each.name: arrays[each.name] for each in fields(Lesson)})
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return None


def _keep(file: Path, lesson: Lesson) -> None:
    """Where nothing can be written, the next start learns again."""
    import numpy as np  # noqa: PLC0415  as above

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Under another name first, so that neither a crash nor a neighbour leaves half a file.
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
            np.savez(part, **asdict(lesson))
            part.flush()
            os.fsync(part.fileno())
        Path(part.name).replace(file)
    except OSError:
        return
