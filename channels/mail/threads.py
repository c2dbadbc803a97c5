"""Which conversation a mail continues, and the headers that keep ours in theirs. Never goes by
subject or sender alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from channels.mail.letter import Letter
from channels.mail.seal import Seal

REFERENCES_CHARACTERS = 900
_LAST = 10
_PREFIXES = re.compile(
    r"^(?:\s*(?:re|aw|sv|antw?|vs|odp|res|rif|回复|答复|回覆)\s*(?:\[\d+\])?\s*[:：])+\s*",  # noqa: RUF001 - as Chinese mail programs write it
    re.IGNORECASE,
)


def referred(letter: Letter) -> tuple[str, ...]:
    """The ids that a mail answers, the nearest first."""
    nearest = (*letter.ids("in-reply-to"), *reversed(letter.ids("references")))
    return tuple(dict.fromkeys(nearest))


def answered(letter: Letter, seal: Seal, correspondent: str, to: Sequence[str]) -> tuple[str, ...]:
    """Ids of ours that this answers: signed by us, and sent to this very correspondent."""
    signed = [each for each in referred(letter) if seal.is_for(each, correspondent)]
    tokens = [seal.answered(address, correspondent) for address in to]
    # As we wrote them: some systems change capitals on the way.
    found = [each.lower() for each in signed] + [each for each in tokens if each is not None]
    return tuple(dict.fromkeys(found))


def thread(letter: Letter, external_id: str, *, verified: bool) -> str:
    """What names the thread of a mail that answers none of ours. Only where our mail server
    vouches for the sender do its References count; otherwise anybody could join with them."""
    root = (*letter.ids("references"), *letter.ids("in-reply-to"), letter.message_id)[0]
    named = f"root {root}" if verified and root is not None else external_id
    return hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def references(letter: Letter) -> str:
    """The References of an answer to it: the first id and the last ones, never too long."""
    known = letter.ids("references") or letter.ids("in-reply-to")[:1]
    own = () if letter.message_id is None else (letter.message_id,)
    ids = list(dict.fromkeys((*known, *own)))
    kept = ids if len(ids) <= _LAST + 1 else [ids[0], *ids[-_LAST:]]
    while len(" ".join(kept)) > REFERENCES_CHARACTERS and len(kept) > 1:
        del kept[1 if len(kept) > 2 else 0]  # noqa: PLR2004 - the first and the last stay longest
    return " ".join(kept)


def reply_subject(subject: str) -> str:
    """``Re:`` once, whatever prefixes of whichever language stood there."""
    bare = _PREFIXES.sub("", subject).strip()
    return f"Re: {bare}" if bare else "Re:"


def bare_subject(subject: str) -> str:
    return _PREFIXES.sub("", subject).strip().lower()
