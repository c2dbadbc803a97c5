"""Our own message ids and reply addresses: signed, so that an answer finds its conversation and
nobody can make one up. Never says why one was refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field

from channels.signatures import same

_PLAIN = re.compile(r"[a-z0-9-]{1,32}")
_ID = re.compile(r"<fd\.([a-z0-9-]{1,32})\.([a-z2-7]{16})([a-z2-7]{16})@([a-z0-9.-]{1,253})>")
_TOKEN = re.compile(r"fd([a-z0-9-]{1,32})\.([a-z2-7]{16})")


@dataclass(frozen=True, slots=True)
class Seal:
    """``key`` is the channel's own; ``address`` is ours, whose domain the ids carry."""

    key: bytes = field(repr=False)
    address: str

    def message_id(self, delivery: str, correspondent: str) -> str:
        """The id of a delivery, the same each time: its first half proves that it is ours, the
        second whom it went to. With angle brackets."""
        name = _name(delivery)
        ours, theirs = self._mac("id", name), self._mac("to", name, correspondent)
        return f"<fd.{name}.{ours}{theirs}@{self._domain}>"

    def is_ours(self, message_id: str) -> bool:
        found = _ID.fullmatch(message_id.lower())
        return found is not None and found[4] == self._domain and self._made(found[1], found[2])

    def is_for(self, message_id: str, correspondent: str) -> bool:
        """Whether we sent it, and to them."""
        found = _ID.fullmatch(message_id.lower())
        return self.is_ours(message_id) and same(
            self._mac("to", found[1] if found else "", correspondent), found[3] if found else ""
        )

    def reply_address(self, delivery: str, correspondent: str) -> str:
        """Our address with the delivery's token in it."""
        name = _name(delivery)
        local, _, domain = self.address.partition("@")
        return f"{local}+fd{name}.{self._mac('to', name, correspondent)}@{domain}"

    def answered(self, address: str, correspondent: str) -> str | None:
        """The message id that an address with a valid token stands for."""
        local, _, domain = address.lower().partition("@")
        own, _, token = local.partition("+")
        found = _TOKEN.fullmatch(token)
        if found is None or f"{own}@{domain}" != self.address:
            return None
        if not same(self._mac("to", found[1], correspondent), found[2]):
            return None
        return self.message_id(found[1], correspondent)

    @property
    def _domain(self) -> str:
        return self.address.partition("@")[2]

    def _made(self, name: str, mac: str) -> bool:
        return same(self._mac("id", name), mac)

    def _mac(self, purpose: str, *told: str) -> str:
        text = "\0".join((f"frontdesk.mail.{purpose}.1", *told)).encode("utf-8", "surrogatepass")
        digest = hmac.new(self.key, text, hashlib.sha256).digest()
        return base64.b32encode(digest[:10]).decode("ascii").lower()


def _name(delivery: str) -> str:
    """The delivery as it can stand in an id, whatever mail programs do to capitals."""
    if _PLAIN.fullmatch(delivery):
        return delivery
    return hashlib.sha256(delivery.encode("utf-8", "surrogatepass")).hexdigest()[:32]
