"""Whether our own mail server vouches for a sender's domain. Never believes a header that somebody
else may have written."""

from __future__ import annotations

import re

from channels.mail.letter import Letter

_COMMENT = re.compile(r"\([^()]*\)")
_FROM = re.compile(r"(?:^|\s)header\.from\s*=\s*\"?([A-Za-z0-9.-]+)")
_PASS = re.compile(r"dmarc\s*=\s*pass(?:\s|$)", re.IGNORECASE)


def verified(letter: Letter, address: str, authserv: str | None) -> str | None:
    """``dmarc`` where the topmost Authentication-Results of ``authserv`` says that the domain of
    ``address`` passed; None otherwise. Those below it may have come with the mail."""
    if authserv is None:
        return None
    for value in letter.all("authentication-results"):
        said, _, results = _COMMENT.sub(" ", value).partition(";")
        if said.lower().split(maxsplit=1)[:1] == [authserv.lower()]:
            return "dmarc" if _passed(results, address.rpartition("@")[2]) else None
    return None


def _passed(results: str, domain: str) -> bool:
    for result in results.split(";"):
        if not re.match(r"\s*dmarc\s*=", result, re.IGNORECASE):
            continue
        about = _FROM.search(result)
        return bool(
            _PASS.match(result.strip()) and about is not None and about[1].lower() == domain
        )
    return False
