"""Text of format=flowed (RFC 3676) as it was written. Never touches other text."""

from __future__ import annotations

import re

_QUOTED = re.compile(r">*")


def unflowed(text: str, *, delete_space: bool) -> str:
    """Joins lines that a mail program has wrapped; ``delete_space`` is the parameter DelSp."""
    joined: list[tuple[int, str]] = []
    open_line = False
    for line in text.split("\n"):
        depth = _QUOTED.match(line)
        level = len(depth[0]) if depth else 0
        words = line[level:]
        words = words.removeprefix(" ")
        signature = words == "-- "
        if open_line and joined[-1][0] == level and not signature:
            before = joined[-1][1]
            joined[-1] = (level, (before[:-1] if delete_space else before) + words)
        else:
            joined.append((level, words))
        open_line = words.endswith(" ") and not signature
    return "\n".join(f"{'>' * level} {words}" if level else words for level, words in joined)
