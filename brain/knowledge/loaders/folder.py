"""Owns the reading of a folder: which files count, their order, and that one bad file never stops
the others. Never follows a link out of the folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from brain.knowledge.documents import Document, Loaded, Problem, Unreadable
from brain.knowledge.loaders.article import ENDINGS
from brain.knowledge.loaders.process import INPUT_LIMIT, Readings
from brain.knowledge.loaders.raw import Raw
from brain.knowledge.loaders.reading import documents_of


def load_folder(
    path: Path,
    readings: Readings,
    *,
    demo: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Loaded:
    """All files of a known kind below ``path``, or the one file that it is. ``progress`` hears how
    many of how many files are done.

    Raises:
        OSError: there is nothing at ``path``.
    """
    root = path if path.is_dir() else path.parent
    files = list(_files(path))
    documents: dict[str, Document] = {}
    problems: list[Problem] = []
    for done, file in enumerate(files, 1):
        loaded = _loaded(file, root, readings, demo=demo)
        problems += loaded.problems
        problems += _put(documents, loaded, file)
        if progress is not None:
            progress(done, len(files))
    return Loaded(tuple(documents.values()), tuple(problems))


def _loaded(file: Path, root: Path, readings: Readings, *, demo: bool) -> Loaded:
    try:
        raw = Raw(_name(file, root), _data(file, root), modified=file.stat().st_mtime)
        loaded = documents_of(raw, root.resolve().as_posix(), readings, demo=demo)
    except Unreadable as error:
        return _nothing(file, f"{error}")
    except OSError as error:
        return _nothing(file, f"it cannot be read ({error})")
    return replace(loaded, problems=tuple(replace(p, path=file) for p in loaded.problems))


def _nothing(file: Path, reason: str) -> Loaded:
    return Loaded((), (Problem(file, f"{_shown(file)} was left out: {reason}"),))


def _put(documents: dict[str, Document], loaded: Loaded, file: Path) -> Iterator[Problem]:
    """Take the new documents up; a problem for each whose id is taken."""
    for document in loaded.documents:
        if documents.setdefault(document.id, document) is document:
            continue
        reason = f"another file has the id {document.id} too; rename one of them"
        yield Problem(file, f"{file} was left out: {reason}")


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        path.stat()
        yield path
        return
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if not hidden and file.suffix.lower() in ENDINGS and not file.is_dir():
            yield file


def _name(file: Path, root: Path) -> str:
    name = file.relative_to(root).as_posix()
    if _shown(Path(name)) != Path(name):
        raise Unreadable("its name is not UTF-8; rename it")
    return name


def _shown(file: Path) -> Path:
    """A path that can be stored and printed, whatever bytes its name is made of."""
    return Path(str(file).encode("utf-8", "replace").decode())


def _data(path: Path, root: Path) -> bytes:
    if not path.resolve().is_relative_to(root.resolve()):
        raise Unreadable("it is a link that leads out of the folder; copy the file instead")
    if not path.is_file():
        raise Unreadable("it is no ordinary file")
    with path.open("rb") as file:
        return file.read(INPUT_LIMIT + 1)
