"""Writing articles here: what a lead writes becomes passages outside any unit, is saved against
what they saw, and is compared with the other articles afterwards. Nothing here decides who may."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

import structlog

from brain.contract import Mark, Passage
from brain.guides.reading import is_guide
from brain.knowledge.chunking import passages
from brain.knowledge.documents import Document, Unreadable
from gateway.errors import StoreUnavailable
from gateway.knowledge import edits, versions
from gateway.knowledge.edits import ArticleMoved, Edit, Saved, Seen, UnknownArticle
from gateway.knowledge.library import DESK
from gateway.knowledge.records import NotPossible
from gateway.knowledge.versions import Content, Written
from gateway.store.store import MAIN, Store

# In bytes of UTF-8: more nobody edits in a page, and its source is the place to change it.
BODY_LIMIT = 200_000
_SLUG_WORDS = 8
_SLUG_LIMIT = 80
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody writes: for the article ``id`` as it was seen at ``edition``, or for a new one
    where ``id`` is None."""

    content: Content
    id: str | None = None
    edition: str | None = None


async def _unchecked(_ids: Sequence[str], _tenant: str) -> object:
    return None


class Writing:
    """``check`` looks for contradictions in what was written, and is not waited for."""

    def __init__(
        self,
        store: Store,
        check: Callable[[Sequence[str], str], Awaitable[object]] = _unchecked,
        tenant: str = MAIN,
    ) -> None:
        self._store = store
        self._check = check
        self._tenant = tenant
        self._checks: set[asyncio.Task[None]] = set()

    async def cut(self, draft: Draft) -> tuple[Passage, ...]:
        """The passages that would answer, as the library would have them if they were saved now.

        Raises:
            UnknownArticle, NotPossible: too long, or not to be parted.
        """
        cut = await asyncio.to_thread(_cut, await self._document(draft), self._tenant)
        # Where articles contradict each other, the newer one is believed.
        now = await self._store.read(lambda reading: reading.now, tenant=self._tenant)
        return tuple(replace(passage, changed=now) for passage in cut)

    async def write(self, draft: Draft, written: Written, *, as_draft: bool = False) -> Saved:
        """
        Raises:
            UnknownArticle, ArticleMoved.
            NotPossible: nothing in it could answer. StoreUnavailable.
        """
        document = replace(await self._document(draft), draft=as_draft)
        if draft.id is None:
            document = replace(document, id=_id_of(document.title, written.request or ""))
        cut = await self._answering(document)
        content = versions.content_in(document)
        edition = draft.edition if draft.id is not None else None
        edit = Edit(document.id, edition, content, cut, written, draft=as_draft)
        return await self._save(edit)

    async def restore(self, id: str, number: int, edition: str, written: Written) -> Saved:
        """Make what an earlier version said the article's text again, as a new version. Where it is
        what the source says, the article follows that again.

        Raises:
            UnknownArticle: or it has no such version. ArticleMoved, NotPossible, StoreUnavailable.
        """
        found = await self._store.read(
            lambda reading: versions.one(reading, id, number), tenant=self._tenant
        )
        if found is None:
            raise UnknownArticle
        cut = await self._answering(await self._document(Draft(found.content, id, edition)))
        return await self._save(Edit(id, edition, found.content, cut, written, back=True))

    async def keep_ours(self, seen: Seen) -> Saved:
        """
        Raises:
            UnknownArticle, ArticleMoved, NotPossible, StoreUnavailable.
        """
        return await self._store.write(
            lambda unit: edits.decide_for_ours(unit, seen), tenant=self._tenant
        )

    async def take_source(self, seen: Seen, written: Written) -> Saved:
        """The article says what its source says, and follows it from now on; where the source has
        it no more, it is removed.

        Raises:
            UnknownArticle, ArticleMoved, NotPossible, StoreUnavailable.
        """
        id = seen.id
        done = await self._store.read(
            lambda reading: edits.saved_before(reading, id, written), tenant=self._tenant
        )
        if done is not None:
            return done
        if seen.source == versions.GONE:
            await self._store.write(lambda unit: edits.give_up(unit, seen), tenant=self._tenant)
            return Saved(id, "")
        source = await self._store.read(
            lambda reading: edits.source_beside(reading, id), tenant=self._tenant
        )
        cut = await self._answering(await self._document(Draft(source.content, id, seen.edition)))
        edit = Edit(id, seen.edition, source.content, cut, written, source=seen.source)
        return await self._save(edit)

    async def settled(self) -> None:
        """Wait until what was written has been compared with the other articles."""
        await asyncio.gather(*self._checks)

    async def _save(self, edit: Edit) -> Saved:
        saved = await self._store.write(lambda unit: edits.save(unit, edit), tenant=self._tenant)
        check = asyncio.create_task(self._checked(saved.id))
        self._checks.add(check)
        check.add_done_callback(self._checks.discard)
        return saved

    async def _checked(self, id: str) -> None:
        try:
            await self._check([id], self._tenant)
        except StoreUnavailable:
            return
        except Exception:  # a missed warning does not undo what was written
            log.exception("knowledge.check_failed")

    async def _answering(self, document: Document) -> tuple[Passage, ...]:
        cut = await asyncio.to_thread(_cut, document, self._tenant)
        if not cut:
            raise NotPossible("there is no text in it that could answer; write some first")
        return cut

    async def _document(self, draft: Draft) -> Document:
        """
        Raises:
            UnknownArticle, NotPossible.
        """
        content = draft.content
        if len(content.body.encode()) > BODY_LIMIT:
            raise NotPossible(
                f"the article is longer than {BODY_LIMIT // 1000} kB; part it into several, or"
                " change it where it comes from"
            )
        demo = False
        if draft.id is not None:
            id = draft.id
            row = await self._store.read(
                lambda reading: edits.stored(reading, id), tenant=self._tenant
            )
            if row is None:
                raise UnknownArticle
            demo = row["demo"]
        return _document(draft.id or DESK, content, demo=demo)


def _document(id: str, content: Content, *, demo: bool) -> Document:
    body = content.body.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    return Document(
        id=id,
        title=" ".join(content.title.split()),
        source=DESK,
        url=content.url,
        audience=content.audience,
        language=content.language,
        demo=demo,
        draft=False,
        body=body,
        hash="",
        owner=content.owner,
        review_by=date.fromisoformat(content.review_by) if content.review_by else None,
        guide=content.guide or is_guide(body),
        marks=frozenset(cast("tuple[Mark, ...]", content.marks)),
    )


def _cut(document: Document, tenant: str) -> tuple[Passage, ...]:
    try:
        cut = passages(document, tenant)
    except Unreadable as error:
        raise NotPossible(f"{document.title}: {error}") from error
    said: dict[str, Any] = {
        "review_by": None if document.review_by is None else document.review_by.isoformat(),
        "guide": document.guide,
        "marks": document.marks,
    }
    return tuple(replace(passage, **said) for passage in cut)


def _id_of(title: str, request: str) -> str:
    """The same for a request that comes again."""
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain)[:_SLUG_WORDS]
    slug = "-".join(words)[:_SLUG_LIMIT].strip("-") or "article"
    return f"{slug}-{request.replace('-', '')[:8]}"


__all__ = ["ArticleMoved", "Draft", "Saved", "Seen", "UnknownArticle", "Writing"]
