"""A damaged index is put aside and built again from the store, with the same ids."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from brain.contract import KnowledgeUnavailable
from brain.knowledge.build import Build
from brain.knowledge.index import KnowledgeIndex
from tests.brain.knowledge.fake_store import (
    PUBLIC,
    FakePassages,
    HeldEmbedder,
    PatientClock,
    index_at,
    numbered,
    passage,
    shop,
)

Opened = Callable[..., KnowledgeIndex]


def garble(path: Path, keep: int = 0) -> None:
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:keep] + os.urandom(max(64, size - keep)))


def build(folder: Path) -> Path:
    (found,) = (folder / "index").glob("build-*")
    return found


def chroma_files(folder: Path) -> list[Path]:
    return [p for p in (build(folder) / "chroma").glob("*/*") if p.is_file()]


def held(folder: Path) -> set[str]:
    """The ids that the sealed build has in all its parts."""
    reopened = Build.open(build(folder))
    plan = reopened.plan([])
    reopened.close()
    return {id_ for ids in plan.gone.values() for id_ in ids}


def garble_graphs(folder: Path) -> None:
    files = chroma_files(folder)
    assert files
    for path in files:
        garble(path)


def lose_graphs(folder: Path) -> None:
    for path in {file.parent for file in chroma_files(folder)}:
        shutil.rmtree(path)


def garble_chroma(folder: Path) -> None:
    garble(build(folder) / "chroma" / "chroma.sqlite3")


def garble_chroma_pages(folder: Path) -> None:
    garble(build(folder) / "chroma" / "chroma.sqlite3", 20_000)


def truncate_chroma(folder: Path) -> None:
    path = build(folder) / "chroma" / "chroma.sqlite3"
    os.truncate(path, path.stat().st_size // 2)


def lose_chroma(folder: Path) -> None:
    shutil.rmtree(build(folder) / "chroma")


def garble_lexical(folder: Path) -> None:
    garble(build(folder) / "lexical.db")


def truncate_lexical(folder: Path) -> None:
    path = build(folder) / "lexical.db"
    os.truncate(path, path.stat().st_size // 2)


def empty_lexical(folder: Path) -> None:
    os.truncate(build(folder) / "lexical.db", 0)


def lose_lexical(folder: Path) -> None:
    (build(folder) / "lexical.db").unlink()


def older_layout(folder: Path) -> None:
    seal = build(folder) / "seal.json"
    told = json.loads(seal.read_text(encoding="utf-8"))
    seal.write_text(json.dumps(told | {"layout": told["layout"] - 1}), encoding="utf-8")


def garble_seal(folder: Path) -> None:
    garble(build(folder) / "seal.json")


def lose_seal(folder: Path) -> None:
    (build(folder) / "seal.json").unlink()


def lose_everything(folder: Path) -> None:
    shutil.rmtree(folder / "index")


def garble_vectors(folder: Path) -> None:
    for path in (folder / "index").glob("vectors-*.db"):
        garble(path)
    lose_seal(folder)


GRAPH_FAULTS = [garble_graphs, lose_graphs]
FAULTS = [
    *GRAPH_FAULTS, garble_chroma, garble_chroma_pages, truncate_chroma, lose_chroma,
    garble_lexical, truncate_lexical, empty_lexical, lose_lexical, garble_seal, lose_seal,
    older_layout,
    lose_everything, garble_vectors,
]  # fmt: skip


async def answers(index: KnowledgeIndex) -> list[tuple[str, float]]:
    hits = await index.search("care for leather boots", PUBLIC, 1)
    return [(hit.passage.id, round(hit.score, 6)) for hit in hits]


# A thousand passages are built twice.
@pytest.mark.timeout(120)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_damage_between_runs_is_mended(
    opened: Opened, store: FakePassages, tmp_path: Path, fault: Callable[[Path], None]
) -> None:
    if fault in GRAPH_FAULTS:
        # Above this number Chroma writes its graph to files of their own.
        store.rows = [*shop(), *(passage(f"p{i}", f"T{i}", f"Tent {i}.") for i in range(1000))]
    first = opened(store)
    before = await answers(first)
    await first.close()
    await asyncio.to_thread(fault, tmp_path)
    second = opened(store)
    await second.sync()
    assert await answers(second) == before
    assert (await second.sync()).passages == len(store.rows)
    await second.close()
    assert await asyncio.to_thread(held, tmp_path) == {row.id for row in store.rows}


@pytest.mark.parametrize("fault", [garble_lexical, truncate_lexical], ids=lambda f: f.__name__)
async def test_damage_while_running_is_mended(
    opened: Opened, store: FakePassages, tmp_path: Path, fault: Callable[[Path], None]
) -> None:
    index = opened(store)
    before = await answers(index)
    await asyncio.to_thread(fault, tmp_path)
    for path in build(tmp_path).glob("lexical.db-*"):
        await asyncio.to_thread(garble, path)
    assert await answers(index) == before
    assert (tmp_path / "index" / "damaged").exists()


async def test_a_killed_first_build_keeps_what_was_embedded(
    opened: Opened, store: FakePassages
) -> None:
    store.rows = numbered(64)
    slow = HeldEmbedder()
    first = opened(store, embedder=slow)
    slow.holds_after = 64
    building = asyncio.create_task(first.sync())
    await asyncio.to_thread(slow.waiting.wait, 20)
    building.cancel()
    await asyncio.wait([building])
    slow.gate.set()
    await first.close()
    rest = HeldEmbedder()
    second = opened(store, embedder=rest)
    assert (await second.sync()).passages == 64
    assert len(rest.texts) == 128 - 64


KILLED = """
import asyncio, sys
from pathlib import Path
from tests.brain.knowledge.fake_store import FakePassages, HeldEmbedder, index_at, numbered

class Telling(HeldEmbedder):
    def embed(self, texts):
        if len(self.texts) >= 64:
            print("enough", flush=True)
            sys.stdin.read()
        return super().embed(texts)

asyncio.run(index_at(Path(sys.argv[1]), FakePassages(numbered(64)), embedder=Telling()).sync())
"""


async def test_what_a_killed_process_embedded_is_kept(opened: Opened, tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, tmp_path / "index",
        cwd=Path(__file__).parents[3], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    while b"enough" not in (line := await child.stdout.readline()):
        assert line, "the child ended before it could be killed"
    child.kill()
    await child.wait()
    rest = HeldEmbedder()
    index = opened(FakePassages(numbered(64)), embedder=rest)
    assert (await index.sync()).passages == 64
    assert len(rest.texts) == 128 - 64
    await index.close()
    assert await asyncio.to_thread(held, tmp_path) == {row.id for row in numbered(64)}


async def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    index = index_at(tmp_path / "file" / "index", FakePassages(), clock=PatientClock())
    with pytest.raises(KnowledgeUnavailable, match="cannot be written"):
        await index.sync()
    await index.close()
