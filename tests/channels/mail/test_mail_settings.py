"""What a mailbox's configuration may say, and what is refused before anything starts."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from channels.mail.settings import EmailSettings

GIVEN: dict[str, Any] = {
    "kind": "email",
    "address": "Help@Example.com",
    "imap": {"host": "imap.example.com", "password": "p-1"},
    "smtp": {"host": "smtp.example.com", "password": "p-2"},
}


def read(**changes: Any) -> EmailSettings:
    return EmailSettings.model_validate({**GIVEN, **changes})


def test_a_host_and_a_password_are_enough() -> None:
    given = read()
    assert (given.address, given.imap.tls, given.smtp.tls) == (
        "help@example.com",
        True,
        "starttls",
    )
    assert (given.imap.folders, given.imap.poll_seconds) == (("INBOX",), 20)


def test_no_secret_shows() -> None:
    assert "p-1" not in repr(read())
    assert "p-2" not in str(read())


def imap(**changes: Any) -> dict[str, Any]:
    return {"imap": {**GIVEN["imap"], **changes}}


def smtp(**changes: Any) -> dict[str, Any]:
    return {"smtp": {**GIVEN["smtp"], **changes}}


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"address": "help"}, "mail address"),
        ({"address": "Help <help@example.com>"}, "mail address"),
        ({"address": "help@example.com\r\nBcc: x@y.example"}, "mail address"),
        (imap(password="  "), "blank"),
        (imap(password=None), "oauth"),
        (imap(tls=False), "in clear"),
        (smtp(tls=False), "in clear"),
        (imap(host="imaps://imap.example.com"), "host"),
        (imap(port=0), "greater"),
        (imap(poll_seconds=0), "greater"),
        (imap(folders=[]), "at least 1"),
        (imap(tls="ssl"), "starttls"),
        ({"unknown": 1}, "not permitted"),
        (
            {"oauth": {"token_url": "http://x.example/t", "client_id": "c", "refresh_token": "r"}},
            "https",
        ),
        ({"address": "customer.service@example.com", "plus_addressing": True}, "13 characters"),
    ],
)
def test_what_cannot_work_is_refused_in_words(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        read(**changes)


def test_plain_connections_stay_on_this_machine() -> None:
    for host in ("127.0.0.1", "localhost", "::1"):
        assert read(**imap(host=host, tls=False)).imap.tls is False
