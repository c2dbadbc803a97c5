"""Finding what staff promised in their own words, in the shipped languages. Pure. It would rather
miss one than invent one: a sentence counts where it says who does something later."""

from __future__ import annotations

import re

# Where a sentence ends: never inside a number, an address or an abbreviation of one letter.
_SENTENCES = re.compile(r"(?<=[^\s.]{2}[.!?…])\s+|\n+")
LONGEST = 240
_LATER = re.compile(
    r"\b(?:"
    # English
    r"(?:i|we)(?:['’]ll| will| am going to|['’]m going to| are going to|['’]re going to)"
    r"|(?:you['’]ll|you will) (?:get|receive|hear|have)"
    # German
    r"|(?:ich|wir) (?:werde|werden|melde|melden|schicke|schicken|sende|senden|kümmere|kümmern)"
    r"|(?:werde|werden) (?:ich|wir)"
    r"|sie (?:erhalten|bekommen)|du (?:erhältst|bekommst)"
    # French
    r"|je vais|nous allons|je vous (?:envoie|rappelle|tiens)|vous (?:recevrez|aurez)"
    # Spanish
    r"|(?:voy|vamos) a|le (?:enviaré|enviaremos|llamaré|llamaremos)"
    r"|te (?:enviaré|enviaremos)|recibirá|recibirás"
    # Italian
    r"|(?:le|ti) (?:invierò|invieremo|farò|faremo)|riceverà|riceverai|provvederemo|provvederò"
    # Portuguese
    r"|(?:vou|vamos) (?:enviar|verificar|tratar|ligar|reembolsar)|receberá|enviaremos|enviarei"
    # Dutch
    r"|(?:ik|we|wij) (?:zal|zullen|stuur|sturen|bel|bellen)|u ontvangt|je krijgt|je ontvangt"
    r")\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:won['’]t|will not|not|can['’]t|cannot|nicht|kein\w*|n['’]|ne|pas|no|non|não|niet)\b",
    re.IGNORECASE,
)


def promises(text: str) -> list[str]:
    """The sentences in which something is promised, as they stand."""
    return [sentence for sentence in sentences(text) if _promised(sentence)]


def sentences(text: str) -> list[str]:
    parts = (" ".join(part.split()) for part in _SENTENCES.split(text))
    return [part[:LONGEST] for part in parts if part]


def _promised(sentence: str) -> bool:
    if sentence.endswith("?"):
        return False
    found = _LATER.search(sentence)
    return found is not None and _NOT.search(sentence[found.end() : found.end() + 12]) is None
