"""Every table: whoever needs the whole schema imports it from here, and none is left out."""

from __future__ import annotations

from gateway.store.schema import (
    actions,
    aftercare,
    conversation,
    desk,
    drafts,
    inbox,
    joining,
    library,
    people,
    pipeline,
    safety,
    settings,
    trials,
    waiting,
)
from gateway.store.schema.tables import metadata

# Each is named so that its tables are among the metadata's.
SUBJECTS = (
    actions,
    aftercare,
    conversation,
    desk,
    drafts,
    inbox,
    joining,
    library,
    people,
    pipeline,
    safety,
    settings,
    trials,
    waiting,
)
__all__ = ["SUBJECTS", "metadata"]
