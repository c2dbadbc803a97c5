"""Owns the parts that an index is divided into: who may see a passage decides where it lies, so a
search never touches what its filter excludes."""

from __future__ import annotations

import hashlib
import json

from brain.contract import Audience, Filter, Passage


def scope(tenant: str, audience: Audience, *, demo: bool) -> str:
    """The name of a part, safe for file systems and databases whatever the tenant is called."""
    named = json.dumps([tenant, demo, audience])
    return hashlib.sha256(named.encode()).hexdigest()[:24]


def scope_of(passage: Passage) -> str:
    return scope(passage.tenant, passage.audience, demo=passage.demo)


def scopes_of(allowed: Filter) -> tuple[str, ...]:
    """The parts that a search may look into; the demo's only beside the others, never alone."""
    audiences = dict.fromkeys(allowed.audiences)
    demos = (False, True) if allowed.demo else (False,)
    return tuple(
        scope(allowed.tenant, audience, demo=demo) for audience in audiences for demo in demos
    )
