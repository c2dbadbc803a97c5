"""Owns the cutting of a document into passages along its headings. Never cuts a list item, a table
or a code block unless it alone is too long."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from brain.contract import Passage
from brain.knowledge.documents import Document
from brain.knowledge.markdown import Block, Heading, elements

MIN_WORDS = 60
MAX_WORDS = 220
# A heading's lead-in alone says nothing; it reads together with what follows it.
_LEAD_IN = 25
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")


@dataclass(frozen=True, slots=True)
class _Piece:
    path: tuple[str, ...]
    text: str

    @property
    def words(self) -> int:
        return len(self.text.split())


def passages(document: Document, tenant: str) -> tuple[Passage, ...]:
    """The document's passages in the order of its text; an unchanged one keeps its id.

    Raises:
        Unreadable: the Markdown is nested too deeply.
    """
    pieces = _joined(_pieces(document))
    return tuple(_passage(document, tenant, piece, twin) for piece, twin in _numbered(pieces))


def _passage(document: Document, tenant: str, piece: _Piece, twin: int) -> Passage:
    named = [tenant, document.id, list(piece.path), piece.text, *([twin] if twin else [])]
    return Passage(
        id=hashlib.sha256(json.dumps(named).encode()).hexdigest()[:32],
        document=document.id,
        tenant=tenant,
        title=document.title,
        title_path=piece.path,
        text=piece.text,
        url=document.url,
        audience=document.audience,
        language=document.language,
        demo=document.demo,
    )


def _numbered(pieces: Iterable[_Piece]) -> Iterator[tuple[_Piece, int]]:
    """Each piece with how many equal ones came before it in the document."""
    seen: dict[_Piece, int] = {}
    for piece in pieces:
        twin = seen.get(piece, 0)
        seen[piece] = twin + 1
        yield piece, twin


def _pieces(document: Document) -> Iterator[_Piece]:
    for path, blocks in _sections(document):
        for group in _groups([part for block in blocks for part in _cut(block)]):
            yield _Piece(path, _text(group))


def _sections(document: Document) -> Iterator[tuple[tuple[str, ...], list[Block]]]:
    open_headings: list[Heading] = []
    blocks: list[Block] = []
    for element in elements(document.body):
        if isinstance(element, Block):
            blocks.append(element)
            continue
        yield _path(document.title, open_headings), blocks
        blocks = []
        open_headings = [h for h in open_headings if h.level < element.level]
        open_headings.append(element)
    yield _path(document.title, open_headings), blocks


def _path(title: str, headings: Sequence[Heading]) -> tuple[str, ...]:
    names = [heading.text for heading in headings if heading.text]
    if names and names[0].casefold() == title.casefold():
        del names[0]
    return (title, *names)


def _groups(blocks: Sequence[Block]) -> list[list[Block]]:
    """Neighbouring blocks together, up to the size of a passage; a short rest joins its
    predecessor rather than standing alone."""
    groups: list[list[Block]] = []
    for block in blocks:
        if groups and _words(groups[-1]) + block.words <= MAX_WORDS:
            groups[-1].append(block)
        else:
            groups.append([block])
    if len(groups) > 1 and _words(groups[-1]) < MIN_WORDS:
        rest = groups.pop()
        groups[-1].extend(rest)
    return groups


def _words(blocks: Iterable[Block]) -> int:
    return sum(block.words for block in blocks)


def _text(blocks: Sequence[Block]) -> str:
    first, *rest = blocks
    return first.text + "".join(("\n" if b.tight else "\n\n") + b.text for b in rest)


def _joined(pieces: Iterable[_Piece]) -> list[_Piece]:
    """Pieces with a mere lead-in put before the first piece of the sections under it."""
    done: list[_Piece] = []
    for piece in pieces:
        lead = done[-1] if done else None
        if lead and lead.words < _LEAD_IN and _is_under(piece.path, lead.path):
            done[-1] = replace(piece, text=f"{lead.text}\n\n{piece.text}")
        else:
            done.append(piece)
    return done


def _is_under(path: tuple[str, ...], above: tuple[str, ...]) -> bool:
    return len(path) > len(above) and path[: len(above)] == above


def _cut(block: Block) -> list[Block]:
    if block.words <= MAX_WORDS:
        return [block]
    if block.kind == "table":
        return _cut_table(block)
    if block.kind == "code":
        return _cut_code(block)
    return _cut_prose(block)


def _cut_prose(block: Block) -> list[Block]:
    lines = block.text.split("\n")
    # An item's own lines keep their indentation; a paragraph of one line is cut at sentences.
    parts = lines if len(lines) > 1 else _SENTENCE.split(block.text)
    glue = "\n" if len(lines) > 1 else " "
    shorter = [part for long in parts for part in _cut_words(long)]
    return _blocks(block, (glue.join(group) for group in _filled(shorter)))


def _cut_table(block: Block) -> list[Block]:
    head, rows = block.text.split("\n")[:2], block.text.split("\n")[2:]
    return _blocks(block, ("\n".join([*head, *group]) for group in _filled(rows)))


def _cut_code(block: Block) -> list[Block]:
    lines = block.text.split("\n")
    fenced = lines[0].lstrip().startswith(("```", "~~~"))
    if not fenced:
        return _blocks(block, ("\n".join(group) for group in _filled(lines)))
    # A fence left open at the end of the file has no closing line to take away.
    fence = lines[0].lstrip()[:3]
    closed = len(lines) > 1 and lines[-1].strip().startswith(fence)
    inner = lines[1:-1] if closed else lines[1:]
    return _blocks(block, ("\n".join([lines[0], *group, fence]) for group in _filled(inner)))


def _blocks(block: Block, texts: Iterable[str]) -> list[Block]:
    parts = [Block(block.kind, text) for text in texts]
    return [replace(parts[0], tight=block.tight), *parts[1:]]


def _filled(parts: Iterable[str]) -> Iterator[list[str]]:
    """Neighbours together up to the size of a passage."""
    group: list[str] = []
    count = 0
    for part in parts:
        words = len(part.split())
        if group and count + words > MAX_WORDS:
            yield group
            group, count = [], 0
        group.append(part)
        count += words
    if group:
        yield group


def _cut_words(text: str) -> Iterator[str]:
    words = text.split()
    if len(words) <= MAX_WORDS:
        yield text
        return
    for start in range(0, len(words), MAX_WORDS):
        yield " ".join(words[start : start + MAX_WORDS])
