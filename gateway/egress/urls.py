"""Owns which texts are web addresses that may be asked for, and their one normal form. Never
resolves a name; what a name leads to is judged where it is connected to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urljoin, urlsplit

from brain.contract import FetchRefused

URL_LENGTH = 2_048
_HOST_LENGTH = 253
_SHOWN = 120

_LAST_PORT = 65_535
_DEFAULT_PORTS = {"http": 80, "https": 443}
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\\]")
_AUTHORITY = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:@%/?#]+))(?::(?P<port>[0-9]{0,5}))?"
)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_FOUR_NUMBERS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
# The older standard for names in other scripts, which is at hand, maps these to other names.
_AMBIGUOUS = frozenset("ßẞς\u200c\u200d")
_KEPT = "/%:@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True)
class WebAddress:
    """``host`` is a name in ASCII, or a numeric address when ``numeric``; ``target`` is path and
    query, percent-encoded. There is no fragment and no user."""

    scheme: str
    host: str
    port: int
    target: str
    numeric: bool

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target}"


def web_address(text: str) -> WebAddress:
    """Parses what somebody typed, strictly: whatever two programs could read differently is none.

    Raises:
        FetchRefused: it is not an address of a web page; the message says what to write instead.
    """
    text = text.strip(" \t\r\n")
    if len(text) > URL_LENGTH:
        raise FetchRefused(
            f"{shown(text)} is longer than {URL_LENGTH} characters; use a shorter address"
        )
    inner = text.replace(" ", "%20")
    if _CONTROL.search(inner) or not _encodable(inner):
        raise _refused(text, "it has control characters or backslashes; type the address anew")
    try:
        parts = urlsplit(inner)
    except ValueError as error:
        raise _refused(text, "its host cannot be read; copy it from a browser") from error
    if parts.scheme not in _DEFAULT_PORTS or not parts.netloc:
        raise _refused(text, "only addresses that begin with http:// or https:// are read")
    host, port = _authority(text, parts.netloc)
    target = quote(parts.path or "/", safe=_KEPT)
    if parts.query:
        target += "?" + quote(parts.query, safe=_KEPT + "?")
    name, numeric = _host(text, host)
    return WebAddress(
        parts.scheme, name, _DEFAULT_PORTS[parts.scheme] if port is None else port, target, numeric
    )


def onward(address: WebAddress, location: str) -> WebAddress:
    """Where a redirect from ``address`` leads.

    Raises:
        FetchRefused: to no web page, or from a protected connection to an open one.
    """
    # Joining reads leniently what the parser then would no longer see.
    if len(location) > URL_LENGTH or _CONTROL.search(location.strip().replace(" ", "%20")):
        raise _refused(address.url, "it redirects to an address that cannot be read")
    try:
        joined = urljoin(address.url, location.strip())
    except ValueError as error:
        raise _refused(address.url, "it redirects to an address that cannot be read") from error
    target = web_address(joined)
    if address.scheme == "https" and target.scheme == "http":
        raise _refused(
            address.url,
            f"it redirects from https to plain http ({shown(target.url)}), where anybody on the"
            " way could change the text; ask whoever runs the site to mend that",
        )
    return target


def shown(text: str) -> str:
    """A text from outside as messages show it: short, and printable."""
    short = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in short)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _authority(text: str, netloc: str) -> tuple[str, int | None]:
    if "@" in netloc:
        # Not shown: what stands before the @ may be a password.
        raise FetchRefused(
            "The address has a user name or password in it (an @ before the host); write it"
            " without, as only pages that everybody may read are read"
        )
    found = _AUTHORITY.fullmatch(netloc)
    if found is None:
        raise _refused(text, "its host cannot be read; copy it from a browser")
    port = int(found["port"]) if found["port"] else None
    if port is not None and not 0 < port <= _LAST_PORT:
        raise _refused(text, "its port is no port; leave it out")
    return found["v6"] or found["name"], port


def _host(text: str, host: str) -> tuple[str, bool]:
    if ":" in host:
        try:
            return str(IPv6Address(host)), True
        except AddressValueError as error:
            raise _refused(text, "its host is no IPv6 address; use the site's name") from error
    name = _ascii(text, host).removesuffix(".")
    labels = name.split(".")
    if len(name) > _HOST_LENGTH or not all(_LABEL.fullmatch(label) for label in labels):
        raise _refused(text, "its host is no name of a site; copy it from a browser")
    if not _NUMBER.fullmatch(labels[-1]):
        return name, False
    # 127.1, 0x7f.0.0.1, 017700000001 and 2130706433 are all 127.0.0.1 to some programs.
    try:
        if _FOUR_NUMBERS.fullmatch(name):
            return str(IPv4Address(name)), True
    except AddressValueError:
        pass
    raise _refused(text, "its host is a number that can be read in several ways; use the name")


def _ascii(text: str, host: str) -> str:
    if host.isascii():
        return host.lower()
    if _AMBIGUOUS & set(host):
        raise _refused(
            text,
            "its host has letters that browsers read differently; write it in its"
            " xn-- form, as the browser's address bar copies it",
        )
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise _refused(text, "its host is no name of a site; copy it from a browser") from error


def _refused(text: str, why: str) -> FetchRefused:
    return FetchRefused(f"{shown(text)} is not read: {why}")
