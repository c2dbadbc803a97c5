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
from gateway.knowledge.fingerprint import calls_itself_draft
from gateway.knowledge.library import DESK, is_listed, new_version, remove, replace_passages
from gateway.knowledge.records import NotPossible
from gateway.knowledge.versions import Content, SourceText, Written
from gateway.store.schema.library import documents
from gateway.store.unit import Reading, Unit

_SAVE_AGAIN = (
    "The article was changed meanwhile, and nothing was written. Look at what it says now, and save"
    " again if yours is right."
)
_DECIDE_AGAIN = (
    "The article or its source changed meanwhile, and nothing was decided. Open it again, look at"
    " both texts, and decide then."
)


class UnknownArticle(FrontdeskError):
    """There is no such article."""


class ArticleMoved(FrontdeskError):
    """Somebody else, or its source, changed the article meanwhile; nothing was written.
    ``content`` is what it says now, at ``edition``."""

    def __init__(self, row: RowMapping, said: str) -> None:
        super().__init__(said)
        self.edition = versions.edition_of(row)
        self.content = versions.content_of(row)


@dataclass(frozen=True, slots=True)
class Saved:
    """``edition`` is what the next change has to name."""

    id: str
    edition: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody saw who decides between an article and its source: the editions of both."""

    id: str
    edition: str
    source: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A text for an article. ``edition`` is the one that was seen, None for a new article;
    ``passages`` were made of it, and answer unless the article is a draft. ``source`` is the
    edition of the source's text where this is that, which the article then follows again; ``back``
    says that it is one of an earlier version, which may be the source's too."""

    id: str
    edition: str | None
    content: Content
    passages: Sequence[Passage]
    written: Written
    source: str | None = None
    back: bool = False
    draft: bool = False


def save(unit: Unit, edit: Edit) -> Saved:
    """Write the edit as the article's next version; a request that comes again writes nothing.

    Raises:
        UnknownArticle, ArticleMoved.
    """
    done = saved_before(unit, edit.id, edit.written)
    if done is not None:
        return done
    if edit.edition is None:
        return _new(unit, edit)
    row = locked(unit, edit.id)
    if edit.source is not None:
        return _taken(unit, row, edit, Seen(edit.id, edit.edition, edit.source))
    if versions.edition_of(row) != edit.edition:
        raise ArticleMoved(row, _SAVE_AGAIN)
    follows = edit.back and _is_its_sources(edit.content, versions.source_of(unit, row))
    return _changed(unit, row, edit, follows=follows, draft=row["draft"])


def saved_before(reading: Reading, id: str, written: Written) -> Saved | None:
    """What the request wrote already."""
    if written.request is None:
        return None
    done = versions.of_request(reading, id, written.request)
    return None if done is None else Saved(id, str(done))


def decide_for_ours(unit: Unit, seen: Seen) -> Saved:
    """Ours stays, whatever its source says now.

    Raises:
        UnknownArticle, ArticleMoved.
        NotPossible: there is nothing to decide.
    """
    _as_seen(unit, locked(unit, seen.id), seen)
    versions.source_decided(unit, seen.id)
    new_version(unit)
    return Saved(seen.id, seen.edition)


def give_up(unit: Unit, seen: Seen) -> None:
    """Its source has it no more, and neither have we.

    Raises:
        ArticleMoved.
        NotPossible: somebody decided to keep it.
    """
    row = unit.one(_one(unit, seen.id).with_for_update())
    if row is None:
        return
    if _as_seen(unit, row, seen).state != "gone":
        raise NotPossible("somebody decided meanwhile to keep it; remove it if it has to go")
    remove(unit, [seen.id])


def source_beside(reading: Reading, id: str) -> SourceText:
    """What the source of an edited article says.

    Raises:
        UnknownArticle.
        NotPossible: it has none beside it.
    """
    row = stored(reading, id)
    if row is None:
        raise UnknownArticle
    return _source(reading, row)


def _as_seen(unit: Unit, row: RowMapping, seen: Seen) -> SourceText:
    if versions.edition_of(row) != seen.edition:
        raise ArticleMoved(row, _DECIDE_AGAIN)
    source = _source(unit, row)
    if source.edition != seen.source:
        raise ArticleMoved(row, _DECIDE_AGAIN)
    return source


def _source(reading: Reading, row: RowMapping) -> SourceText:
    source = versions.source_of(reading, row)
    if source is None:
        raise NotPossible("it has no source beside it; it was written here, or follows it")
    return source


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


def _taken(unit: Unit, row: RowMapping, edit: Edit, seen: Seen) -> Saved:
    # What was read for it may be older or newer than what was seen.
    if _as_seen(unit, row, seen).content != edit.content:
        raise ArticleMoved(row, _DECIDE_AGAIN)
    # A draft by its source's word, or by a person's who made it one before.
    draft = calls_itself_draft(seen.source) or row["draft"]
    return _changed(unit, row, edit, follows=True, draft=draft)


def _is_its_sources(content: Content, source: SourceText | None) -> bool:
    """Whether its source, which has the article still, says just that. What of it waits for a
    decision is not decided by going back."""
    if source is None or source.state != "known" or source.edition == versions.GONE:
        return False
    return source.content == content


def _changed(unit: Unit, row: RowMapping, edit: Edit, *, follows: bool, draft: bool) -> Saved:
    versions.begin(unit, row)
    if follows:
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
            ours=not follows,
            draft=draft,
            changed_at=unit.now,
            **versions.columns_of(edit.content),
        )
    )
    return _written(unit, edit, number, draft=draft)


def _written(unit: Unit, edit: Edit, number: int, *, draft: bool) -> Saved:
    versions.add(unit, edit.id, number, edit.content, edit.written)
    replace_passages(unit, edit.id, () if draft else edit.passages)
    new_version(unit)
    return Saved(edit.id, str(number))
