"""Files both ways: fetched from Slack's own hosts and from nowhere else, and sent in
Slack's three steps. It keeps nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from io import BytesIO

import aiohttp
from yarl import URL

from channels.errors import (
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)
from channels.events import Attachment, Json
from channels.slack.payloads import FileShape
from channels.slack.web import Web, inside, named

LIMIT_BYTES = 20 * 1024 * 1024
PIECE_BYTES = 65_536
HOPS = 3
FETCH = aiohttp.ClientTimeout(total=60, connect=8, sock_read=15)
# Where Slack keeps files; these need no token and are not given any.
STORES = ("slack-files.com", "slack-edge.com")


def attachments(files: Sequence[FileShape]) -> tuple[Attachment, ...]:
    """What a message's files are to the gateway; the bytes are fetched later."""
    return tuple(_attachment(file) for file in files if file.mode != "tombstone")


def _attachment(file: FileShape) -> Attachment:
    url = file.url_private_download or file.url_private
    return Attachment(
        name=(file.name or file.title or "file")[:512],
        content_type=file.mimetype or "application/octet-stream",
        size=file.size,
        ref={"file": file.id, "url": None if file.file_access == "check_file_info" else url},
    )


async def fetch(web: Web, ref: Json) -> AsyncIterator[bytes]:
    """The bytes behind a reference.

    Raises:
        RetryableSendError: try again later. RejectedSendError: it will never be fetched.
    """
    url = _address(await _url(web, ref))
    total = 0
    try:
        async with _opened(web, url) as answer:
            async for piece in answer.content.iter_chunked(PIECE_BYTES):
                total += len(piece)
                if total > LIMIT_BYTES:
                    raise RejectedSendError("the file is larger than 20 MB")
                yield piece
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise RetryableSendError(f"the file was not fetched: {named(error)}") from None


async def _url(web: Web, ref: Json) -> str:
    """Where the file is. In channels shared with another workspace it has to be asked for."""
    url = ref.get("url")
    if isinstance(url, str):
        return url
    try:
        answer = await web.ask("files.info", file=str(ref.get("file")))
    except UncertainSendError as error:
        raise RetryableSendError(str(error)) from error
    file = inside(answer, "file")
    found = file.get("url_private_download") or file.get("url_private")
    if not isinstance(found, str):
        raise RejectedSendError("Slack names no address for the file; it may be gone")
    return found


def _address(text: str) -> URL:
    try:
        return URL(text)
    except ValueError:
        raise RejectedSendError("the file's address is none") from None


@asynccontextmanager
async def _opened(web: Web, url: URL) -> AsyncGenerator[aiohttp.ClientResponse]:
    """The answer that holds the bytes. Each redirect is judged as the first address was."""
    for _ in range(HOPS + 1):
        headers = {"Authorization": f"Bearer {web.client.token}"} if trusted(url, web.base) else {}
        if not headers and not _is_store(url):
            raise RejectedSendError(
                "the file is kept outside of Slack, from where nothing is fetched"
            )
        async with web.session.get(
            url, headers=headers, allow_redirects=False, timeout=FETCH, proxy=web.proxy
        ) as answer:
            location = answer.headers.get("Location")
            if answer.status not in {301, 302, 303, 307, 308} or location is None:
                _require_file(answer)
                yield answer
                return
            url = url.join(_address(location))
    raise RejectedSendError("the file's address leads in circles")


def trusted(url: URL, base: URL) -> bool:
    """Whether the token may go there: Slack itself over https, or where the API is."""
    if url.user is not None:
        return False
    if url.origin() == base.origin():
        return True
    host = url.host or ""
    return url.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))


def _is_store(url: URL) -> bool:
    host = url.host or ""
    return url.scheme == "https" and any(
        host == store or host.endswith(f".{store}") for store in STORES
    )


def _require_file(answer: aiohttp.ClientResponse) -> None:
    status = answer.status
    if status in {408, 425, 429} or status >= 500:  # noqa: PLR2004 - its fault
        raise RetryableSendError(f"the file's address answers {status}")
    if status != 200:  # noqa: PLR2004 - neither redirects nor parts
        raise RejectedSendError(f"the file's address answers {status}")
    # Without the scope Slack answers 200 and shows its sign-in page.
    shown = "attachment" not in answer.headers.get("Content-Disposition", "")
    if answer.content_type == "text/html" and shown:
        raise RejectedSendError(
            "Slack shows its sign-in page instead of the file: the app lacks the scope files:read;"
            " add it and install the app again"
        )


async def upload(web: Web, files: Sequence[Attachment]) -> tuple[str, ...]:
    """Puts the bytes of those that have any where nobody sees them yet; the files' ids.

    Raises:
        RetryableSendError, RejectedSendError, UncertainSendError.
    """
    return tuple([await _put(web, file) for file in files if file.content is not None])


async def _put(web: Web, file: Attachment) -> str:
    content = file.content or b""
    if not content:
        raise RejectedSendError(f"the file {file.name} is empty, which Slack does not take")
    try:
        answer = await web.ask(
            "files.getUploadURLExternal", filename=file.name, length=len(content)
        )
    except ChannelMisconfigured as error:
        # A scope that only files need is no reason to hold back every text.
        if "missing_scope" not in str(error):
            raise
        raise RejectedSendError(str(error)) from error
    url, name = answer.get("upload_url"), answer.get("file_id")
    if not isinstance(url, str) or not isinstance(name, str):
        raise RejectedSendError("Slack names no place to put the file")
    try:
        async with web.session.post(
            url, data=BytesIO(content), allow_redirects=False, timeout=FETCH, proxy=web.proxy
        ) as taken:
            if taken.status != 200:  # noqa: PLR2004 - taken
                raise RetryableSendError(f"Slack did not take the file: {taken.status}")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise RetryableSendError(f"Slack did not take the file: {named(error)}") from None
    return name


async def share(web: Web, files: Sequence[str], channel: str, thread: str | None) -> None:
    """Shows files that were put before, in order."""
    await web.ask(
        "files.completeUploadExternal",
        files=[{"id": file} for file in files],
        channel_id=channel,
        thread_ts=thread,
    )
