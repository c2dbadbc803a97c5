"""Owns the parts that an index is divided into: who may see a passage, and its language, decide
where it lies, so a search never touches what its filter excludes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection

from brain.contract import Audience, Filter, Passage


def spoken(language: str | None) -> str:
    """The language without its country: who reads ``de`` reads ``de-AT``. Empty where unknown."""
    return (language or "").strip().lower().replace("_", "-").partition("-")[0]


def scope(tenant: str, audience: Audience, *, demo: bool, language: str | None = None) -> str:
    """The name of a part, safe for file systems and databases whatever the tenant is called."""
    named = json.dumps([tenant, demo, audience, spoken(language)])
    return hashlib.sha256(named.encode()).hexdigest()[:24]


def scope_of(passage: Passage) -> str:
    return scope(passage.tenant, passage.audience, demo=passage.demo, language=passage.language)


def scopes_of(allowed: Filter, languages: Collection[str]) -> tuple[str, ...]:
    """The parts that a search may look into; the demo's only beside the others, never alone.
    ``languages`` are those that the index has, as ``spoken`` names them."""
    demos = (False, True) if allowed.demo else (False,)
    return tuple(
        scope(allowed.tenant, audience, demo=demo, language=language)
        for audience in dict.fromkeys(allowed.audiences)
        for demo in demos
        for language in sorted(_read(allowed, languages))
    )


def _read(allowed: Filter, languages: Collection[str]) -> set[str]:
    if not allowed.language:
        return set(languages)
    return {"", spoken(allowed.language)} & set(languages)
