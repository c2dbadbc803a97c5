"""Owns the reading of a DOCX: its parts, its styles and what it says of itself. Runs in the parsing
process only; never reads what a part refers to."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

from brain.knowledge.documents import Unreadable
from brain.knowledge.loaders import packing, word_blocks
from brain.knowledge.loaders.frames import Header
from brain.knowledge.loaders.process import Reading
from brain.knowledge.loaders.word_nodes import Node
from brain.knowledge.loaders.word_styles import Styles

if TYPE_CHECKING:
    from docx.document import Document

_SCHEMES = ("https://", "http://", "mailto:")
# What programs write where a title should stand.
_NO_TITLE = re.compile(
    r"untitled|unbenannt|sans titre|word document|\.docx?$|^[\W\d_]*$", re.IGNORECASE
)


def read(data: bytes, _told: Header) -> Reading:
    """The document's text.

    Raises:
        Unreadable: no DOCX, one that unpacks to too much, or one with declarations that could draw
            in other files.
    """
    packing.check(data)
    import docx  # noqa: PLC0415  loaded in the parsing process alone

    try:
        document = docx.Document(BytesIO(data))
    except (KeyError, ValueError) as error:
        # Without a main part, or with one that is no text.
        raise Unreadable("it is no whole DOCX document; open it and save it anew") from error
    blocks = word_blocks.Blocks(_styles(document), _links(document))
    properties = document.core_properties
    title = " ".join((properties.title or "").split())
    return Reading(
        blocks.markdown(document.element),
        title if title and not _NO_TITLE.search(title) else blocks.title,
        properties.language,
    )


def _styles(document: Document) -> Styles:
    from docx.opc.constants import RELATIONSHIP_TYPE  # noqa: PLC0415  with docx

    return Styles(
        _part(document, RELATIONSHIP_TYPE.STYLES), _part(document, RELATIONSHIP_TYPE.NUMBERING)
    )


def _part(document: Document, kind: str) -> Node | None:
    from docx.opc.part import XmlPart  # noqa: PLC0415  with docx

    try:
        part = document.part.part_related_by(kind)
    except KeyError:
        return None
    return part.element if isinstance(part, XmlPart) else None


def _links(document: Document) -> dict[str, str]:
    """The web and mail addresses that the document refers to."""
    outside = {id: r.target_ref for id, r in document.part.rels.items() if r.is_external}
    return {id: target for id, target in outside.items() if target.startswith(_SCHEMES)}
