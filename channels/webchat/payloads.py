"""Turns what a visitor's browser sends into events; pure. It never stores and never trusts an
id of the sender's: every external id is scoped to the session."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, cast

from channels.events import Attachment, Chosen, InboundMessage
from channels.signatures import Refused
from channels.webchat.sessions import Session

TEXT_LIMIT = 8000
FILES_LIMIT = 10
SEQ_LIMIT = 2**53
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_SEQ = re.compile(r"[0-9]{1,16}")


def message_of(session: Session, body: Mapping[str, Any], now: float) -> tuple[str, InboundMessage]:
    """The client's id and the event of a message."""
    client_id, text = _uuid(body), _text(body)
    files = _files(body)
    if not text.strip() and not files:
        _invalid("`text` is empty; send a text or a file")
    return client_id, InboundMessage(
        external_id=f"{session.id}:{client_id}",
        address=session.address,
        text=text,
        sender=session.sender,
        attachments=tuple(
            Attachment(name="", content_type="application/octet-stream", upload=file)
            for file in files
        ),
        sent_at=now,
    )


def choice_of(session: Session, body: Mapping[str, Any]) -> tuple[str, Chosen]:
    """The client's id and the event of a button."""
    client_id = _uuid(body)
    return client_id, Chosen(
        external_id=f"{session.id}:{client_id}",
        address=session.address,
        message=_name(body, "message"),
        choice=_short(body, "choice"),
        sender=session.sender,
    )


def user_of(body: Mapping[str, Any]) -> str | None:
    user = body.get("user")
    if user is not None and not isinstance(user, str):
        _invalid("`user` is not a text; send the identity that your server signed")
    return user


def seq_of(values: Sequence[str]) -> int:
    """The highest place that the client names in ``after`` and ``Last-Event-ID``; 0 for none."""
    for value in values:
        if not _SEQ.fullmatch(value) or int(value) > SEQ_LIMIT:
            raise Refused(400, "`after` and Last-Event-ID take the seq of a message, a number.")
    return max((int(value) for value in values), default=0)


def _invalid(what: str) -> NoReturn:
    raise Refused(422, f"{what}.")


def _uuid(body: Mapping[str, Any]) -> str:
    value = body.get("id")
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        _invalid("`id` is not a UUID; make one for each message and repeat it when sending again")
    return value.lower()


def _text(body: Mapping[str, Any]) -> str:
    text = body.get("text", "")
    if not isinstance(text, str):
        _invalid("`text` is not a text")
    if len(text) > TEXT_LIMIT:
        _invalid(f"`text` is longer than {TEXT_LIMIT} characters; send it in pieces or as a file")
    return text


def _files(body: Mapping[str, Any]) -> tuple[str, ...]:
    value = body.get("files")
    files = cast("list[object]", [] if value is None else value)
    if not isinstance(value, list | None) or len(files) > FILES_LIMIT:
        _invalid(f"`files` is not a list of at most {FILES_LIMIT} ids")
    names = [file for file in files if isinstance(file, str) and _NAME.fullmatch(file)]
    if len(names) != len(files) or len(set(names)) != len(names):
        _invalid("`files` holds what is no id of an upload, or one twice")
    return tuple(names)


def _name(body: Mapping[str, Any], field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        _invalid(f"`{field}` is not the id of a message")
    return value


def _short(body: Mapping[str, Any], field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= 200:  # noqa: PLR2004 - ids are short
        _invalid(f"`{field}` is not the id of a choice")
    return value
