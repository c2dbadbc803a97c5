"""A first sign that a message gives the assistant orders instead of asking it something. It only
marks; what may leave or be done is guarded elsewhere, whatever this says."""

from __future__ import annotations

import re

from brain.triage.words import fold

_LONGEST = 6000
_SIGNS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,40}\b(?:instruction|prompt|rule|guideline"
    r"|polic)|\bsystem prompt\b|\byour (?:hidden |secret |initial )?(?:instructions|prompt)\b"
    r"|\byou are now\b[^.\n]{0,60}\b(?:mode|ai|assistant|bot|dan|unrestricted|admin)"
    r"|\b(?:developer|debug|god|admin|jailbreak) mode\b|\bjailbreak|\bpretend (?:to be|you are)\b"
    r"|\bact as (?:an? )?(?:admin|system|developer|unrestricted)"
    r"|<\|?(?:im_start|im_end|system|assistant|endoftext)|\[/?(?:inst|system)\]"
    r"|^\s*(?:system|assistant)\s*:"
    r"|\b(?:ignoriere?n?|vergiss|missachte)\b[^.\n]{0,40}\b(?:anweisung|regel|vorgabe)"
    r"|\b(?:ignore[zr]?|oublie[zr]?)\b[^.\n]{0,40}\b(?:consignes|instructions|regles)"
    r"|\b(?:ignora|olvida|ignore|esqueca|dimentica)\b[^.\n]{0,40}\b(?:instruc|istruzion|reglas|regras|regole)"
    r"|\b(?:negeer|vergeet)\b[^.\n]{0,40}\b(?:instructie|regels|aanwijzing)",
    re.MULTILINE,
)


def gives_orders(text: str) -> bool:
    return _SIGNS.search(fold(text[:_LONGEST])) is not None
