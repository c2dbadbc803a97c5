"""Owns the form in which a file or page comes to be read: its bytes and what is known of them.
Never fetches or opens anything."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Raw:
    """The bytes of one file or page.

    ``name`` is the path below its source with ``/`` between the parts, or the file's name; the
    document's id is made of it. ``media_type`` is what a server called it (``text/html;
    charset=…``), ``url`` where it was fetched, ``modified`` seconds since 1970.
    """

    name: str
    data: bytes
    media_type: str | None = None
    url: str | None = None
    modified: float | None = None
