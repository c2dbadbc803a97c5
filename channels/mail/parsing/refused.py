"""Owns the one error of reading a mail, and the caps that raise it. Never reads one itself."""

from __future__ import annotations

MAIL_BYTES = 25 * 1024 * 1024
HEAD_BYTES = 256 * 1024
FIELDS = 1_000
VALUE_BYTES = 16 * 1024
PARTS = 500
DEPTH = 20
BOUNDARIES = 10_000
ATTACHMENTS = 50
HTML_CHARACTERS = 1_000_000
TEXT_CHARACTERS = 100_000


class Refused(Exception):
    """The mail goes beyond a cap, or is nothing that can be read; the message says why."""
