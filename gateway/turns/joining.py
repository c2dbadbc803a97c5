"""The code that a customer carries from one channel to another."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping

from gateway.conversations.joining import CODE_SECONDS

JOIN_CODE = "join_code"
_BYTES = 5


def new_code(random: Callable[[int], bytes]) -> str:
    """Forty bits in letters that nobody mixes up."""
    return base64.b32encode(random(_BYTES)).decode("ascii")


def shown(code: str) -> Mapping[str, str]:
    """What the text about it is filled in with."""
    half = len(code) // 2
    return {"code": f"LINK-{code[:half]}-{code[half:]}", "minutes": str(int(CODE_SECONDS // 60))}
