"""Every refusal as application/problem+json, and what the gateway's own errors mean over HTTP.

No answer tells how the gateway works inside; the log does, under the answer's request id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from aiohttp import web

from channels.errors import IntakeClosed
from channels.signatures import Refused
from gateway.conversations.drafts import UnknownDraft
from gateway.conversations.joining import SameContact, UnknownContact, UnknownJoin
from gateway.conversations.ownership import OwnerMoved, UnknownConversation
from gateway.desk.canned import TooManyReplies, UnknownVariable
from gateway.desk.files import TooManyFiles, UnknownFile
from gateway.desk.first_steps import UnknownStep
from gateway.desk.letters import UnknownDelivery
from gateway.desk.originals import UnknownMessage
from gateway.desk.pages import BadCursor
from gateway.desk.records import NotDead, NothingToSay, OwnedByAnother, RequestReused
from gateway.desk.switch import UnknownChannel
from gateway.desk.tagging import TooManyTags
from gateway.desk.unread import UnknownEvent
from gateway.errors import FrontdeskError, StoreUnavailable
from gateway.knowledge.edits import UnknownArticle
from gateway.knowledge.questions import TooManyQuestions
from gateway.knowledge.records import BadListCursor, NotPossible
from gateway.knowledge.trial_links import TooManyLinks, TrialOver
from gateway.people.records import (
    AccountFixed,
    AccountTaken,
    InvitationRefused,
    LastLead,
    LeadsOnly,
    LinkRefused,
    NameTaken,
    NoSuchMember,
    NotAnAccount,
    SignInRefused,
    TooManyInvitations,
    TooManyTries,
    UnknownAccount,
    Unsuitable,
)
from gateway.settings.records import NothingChanged, SettingLocked, UnknownVersion

NOT_FOUND = "There is nothing here under this id or address."

STATUS: Mapping[type[FrontdeskError], int] = {
    UnknownArticle: 404,
    UnknownConversation: 404,
    UnknownDraft: 404,
    UnknownContact: 404,
    UnknownJoin: 404,
    SameContact: 409,
    UnknownDelivery: 404,
    UnknownEvent: 404,
    UnknownChannel: 422,
    UnknownMessage: 404,
    OwnerMoved: 409,
    OwnedByAnother: 409,
    NotDead: 409,
    NameTaken: 409,
    NotPossible: 409,
    BadCursor: 400,
    BadListCursor: 400,
    RequestReused: 422,
    NothingToSay: 422,
    UnknownFile: 422,
    TooManyFiles: 409,
    TooManyTags: 409,
    TooManyQuestions: 409,
    TooManyLinks: 409,
    TrialOver: 401,
    TooManyReplies: 409,
    UnknownVariable: 422,
    SettingLocked: 409,
    NothingChanged: 409,
    UnknownVersion: 404,
    Unsuitable: 422,
    SignInRefused: 401,
    LinkRefused: 403,
    InvitationRefused: 403,
    LeadsOnly: 403,
    NoSuchMember: 404,
    UnknownAccount: 404,
    UnknownStep: 404,
    NotAnAccount: 422,
    AccountTaken: 409,
    AccountFixed: 409,
    LastLead: 409,
    TooManyInvitations: 409,
    TooManyTries: 429,
    StoreUnavailable: 503,
}
WORDS: Mapping[int, str] = {
    404: NOT_FOUND,
    405: "This address does not take this method; the Allow header names those it takes.",
    413: "The body is too large; send less.",
}


_UNKNOWN = (
    UnknownArticle,
    UnknownContact,
    UnknownConversation,
    UnknownDelivery,
    UnknownDraft,
    UnknownEvent,
    UnknownJoin,
    UnknownMessage,
    UnknownVersion,
    UnknownAccount,
    UnknownStep,
    NoSuchMember,
)


class Conflict(Refused):
    """409 with what the client needs to see where it stands."""

    def __init__(self, detail: str, more: Mapping[str, object]) -> None:
        super().__init__(409, detail)
        self.text = json.dumps({**json.loads(self.text or "{}"), **more})


def not_found() -> Refused:
    return Refused(404, NOT_FOUND)


def refusal_of(error: FrontdeskError | IntakeClosed) -> Refused | None:
    """How an error of ours is answered; None for one that should not have come this far."""
    if isinstance(error, IntakeClosed | StoreUnavailable):
        detail = "Nothing was stored, as the gateway cannot store now; send it again."
        return Refused(503, detail, {"Retry-After": "2"})
    if isinstance(error, OwnerMoved):
        return Conflict(str(error), _where_it_stands(error))
    if isinstance(error, _UNKNOWN):
        return not_found()
    status = STATUS.get(type(error))
    if status is None:
        return None
    return Refused(status, str(error), _headers(error))


def _where_it_stands(error: OwnerMoved) -> Mapping[str, object]:
    name = {"owner_name": error.owner_name} if isinstance(error, OwnedByAnother) else {}
    return {"epoch": error.epoch, **name}


def _headers(error: FrontdeskError) -> Mapping[str, str]:
    if isinstance(error, TooManyTries):
        return {"Retry-After": str(max(1, round(error.retry_after + 0.5)))}
    if isinstance(error, SignInRefused):
        return {"WWW-Authenticate": 'Bearer realm="desk"'}
    return {}


def as_problem(error: web.HTTPException) -> web.HTTPException:
    """Aiohttp's own refusals (no such route, no such method) in our form; others as they are."""
    if isinstance(error, Refused) or error.status < 400:  # noqa: PLR2004 - where errors begin
        return error
    detail = WORDS.get(error.status, "The request cannot be answered as it is.")
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
    return Refused(error.status, detail, headers)


def our_fault(request_id: str) -> Refused:
    return Refused(
        500,
        f"Something failed here, and nothing is known to have been done. The log knows more under"
        f" {request_id}.",
    )
