"""Passages and articles as the lint's tests need them."""

from __future__ import annotations

from datetime import date

from brain.contract import Audience, Passage
from brain.knowledge.documents import Document


def passage(  # noqa: PLR0913  a passage has many parts, and each has a default
    id: str,
    text: str,
    title: str = "Help",
    *,
    heading: str | None = None,
    document: str | None = None,
    language: str = "en",
    audience: Audience = "public",
) -> Passage:
    path = (title, heading) if heading else (title,)
    return Passage(
        id, document or id, "main", title, path, text, language=language, audience=audience
    )


def article(
    id: str,
    body: str,
    title: str = "How to care for lamps",
    *,
    review_by: date | None = None,
    draft: bool = False,
    guide: bool = False,
) -> Document:
    return Document(
        id, title, "kb", None, "public", "en", False, draft, body, "h",
        review_by=review_by, guide=guide,
    )  # fmt: skip


# What any shop says, so that words have the weight that they have in a library.
LIBRARY = (
    passage("z1", "The lamp is light. We ship parcels by Swiftline, standard or express."),
    passage("z2", "Delivery and return of items. The warranty of lamps covers the battery."),
    passage("z3", "Die Lieferung kommt mit der Post. Die Lampe ist leicht.", language="de"),
    passage("z4", "Sign in to see your orders. A tent needs pegs, a lamp needs batteries."),
    passage("z5", "We repair boots in the workshop of our store near Norway House in London."),
)
