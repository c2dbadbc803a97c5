"""Every error that the SDK has, and what it means. One that a new version of it brings is missing
here, and fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from slack_sdk import errors as sdk
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from channels.errors import (
    ChannelError,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)
from channels.slack.web import Web


class Answer(dict[str, Any]):
    """An answer as far as the SDK's errors and we look at it."""

    def __init__(self, code: str, status: int = 200) -> None:
        super().__init__(ok=False, error=code)
        self.data = dict(self)
        self.status_code = status
        self.headers: dict[str, str] = {"Retry-After": "7"}


MEANINGS: tuple[tuple[Exception, type[ChannelError]], ...] = (
    (sdk.SlackApiError("?", Answer("is_archived")), RejectedSendError),
    (sdk.SlackApiError("?", Answer("token_revoked")), ChannelMisconfigured),
    (sdk.SlackApiError("?", Answer("ratelimited", 429)), RetryableSendError),
    (sdk.SlackApiError("?", Answer("fatal_error", 500)), UncertainSendError),
    (sdk.SlackClientError("?"), RejectedSendError),
    (sdk.BotUserAccessError("?"), RejectedSendError),
    (sdk.SlackRequestError("?"), RejectedSendError),
    (sdk.SlackObjectFormationError("?"), RejectedSendError),
    (sdk.SlackClientConfigurationError("?"), RejectedSendError),
    # The adapter neither rotates tokens nor uses the SDK's own connection.
    (sdk.SlackTokenRotationError(sdk.SlackApiError("?", Answer("x"))), RejectedSendError),
    (sdk.SlackClientNotConnectedError("?"), RejectedSendError),
)


class Failing(AsyncWebClient):
    error: Exception

    async def api_call(self, *_: Any, **__: Any) -> Any:
        raise self.error


def known(sort: type[Exception]) -> Iterator[type[Exception]]:
    yield sort
    for each in sort.__subclasses__():
        yield from known(each)


def test_no_error_of_the_sdk_is_forgotten() -> None:
    assert {type(error) for error, _ in MEANINGS} == set(known(sdk.SlackClientError))


@pytest.mark.parametrize(("error", "meaning"), MEANINGS, ids=lambda each: type(each).__name__)
async def test_what_it_means(error: Exception, meaning: type[ChannelError]) -> None:
    client = Failing(token="xoxb-1")
    client.error = error
    async with aiohttp.ClientSession() as session:
        web = Web(client, session, URL("http://127.0.0.1:1"), None)
        with pytest.raises(meaning) as caught:
            await web.ask("chat.postMessage", channel="C1", text="hi")
    assert type(caught.value) is meaning
