"""What a node is called."""

from __future__ import annotations

import os
import socket

from gateway.store.engine import is_sqlite


def node_name(url: str) -> str:
    """Stable across restarts, and a name of its own for each node of a shared database."""
    named = os.environ.get("FRONTDESK_NODE")
    return named or ("main" if is_sqlite(url) else socket.gethostname())
