"""Hands a message to Twilio, piece by piece, each once: what was taken is remembered, so that a
second try goes on where the first one stopped. It never repeats a request by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from channels.contract import Clock, OutboundMessage, Receipt
from channels.errors import RejectedSendError, RetryableSendError, UncertainSendError
from channels.whatsapp.attempts import Attempts, mark
from channels.whatsapp.contents import NO_ANSWER, Contents, buttons, find, shaped
from channels.whatsapp.listing import has_failed
from channels.whatsapp.pieces import File, Piece, Template, Words, pieces
from channels.whatsapp.refusals import Broken, Refusal, Unreached, failure, send_error

# What says that a Content resource cannot be sent, while the words themselves could.
_NOT_AS_CONTENT = frozenset({20404, 21655, 21656, 63005, 63013, 63021, 63027, 63028, 63030})


class _Call(TypedDict, total=False):
    body: str
    media_url: list[str]
    content_sid: str
    content_variables: str


@dataclass(eq=False)
class Sending:
    """Sends from one number. ``callback`` is where Twilio reports what became of a message, blank
    for nowhere; ``template`` is the channel's own, by SID or name."""

    client: Client
    contents: Contents
    attempts: Attempts
    clock: Clock
    sender: str
    callback: str
    template: str | None = None
    fetched_here: bool = False
    _templates: dict[str, str] = field(default_factory=dict[str, str], init=False)

    async def send(self, message: OutboundMessage) -> Receipt:
        """
        Raises:
            RetryableSendError, RejectedSendError, UncertainSendError, ChannelMisconfigured.
        """
        planned = pieces(message, fetched_here=self.fetched_here)
        attempt = self.attempts.begin(message.delivery_id)
        await self._require_alive(message.delivery_id, dict(attempt.taken))
        for number, piece in enumerate(planned):
            if number not in attempt.taken:
                sid = await self._send(message, piece, number)
                self.attempts.took(message.delivery_id, number, sid)
        taken = attempt.all_taken(len(planned)) or ()
        return Receipt(taken, self.clock.now())

    async def _require_alive(self, delivery: str, taken: Mapping[int, str]) -> None:
        """What was taken before counts unless it failed later: then a person sends it again."""
        for number, sid in taken.items():
            try:
                failed = await has_failed(self.client, sid)
            except (Refusal, Unreached, Broken) as error:
                raise RetryableSendError(
                    f"Twilio could not be asked what became of the first try: {error}"
                ) from error
            if failed:
                self.attempts.lost(delivery, number)

    async def _send(self, message: OutboundMessage, piece: Piece, number: int) -> str:
        call = await self._call(piece)
        try:
            return await self._create(message, call, number)
        except Refusal as refusal:
            # A template of this name may have been made anew meanwhile.
            self._templates.clear()
            if isinstance(piece, Words) and "content_sid" in call and _as_content(refusal):
                self.contents.forget(call["content_sid"])
                return await self._written_out(message, piece, number)
            raise send_error(refusal) from refusal
        except (Unreached, Broken) as error:
            raise send_error(error) from error

    async def _written_out(self, message: OutboundMessage, words: Words, number: int) -> str:
        try:
            return await self._create(message, {"body": words.written_out()}, number)
        except (Refusal, Unreached, Broken) as error:
            raise send_error(error) from error

    async def _create(self, message: OutboundMessage, call: _Call, number: int) -> str:
        if self.callback:
            status = f"{self.callback}?{mark(message.delivery_id, number)}"
            asked = {"status_callback": status, **call}
        else:
            asked = {**call}
        try:
            made = await self.client.messages.create_async(
                to=message.address.chat, from_=self.sender, **asked
            )
        except (TwilioException, ValueError, KeyError, TypeError) as error:
            raise UncertainSendError(
                "Twilio took the message, and its answer cannot be read"
            ) from error
        if not made.sid:
            raise UncertainSendError("Twilio took the message and did not say as which")
        if str(made.status) == "failed":
            raise RejectedSendError(failure(str(made.error_code), made.error_message or ""))
        return made.sid

    async def _call(self, piece: Piece) -> _Call:
        if isinstance(piece, File):
            return {"media_url": [piece.url]}
        if isinstance(piece, Template):
            sid = await self._template_sid(piece)
            return {"content_sid": sid, "content_variables": piece.values}
        return await self._with_buttons(piece)

    async def _with_buttons(self, words: Words) -> _Call:
        """The words with native buttons where they can be had, else with the choices written
        out."""
        actions = buttons(words.choices) if words.choices else None
        shape = shaped(words.text) if actions else None
        if not actions or shape is None:
            return {"body": words.written_out()}
        sid = await self.contents.quick_reply(shape.body, actions)
        if sid is None:
            return {"body": words.written_out()}
        return {"content_sid": sid, "content_variables": shape.values}

    async def _template_sid(self, template: Template) -> str:
        name = template.name or self.template
        if name is None:
            raise RejectedSendError(
                "no template is set, and outside of the 24-hour window WhatsApp takes nothing"
                " else; set `template`, or wait until the customer writes"
            )
        if is_content(name):
            return name
        if name not in self._templates:
            self._templates[name] = await self._found(name)
        return self._templates[name]

    async def _found(self, name: str) -> str:
        try:
            sid = await find(self.client, name)
        except NO_ANSWER as error:
            if isinstance(error, Refusal) and error.status in {401, 403}:
                raise send_error(error) from error
            raise RetryableSendError(f"the template could not be looked up: {error}") from error
        if sid is None:
            raise RejectedSendError(
                f"Twilio has no template called {name!r}; see Content Template Builder in its"
                " console, and correct `template`"
            )
        return sid


def is_content(name: str) -> bool:
    """Whether it is a Content resource's SID, and not a name that somebody gave it."""
    return name.startswith("HX") and len(name) == 34 and name.isalnum()  # noqa: PLR2004 - HX and 32 digits


def _as_content(refusal: Refusal) -> bool:
    return refusal.status < 500 and refusal.code in _NOT_AS_CONTENT  # noqa: PLR2004 - their fault
