"""Twilio's signature over an address and the form posted to it. It never parses more than the form
that is signed and never says why a signature was refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from channels.errors import InvalidSignature
from channels.signatures import same

SIGNATURE: Final = "X-Twilio-Signature"
SETTINGS: Final = "X-Twilio-Webhooks-Signature-Settings"
FIELDS = 500
_DEFAULT_PORTS = {"https": "443", "http": "80"}
_HOST = re.compile(r"[^/?#]*")
_HASHES = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}


def form(body: bytes) -> Sequence[tuple[str, str]]:
    """The fields as they were posted: blank values, repeated names and their order are kept, as
    all of them are signed.

    Raises:
        InvalidSignature: nobody can have signed this, as it is no form.
    """
    try:
        return parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS, errors="strict"
        )
    except ValueError:
        raise InvalidSignature from None


def sign(secret: str, url: str, fields: Sequence[tuple[str, str]], algorithm: str) -> str:
    """The header's value: base64 of the HMAC over the address and every name and value, sorted,
    with equal values of one name once."""
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    mac = hmac.new(secret.encode(), text.encode("utf-8", "surrogatepass"), _HASHES[algorithm])
    return base64.b64encode(mac.digest()).decode("ascii")


@dataclass(frozen=True, slots=True)
class Signatures:
    """``token`` is the account's primary auth token, ``shared`` the secrets of shared keys by
    their id."""

    token: str = field(repr=False)
    shared: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def require(
        self, url: str, fields: Sequence[tuple[str, str]], header: str, settings: str
    ) -> None:
        """``header`` and ``settings`` are the two headers' values, blank where they are missing.

        Raises:
            InvalidSignature: not made with our secret over this address and these fields.
        """
        algorithm, secret = self._secret(settings)
        # Which of the two forms of the address is signed is not consistent on Twilio's side.
        valid = [
            same(sign(secret, form_of_url, fields, algorithm), header)
            for form_of_url in _forms(url)
        ]
        if not (header and any(valid)):
            raise InvalidSignature

    def _secret(self, settings: str) -> tuple[str, str]:
        parts = (part.partition("=") for part in settings.split(","))
        said = {name.strip(): value.strip() for name, _, value in parts}
        algorithm = said.get("algorithm", "").upper() or "HMAC_SHA1"
        if algorithm == "HMAC_SHA1":
            return algorithm, self.token
        secret = self.shared.get(said.get("key", ""), "")
        if algorithm not in _HASHES or not secret:
            raise InvalidSignature
        return algorithm, secret


def _forms(url: str) -> tuple[str, str]:
    """The address without and with its port, in nothing else changed."""
    scheme, _, rest = url.partition("://")
    host = _HOST.match(rest)
    named = host[0] if host is not None else ""
    bare, colon, port = named.rpartition(":")
    if not (colon and port.isdigit()):
        bare, port = named, _DEFAULT_PORTS.get(scheme, "")
    path = rest[len(named) :]
    return f"{scheme}://{bare}{path}", f"{scheme}://{bare}:{port}{path}"
