"""Whether customers are asked how it went, as frozen data; it asks nobody."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

WEB = "web"


class RatingSettings(BaseModel):
    """Customers are asked on web chats and on the ``channels`` named; ``after_minutes`` is how long
    after a case was resolved."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ask: bool = True
    after_minutes: Annotated[float, Field(ge=0, le=1440)] = 1.0
    channels: Annotated[tuple[str, ...], Field(max_length=100)] = ()

    def asks_on(self, channel: str, kind: str) -> bool:
        return self.ask and (kind == WEB or channel in self.channels)
