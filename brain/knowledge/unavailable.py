"""Owns the word for an embedder that cannot be asked right now. It says nothing about the index,
which goes on by words alone."""

from __future__ import annotations


class EmbedderUnavailable(Exception):
    """No vectors for now: an API is down or answers nonsense. Asking again later may help."""
