"""Which places are meant: the configured sources and what a person names, as rows hold them. It
looks at the disk only to make a path absolute."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from brain.settings import KnowledgeSource
from gateway.knowledge.origins import Place
from gateway.knowledge.records import ADDRESS_LIMIT, About, NotPossible, address_of

# In bytes: what a database can look up by.
PATH_LIMIT = 2000


def place_of(source: KnowledgeSource) -> Place:
    """Blocking, as a path is resolved.

    Raises:
        NotPossible: it is no web address, or its path is too long.
    """
    about = About(source.audience, source.language, source.owner, source.demo)
    if source.path is None:
        address = address_of(source.place)
        kind = "url" if source.sitemap is None else "sitemap"
        return Place(kind, address, address, about, source.refresh_hours)
    origin = str(Path(source.path).resolve())
    if len(origin.encode()) > PATH_LIMIT or len(origin) > ADDRESS_LIMIT:
        raise NotPossible(f"{source.path}: the path is too long; move it")
    return Place("path", origin, source.path, about, source.refresh_hours)


def places_of(sources: Sequence[KnowledgeSource]) -> tuple[list[Place], list[str]]:
    """Those that can be one, and why the others cannot; blocking, as ``place_of`` is."""
    places: list[Place] = []
    refused: list[str] = []
    for source in sources:
        try:
            places.append(place_of(source))
        except NotPossible as error:
            refused.append(str(error))
    return places, refused
