"""The bytes of files that go out, read from the store when they are sent and not before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from channels.contract import OutboundMessage
from channels.errors import RejectedSendError
from channels.events import Attachment
from gateway.store.files import Files


@dataclass(frozen=True, slots=True)
class Enclosing:
    """``address`` makes the expiring address of a file, for platforms that fetch it themselves;
    None where nobody reaches us."""

    files: Files
    address: Callable[[str], str] | None = None

    async def __call__(self, message: OutboundMessage) -> OutboundMessage:
        """
        Raises:
            RejectedSendError: the bytes are gone.
        """
        if not message.attachments:
            return message
        enclosed = [await self._enclosed(each) for each in message.attachments]
        return replace(message, attachments=tuple(enclosed))

    async def _enclosed(self, attachment: Attachment) -> Attachment:
        kept = attachment.ref or {}
        path = self.files.path(str(kept.get("sha256")))
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            raise RejectedSendError(
                f"the file {attachment.name!r} is no longer in the store; attach it again"
            ) from None
        url = self.address(str(kept.get("id"))) if self.address is not None else None
        return replace(attachment, content=content, url=url, ref=None)


async def nothing_enclosed(message: OutboundMessage) -> OutboundMessage:
    return message
