"""Owns the way from Markdown files to documents, with caps before work. Never follows a link out of
the folder and never lets one bad file stop the others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from brain.knowledge import frontmatter, markdown
from brain.knowledge.documents import Document, Loaded, Problem, Unreadable

FILE_LIMIT = 2 * 1024 * 1024
_ENDINGS = frozenset({".md", ".markdown"})


def load_markdown(path: Path, root: Path, *, demo: bool = False) -> Document:
    """One file of the source ``root`` as a document.

    Raises:
        Unreadable: too large, no UTF-8, or not to be understood; the message says how to mend it.
        OSError: it cannot be opened.
    """
    matter, body = frontmatter.split(_text(path, root))
    body = body.strip("\n")
    title = matter.title or _first_heading(body) or _title_of(path)
    shape = [title, matter.url, matter.audience, matter.language, demo, matter.draft, body]
    return Document(
        id=_id(path, root),
        title=title,
        source=root.resolve().as_posix(),
        url=matter.url,
        audience=matter.audience,
        language=matter.language,
        demo=demo,
        draft=matter.draft,
        body=body,
        hash=hashlib.sha256(json.dumps(shape).encode()).hexdigest(),
        owner=matter.owner,
        review_by=matter.review_by,
    )


def load_folder(path: Path, *, demo: bool = False) -> Loaded:
    """All Markdown files below ``path``, or the one file that it is.

    Raises:
        OSError: there is nothing at ``path``.
    """
    root = path if path.is_dir() else path.parent
    documents: dict[str, Document] = {}
    problems: list[Problem] = []
    for file in _files(path):
        try:
            document = load_markdown(file, root, demo=demo)
        except Unreadable as error:
            problems.append(Problem(file, f"{file} was left out: {error}"))
        except OSError as error:
            problems.append(Problem(file, f"{file} was left out: it cannot be read ({error})"))
        else:
            if documents.setdefault(document.id, document) is not document:
                reason = f"another file has the id {document.id} too; rename one of them"
                problems.append(Problem(file, f"{file} was left out: {reason}"))
    return Loaded(tuple(documents.values()), tuple(problems))


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        path.stat()
        yield path
        return
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if not hidden and file.suffix.lower() in _ENDINGS and not file.is_dir():
            yield file


def _text(path: Path, root: Path) -> str:
    if not path.resolve().is_relative_to(root.resolve()):
        raise Unreadable("it is a link that leads out of the folder; copy the file instead")
    if not path.is_file():
        raise Unreadable("it is no ordinary file")
    with path.open("rb") as file:
        data = file.read(FILE_LIMIT + 1)
    if len(data) > FILE_LIMIT:
        raise Unreadable(f"it is larger than {FILE_LIMIT // 1024**2} MiB; split it into articles")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8 at byte {error.start}; save it as UTF-8") from error
    if "\0" in text:
        raise Unreadable("it has NUL characters, so it is no text; save it as UTF-8 text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _first_heading(body: str) -> str | None:
    for element in markdown.elements(body):
        if isinstance(element, markdown.Heading) and element.text:
            return element.text
    return None


def _id(path: Path, root: Path) -> str:
    return "__".join(path.relative_to(root).with_suffix("").parts)


def _title_of(path: Path) -> str:
    words = path.stem.replace("_", " ").replace("-", " ").split()
    return " ".join(words).capitalize() or path.name
