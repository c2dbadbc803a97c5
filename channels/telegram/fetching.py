"""Fetches the files that customers send: at most 20 MB, in pieces, from Telegram's own file server
only. Their address holds the token, so no sentence repeats it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from pydantic import ValidationError
from telegram.error import BadRequest, TelegramError

from channels.errors import RejectedSendError, RetryableSendError
from channels.events import Json
from channels.telegram.transport import Flooded, Wire
from channels.telegram.updates import FilePath

LIMIT_BYTES = 20 * 1024 * 1024
# Relative, and no way out of the bot's own folder.
_PATH = re.compile(r"(?!.*\.\.)[A-Za-z0-9_-][A-Za-z0-9_./@+-]{0,500}")
_TOO_LARGE = "it is larger than the 20 MB that Telegram gives to bots"


async def fetch(wire: Wire, ref: Json) -> AsyncIterator[bytes]:
    """The bytes of a file by its reference.

    Raises:
        RetryableSendError: try again later. RejectedSendError: it is gone for good.
    """
    if (ref.get("size") or 0) > LIMIT_BYTES:
        raise RejectedSendError(_TOO_LARGE)
    path = await _path(wire, str(ref.get("file")))
    came = 0
    async for piece in wire.file(path):
        came += len(piece)
        if came > LIMIT_BYTES:
            raise RejectedSendError(_TOO_LARGE)
        yield piece


async def _path(wire: Wire, file: str) -> str:
    try:
        found = FilePath.model_validate(await wire.bot.call("getFile", {"file_id": file}))
    except BadRequest as error:
        reason = _TOO_LARGE if "too big" in str(error).lower() else str(error)[:200]
        raise RejectedSendError(f"Telegram does not give the file: {reason}") from error
    except Flooded as error:
        raise RetryableSendError(str(error), retry_after=float(error.seconds)) from error
    except (TelegramError, ValidationError) as error:
        raise RetryableSendError("Telegram does not say where the file is") from error
    if not _PATH.fullmatch(found.file_path):
        raise RejectedSendError("Telegram's server names a file outside of its own folder")
    return found.file_path
