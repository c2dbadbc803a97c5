"""The unit of an edit: an article's text changed by a person, compared with what they saw. It cuts
no text into passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Select, and_, select, update

from brain.contract import Passage
from gateway.errors import FrontdeskError
from gateway.knowledge import versions
from gateway.knowledge.library import DESK, is_listed, new_version, remove, replace_passages
from gateway.knowledge.records import NotPossible
from gateway.knowledge.versions import Content, Written
from gateway.store.schema.library import documents
from gateway.store.unit import Reading, Unit


class UnknownArticle(FrontdeskError):
    """There is no such article."""


class ArticleMoved(FrontdeskError):
    """Somebody else, or its source, changed the article meanwhile; nothing was written.
    ``content`` is what it says now, at ``edition``."""

    def __init__(self, edition: str, content: Content) -> None:
        super().__init__(
            "The article was changed meanwhile, and nothing was written. Look at what it says now,"
            " and save again if yours is right."
        )
        self.edition = edition
        self.content = content


@dataclass(frozen=True, slots=True)
class Saved:
    """``edition`` is what the next change has to name."""

    id: str
    edition: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A text for an article. ``edition`` is the one that was seen, None for a new article;
    ``passages`` were made of it, and answer unless the article is a draft. ``ours`` is False where
    the text is its source's, which it follows again."""

    id: str
    edition: str | None
    content: Content
    passages: Sequence[Passage]
    written: Written
    ours: bool = True
    draft: bool = False


def save(unit: Unit, edit: Edit) -> Saved:
    """Write the edit as the article's next version; a request that comes again writes nothing.

    Raises:
        UnknownArticle, ArticleMoved.
    """
    if edit.written.request is not None:
        done = versions.of_request(unit, edit.id, edit.written.request)
        if done is not None:
            return Saved(edit.id, str(done))
    if edit.edition is None:
        return _new(unit, edit)
    row = locked(unit, edit.id)
    if versions.edition_of(row) != edit.edition:
        raise ArticleMoved(versions.edition_of(row), versions.content_of(row))
    return _changed(unit, row, edit)


def decide_for_ours(unit: Unit, id: str, edition: str) -> Saved:
    """Ours stays, whatever its source says now.

    Raises:
        UnknownArticle, ArticleMoved.
    """
    row = locked(unit, id)
    if versions.edition_of(row) != edition:
        raise ArticleMoved(versions.edition_of(row), versions.content_of(row))
    versions.source_decided(unit, id)
    new_version(unit)
    return Saved(id, edition)


def give_up(unit: Unit, id: str) -> None:
    """Its source has it no more, and neither have we.

    Raises:
        UnknownArticle, NotPossible: it has it again.
    """
    locked(unit, id)
    source = versions.source_of(unit, id)
    if source is None or source.state != "gone":
        raise NotPossible("its source has it again; look at what it says there")
    remove(unit, [id])


def locked(unit: Unit, id: str) -> RowMapping:
    """The article's row, held to the end of the unit.

    Raises:
        UnknownArticle.
    """
    row = unit.one(_one(unit, id).with_for_update())
    if row is None:
        raise UnknownArticle
    return row


def stored(reading: Reading, id: str) -> RowMapping | None:
    return reading.one(_one(reading, id))


def _one(reading: Reading, id: str) -> Select[Any]:
    mine = and_(documents.c.tenant_id == reading.tenant, documents.c.id == id)
    return select(documents).where(mine, is_listed())


def _new(unit: Unit, edit: Edit) -> Saved:
    unit.insert(
        documents,
        tenant_id=unit.tenant,
        id=edit.id,
        origin=DESK,
        source=DESK,
        hash=DESK,
        added_at=unit.now,
        draft=edit.draft,
        version=1,
        ours=True,
        **versions.columns_of(edit.content),
    )
    return _written(unit, edit, 1, draft=edit.draft)


def _changed(unit: Unit, row: RowMapping, edit: Edit) -> Saved:
    versions.begin(unit, row)
    if not edit.ours:
        versions.no_source(unit, [edit.id])
    elif not row["ours"]:
        versions.keep_source(unit, row)
    number = row["version"] + 1
    mine = and_(documents.c.tenant_id == unit.tenant, documents.c.id == edit.id)
    unit.execute(
        update(documents)
        .where(mine)
        .values(
            version=number,
            ours=edit.ours,
            changed_at=unit.now,
            **versions.columns_of(edit.content),
        )
    )
    return _written(unit, edit, number, draft=row["draft"])


def _written(unit: Unit, edit: Edit, number: int, *, draft: bool) -> Saved:
    versions.add(unit, edit.id, number, edit.content, edit.written)
    replace_passages(unit, edit.id, () if draft else edit.passages)
    new_version(unit)
    return Saved(edit.id, str(number))
