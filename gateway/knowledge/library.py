"""Putting documents and their passages into the store, and taking them out. A document and its
passages come and go in one unit; nothing here cuts texts or computes hashes.

``LIBRARY`` is the topic of every change, so that lists are read again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, RowMapping, and_, delete, select, update

from brain.contract import Passage
from brain.knowledge.documents import Document
from gateway.knowledge import versions
from gateway.knowledge.fingerprint import calls_itself_draft
from gateway.knowledge.records import NotPossible
from gateway.store.schema.library import conflicts, documents, library_versions, passages
from gateway.store.unit import Reading, Unit, dumps

LIBRARY = "library"
# The origin of what is written here.
DESK = "desk"
# The hash of a draft that somebody threw away: an empty row that keeps it from coming back.
REJECTED = "rejected"
# Databases take so many values in one statement, and more.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Chapter:
    """A document with the passages that were made of it; ``hash`` is its fingerprint."""

    document: Document
    passages: tuple[Passage, ...]
    hash: str


@dataclass(frozen=True, slots=True)
class Change:
    """What was done, by document id."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    # Ids that another origin has already, with that origin; these were left out.
    taken: tuple[tuple[str, str], ...] = ()

    @property
    def anything(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def plus(self, more: Change) -> Change:
        return Change(
            (*self.added, *more.added),
            (*self.changed, *more.changed),
            (*self.removed, *more.removed),
            self.unchanged + more.unchanged,
            (*self.taken, *more.taken),
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """A document of an origin as it is in the library: its id, ``Document.source`` and its
    fingerprint."""

    id: str
    source: str
    hash: str


def put(unit: Unit, origin: str, chapters: Sequence[Chapter]) -> Change:
    """Bring documents of an origin up to date; those whose fingerprint is the same stay as they
    are. Of one that was edited here the source's text is kept beside ours for deciding."""
    known = _known(unit, [chapter.document.id for chapter in chapters])
    added, changed = list[str](), list[str]()
    taken: list[tuple[str, str]] = []
    for chapter in chapters:
        id = chapter.document.id
        before = known.get(id)
        if before is not None and before["origin"] != origin:
            taken.append((id, before["origin"]))
        elif before is None:
            _insert(unit, origin, chapter)
            added.append(id)
        elif before["ours"]:
            _offer(unit, chapter, before)
        elif before["hash"] not in (chapter.hash, REJECTED):
            _update(unit, chapter, before)
            changed.append(id)
    unchanged = len(chapters) - len(added) - len(changed) - len(taken)
    change = Change(tuple(added), tuple(changed), (), unchanged, tuple(taken))
    if change.anything:
        new_version(unit)
    return change


def stored(reading: Reading, origin: str) -> list[Stored]:
    """What an origin has."""
    mine = and_(documents.c.tenant_id == reading.tenant, documents.c.origin == origin)
    rows = reading.all(select(documents.c.id, documents.c.source, documents.c.hash).where(mine))
    return [Stored(row["id"], row["source"], row["hash"]) for row in rows]


def withdraw(unit: Unit, origin: str, ids: Sequence[str]) -> Change:
    """Remove those of the documents that are this origin's. One that was edited here stays, and
    somebody decides: once, however often its source is read without it."""
    own = [
        row for some in _parts(sorted(ids)) for row in _held(unit, origin, documents.c.id.in_(some))
    ]
    news = [row["id"] for row in own if row["ours"] and row["hash"] != versions.GONE]
    if news:
        versions.source_gone(unit, news)
        mine = and_(documents.c.tenant_id == unit.tenant, documents.c.id.in_(news))
        unit.execute(update(documents).where(mine).values(hash=versions.GONE))
        unit.emit(LIBRARY)
    return Change(removed=remove(unit, [row["id"] for row in own if not row["ours"]]))


def remove(unit: Unit, ids: Sequence[str]) -> tuple[str, ...]:
    """Remove documents by id; those that were there. A draft of a resolved conversation leaves an
    empty row, so that the same case never becomes a draft again."""
    found = there(unit, ids)
    for some in _parts(found):
        mine = and_(documents.c.tenant_id == unit.tenant, documents.c.id.in_(some))
        _remove_passages(unit, some)
        unit.execute(delete(documents).where(mine, documents.c.format != "conversation"))
        unit.execute(
            update(documents)
            .where(mine)
            .values(hash=REJECTED, draft=True, title="", body="", version=0, ours=False)
        )
        versions.forget(unit, some)
    if found:
        new_version(unit)
    return found


def remove_origin(unit: Unit, origin: str) -> tuple[str, ...]:
    """Remove all documents of an origin. Those that were edited here answer no more, but are kept
    as drafts of the desk's own, so that nobody's work is lost. Returns the ids of both.

    Raises:
        NotPossible: it is the desk, where articles are nobody else's.
    """
    if origin == DESK:
        raise NotPossible(
            "what was written on the desk is no source; name its articles by their ids"
        )
    own = _held(unit, origin)
    edited = [row["id"] for row in own if row["ours"]]
    for id in edited:
        mine = and_(documents.c.tenant_id == unit.tenant, documents.c.id == id)
        unit.execute(update(documents).where(mine).values(origin=DESK, draft=True))
    if edited:
        _remove_passages(unit, edited)
        versions.no_source(unit, edited)
        new_version(unit)
    return (*edited, *remove(unit, [row["id"] for row in own if not row["ours"]]))


def _held(unit: Unit, origin: str, *which: ColumnElement[bool]) -> Sequence[RowMapping]:
    """Of the origin's documents, held to the end of the unit: somebody's first edit makes one of
    them ours, and it must not be lost by what was read before it."""
    mine = and_(documents.c.tenant_id == unit.tenant, documents.c.origin == origin)
    wanted = select(documents.c.id, documents.c.hash, documents.c.ours)
    return unit.all(wanted.where(mine, *which).order_by(documents.c.id).with_for_update())


def there(reading: Reading, ids: Sequence[str]) -> tuple[str, ...]:
    """Those of the ids that are in the library."""
    found: list[str] = []
    for some in _parts(ids):
        mine = and_(documents.c.tenant_id == reading.tenant, documents.c.id.in_(some))
        rows = reading.all(select(documents.c.id).where(mine, is_listed()).order_by(documents.c.id))
        found.extend(row["id"] for row in rows)
    return tuple(found)


def is_listed() -> ColumnElement[bool]:
    """Whether a document is one that people see."""
    return documents.c.hash != REJECTED


def unpublish(unit: Unit, id: str) -> bool:
    """Make it a draft, which answers nobody until it is published again, whatever its source says
    meanwhile; False when there is no such article.

    Raises:
        NotPossible: its text is not kept, so that it could never be published again.
    """
    if not there(unit, [id]):
        return False
    mine = and_(documents.c.tenant_id == unit.tenant, documents.c.id == id)
    _check_text(unit, id, mine)
    if unit.changed(update(documents).where(mine, documents.c.draft.is_(False)).values(draft=True)):
        _remove_passages(unit, [id])
        new_version(unit)
    return True


def _check_text(unit: Unit, id: str, mine: ColumnElement[bool]) -> None:
    cut = select(passages.c.id).where(_passages_of(unit, [id])).limit(1)
    if unit.scalar(select(documents.c.body).where(mine)) == "" and unit.one(cut) is not None:
        raise NotPossible(
            f"the text of {id} was not kept by the version of Frontdesk that read it; read its"
            " source again first, or remove it"
        )


def publish(unit: Unit, draft: RowMapping, cut: Sequence[Passage]) -> bool:
    """Let a draft answer with the passages that were made of it; False when it is gone or another
    by now. One that answers already stays as it is."""
    id = draft["id"]
    mine = and_(
        documents.c.tenant_id == unit.tenant,
        documents.c.id == id,
        documents.c.hash == draft["hash"],
        documents.c.version == draft["version"],
    )
    if unit.changed(update(documents).where(mine, documents.c.draft.is_(True)).values(draft=False)):
        _insert_passages(unit, id, cut)
        new_version(unit)
        return True
    return unit.one(select(documents.c.id).where(mine)) is not None


def new_version(unit: Unit) -> None:
    """Say that the indexes have something to follow."""
    mine = library_versions.c.tenant_id == unit.tenant
    raised = update(library_versions).where(mine).values(version=library_versions.c.version + 1)
    if not unit.changed(raised) and not unit.insert_once(
        library_versions, tenant_id=unit.tenant, version=1
    ):
        unit.execute(raised)
    unit.emit(LIBRARY)


def _known(unit: Unit, ids: Sequence[str]) -> dict[str, RowMapping]:
    wanted = (
        documents.c.id,
        documents.c.hash,
        documents.c.origin,
        documents.c.demo,
        documents.c.draft,
        documents.c.version,
        documents.c.ours,
    )
    # Held until the end of the unit: what a person makes a draft meanwhile must stay one.
    rows = unit.all(
        select(*wanted)
        .where(documents.c.tenant_id == unit.tenant, documents.c.id.in_(ids))
        .order_by(documents.c.id)
        .with_for_update()
    )
    return {row["id"]: row for row in rows}


def _insert(unit: Unit, origin: str, chapter: Chapter) -> None:
    unit.insert(
        documents,
        tenant_id=unit.tenant,
        id=chapter.document.id,
        origin=origin,
        added_at=unit.now,
        demo=chapter.document.demo,
        draft=chapter.document.draft,
        **_content(chapter),
    )
    # A draft is listed but never answers, so it has no passages.
    _insert_passages(unit, chapter.document.id, () if chapter.document.draft else chapter.passages)


def _update(unit: Unit, chapter: Chapter, before: RowMapping) -> None:
    id = chapter.document.id
    # What a person made a draft stays one until a person publishes it.
    draft = chapter.document.draft or (before["draft"] and not calls_itself_draft(before["hash"]))
    version = before["version"]
    if version:
        # Whoever looks back sees what the source changed between two of ours.
        version += 1
        content = versions.content_in(chapter.document)
        versions.add(unit, id, version, content, versions.Written(None, "changed at its source"))
    unit.execute(
        update(documents)
        .where(documents.c.tenant_id == unit.tenant, documents.c.id == id)
        .values(
            changed_at=unit.now,
            # Invented answers never become real ones by being added once more.
            demo=chapter.document.demo or before["demo"],
            draft=draft,
            version=version,
            **_content(chapter),
        )
    )
    replace_passages(unit, id, () if draft else chapter.passages)


def replace_passages(unit: Unit, id: str, cut: Sequence[Passage]) -> None:
    """What of a document answers from now on."""
    unit.execute(delete(passages).where(_passages_of(unit, [id])))
    _insert_passages(unit, id, cut)
    _forget_conflicts(unit, [id], {passage.id for passage in cut})


def _offer(unit: Unit, chapter: Chapter, before: RowMapping) -> None:
    if before["hash"] == chapter.hash:
        return
    id = chapter.document.id
    versions.source_changed(unit, id, versions.content_in(chapter.document), chapter.hash)
    mine = and_(documents.c.tenant_id == unit.tenant, documents.c.id == id)
    unit.execute(update(documents).where(mine).values(hash=chapter.hash))
    unit.emit(LIBRARY)


def _content(chapter: Chapter) -> dict[str, object]:
    document = chapter.document
    return {
        **versions.columns_of(versions.content_in(document)),
        "source": document.source,
        "hash": chapter.hash,
        "format": document.format,
    }


def _insert_passages(unit: Unit, id: str, cut: Sequence[Passage]) -> None:
    rows = [
        {
            "id": passage.id,
            "tenant_id": unit.tenant,
            "document_id": id,
            "position": position,
            "title_path": dumps(list(passage.title_path)),
            "body": passage.text,
        }
        for position, passage in enumerate(cut)
    ]
    if rows:
        unit.connection.execute(passages.insert(), rows)


def _remove_passages(unit: Unit, ids: Sequence[str]) -> None:
    unit.execute(delete(passages).where(_passages_of(unit, ids)))
    _forget_conflicts(unit, ids, ())


def _passages_of(unit: Unit, ids: Sequence[str]) -> ColumnElement[bool]:
    return and_(passages.c.tenant_id == unit.tenant, passages.c.document_id.in_(ids))


def _forget_conflicts(unit: Unit, ids: Sequence[str], kept: Collection[str]) -> None:
    """Those between passages of which one is gone; ``kept`` are the documents' passages now."""
    mine = conflicts.c.tenant_id == unit.tenant
    for document, passage in (
        (conflicts.c.left_document, conflicts.c.left_passage),
        (conflicts.c.right_document, conflicts.c.right_passage),
    ):
        gone = passage.not_in(sorted(kept))
        unit.execute(delete(conflicts).where(mine, document.in_(ids), gone))


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
