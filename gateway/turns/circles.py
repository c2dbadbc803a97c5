"""When answering goes round in circles: too many answers in a short time, or the same words over
and over. It does not ask who writes, so no header and no flag of a platform is needed. Pure."""

from __future__ import annotations

from collections import Counter

from gateway.turns.opened import Opened

ANSWERS, ANSWERS_WITHIN = 20, 600.0
REPEATS, REPEATS_WITHIN = 5, 300.0


def going_round(opened: Opened) -> str | None:
    """The rule by which a person has to look, None where none does."""
    now = opened.started
    since = [said for said in opened.history if said.at > now - ANSWERS_WITHIN]
    if sum(said.author == "assistant" for said in since) >= ANSWERS:
        return f"{ANSWERS} answers within {ANSWERS_WITHIN / 60:.0f} minutes"
    words = Counter(
        " ".join(said.text.split()).casefold()
        for said in (*opened.history, *opened.new)
        if said.author == "customer" and said.at > now - REPEATS_WITHIN and said.choice is None
    )
    newest = {" ".join(said.text.split()).casefold() for said in opened.new} - {""}
    if any(words[text] >= REPEATS for text in newest):
        return f"the same words {REPEATS} times within {REPEATS_WITHIN / 60:.0f} minutes"
    return None
