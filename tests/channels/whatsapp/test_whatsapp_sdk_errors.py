"""Every error of Twilio's SDK, and of the connection below it, is one of ours; a library that grows
another one shows here."""

from __future__ import annotations

import inspect

import pytest
import twilio.base.exceptions as sdk
from aiohttp import client_exceptions as http

from channels.api.delivery import NOT_REACHED as API_NOT_REACHED
from channels.whatsapp.client import NOT_REACHED
from channels.whatsapp.contents import NO_ANSWER

# No connection was made: the other side has seen nothing.
UNREACHED = {
    "ClientConnectorCertificateError",
    "ClientConnectorDNSError",
    "ClientConnectorError",
    "ClientConnectorSSLError",
    "ClientProxyConnectionError",
    "ClientSSLError",
    "ConnectionTimeoutError",
}
# It may have acted.
IN_DOUBT = {
    "ClientConnectionError",
    "ClientConnectionResetError",
    "ClientError",
    "ClientHttpProxyError",
    "ClientOSError",
    "ClientPayloadError",
    "ClientResponseError",
    "ContentTypeError",
    "InvalidURL",
    "InvalidUrlClientError",
    "InvalidUrlRedirectClientError",
    "NonHttpUrlClientError",
    "NonHttpUrlRedirectClientError",
    "RedirectClientError",
    "ServerConnectionError",
    "ServerDisconnectedError",
    "ServerFingerprintMismatch",
    "ServerTimeoutError",
    "SocketTimeoutError",
    "UploadAbortedError",
    "WSServerHandshakeError",
}
# Of websockets, which neither channel has.
NEVER = {"WSMessageTypeError"}


def test_every_error_of_the_sdk_is_caught_by_its_root() -> None:
    """What calls the SDK catches the root: in an answer that was taken it leaves doubt."""
    found = [each for each in vars(sdk).values() if inspect.isclass(each)]
    own = [each for each in found if each.__module__ == sdk.__name__]
    assert {each.__name__ for each in own} == {
        "TwilioException",
        "TwilioRestException",
        "TwilioServiceException",
    }
    assert all(issubclass(each, sdk.TwilioException) for each in own)
    assert sdk.TwilioException in NO_ANSWER


def test_every_error_of_the_connection_is_known() -> None:
    assert set(http.__all__) == UNREACHED | IN_DOUBT | NEVER


@pytest.mark.parametrize("name", sorted(UNREACHED | IN_DOUBT))
def test_every_error_of_the_connection_says_whether_it_may_have_acted(name: str) -> None:
    kind: type[Exception] = getattr(http, name)
    assert issubclass(kind, http.ClientError)
    assert NOT_REACHED == API_NOT_REACHED
    assert issubclass(kind, NOT_REACHED) is (name in UNREACHED)
