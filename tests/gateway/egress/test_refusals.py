"""Nothing private is ever connected to: not by spelling, by name, by redirect or by a name that
changes its answer. A listener at 127.0.0.1 counts who comes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import aiohttp
import pytest
from aiohttp import web

from brain.contract import FetchFailed, FetchRefused
from gateway.egress.addresses import Addresses, networks
from gateway.egress.egress import Egress
from gateway.egress.resolving import checked_socket
from tests.gateway.egress.fake_web import SITE, Canary, Names, Site

LIMIT = 1024
# Only the test's own site may be reached, so that whatever else is refused is refused by us.
ONE_SITE = Addresses(networks([SITE]))

NAMES = {
    "localhost": ["127.0.0.1"],
    "127.0.0.1.nip.io": ["127.0.0.1"],
    "spoofed.example": ["127.0.0.1"],
    "six.example": ["::1"],
    "disguised.example": ["::ffff:127.0.0.1"],
    "both.example": [SITE, "127.0.0.1"],
    "last.example": [SITE, SITE, "10.0.0.1"],
    "scoped.example": ["fe80::1%lo"],
    "metadata.google.internal": ["169.254.169.254"],
    "intranet": ["192.168.1.10"],
}
_NUMERIC = """
    127.0.0.1 127.0.0.1. 127.255.255.254 0.0.0.0 10.0.0.1 172.16.0.1 192.168.0.1 100.64.0.1
    169.254.169.254 100.100.100.200 168.63.129.16 198.18.0.1 192.0.0.192 224.0.0.1 240.0.0.1
    255.255.255.255 192.0.2.1 [::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1]
    [::127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [2002:7f00:1::]
    [2001::4136:e378:8000:63bf:80ff:fffe] [fe80::1] [fd00::1] [fd00:ec2::254] [fec0::1] [ff02::1]
    １２７.0.0.1 ①②⑦.⓪.⓪.① 127。0。0。1
"""
_SPELLED = """
    127.1 127.0.1 0 2130706433 0x7f000001 0x7F.0x0.0x0.0x1 0x7f.1 0177.0.0.1 017700000001
    0177.0x0.0.1 127.000.000.001 127.0.0.01 3232235521 2852039166 0xa9fea9fe 425.510.425.510
    [fe80::1%25lo] [::1%25lo] [::1%lo] [::1%eth0] 127.0.0.1%00 127.0.0.1%2f 127%2e0%2e0%2e1
    127.0.0.1.. [127.0.0.1] [::ffff:127.1]
"""
HOSTS = (*NAMES, *_NUMERIC.split(), *_SPELLED.split())
FORMS = (
    "http://{host}:{port}/",
    "http://{host}/",
    "https://{host}:{port}/x?y=z",
    "HTTP://{host}:{port}#@help.example.com/",
    "http://{host}:{port}?@help.example.com/",
)
# Whatever their host is, these must be refused.
TRICKS = (
    "http://good@{host}:{port}/",
    "http://help.example.com@{host}:{port}/",
    "http://help.example.com:80@{host}:{port}/",
    "http://user:password@{host}/",
    "http://help.example.com#@{host}:{port}@{host}/",
    "http://help.example.com\\@{host}:{port}/",
    "http://{host}:{port}\\@help.example.com/",
    "http:\\\\{host}:{port}\\",
    "http://{host}\t:{port}/",
    "http://{host}:{port}:80/",
    "file://{host}/etc/passwd",
    "ftp://{host}:{port}/",
    "gopher://{host}:{port}/_GET%20/",
    "dict://{host}:{port}/stats",
    "ldap://{host}:{port}/",
    "jar:http://{host}:{port}!/",
    "data:text/html,http://{host}:{port}/",
    "{host}:{port}",
)


def hostile(port: int, forms: Sequence[str]) -> list[str]:
    return [form.format(host=host, port=port) for form in forms for host in HOSTS]


@pytest.fixture
def names() -> Names:
    known = {"help.example.com": [SITE], **NAMES}
    return Names({name: [answer] for name, answer in known.items()})


@pytest.fixture
async def egress(names: Names) -> AsyncIterator[Egress]:
    async with Egress(ONE_SITE, version="1", resolve=names) as opened:
        yield opened


async def test_hundreds_of_hostile_addresses_reach_nothing(egress: Egress, canary: Canary) -> None:
    addresses = [*hostile(canary.port, FORMS), *hostile(canary.port, TRICKS)]
    # A fragment's @ hides no host: this one is a page of the site itself, and nothing answers.
    addresses = [one for one in addresses if not one.startswith("http://help.example.com#")]
    assert len(addresses) >= 1_000
    taken: list[str] = []
    for address in addresses:
        try:
            await egress.get(address, limit=LIMIT)
        except FetchRefused:
            continue
        except FetchFailed as error:
            taken.append(f"{address}: {error}")
        else:
            taken.append(address)
    assert taken == []
    assert canary.connects == 0


async def test_no_redirect_leads_there_either(egress: Egress, canary: Canary, site: Site) -> None:
    addresses = [one for one in hostile(canary.port, (*FORMS, *TRICKS)) if "\t" not in one]
    for address in addresses:
        with pytest.raises((FetchRefused, FetchFailed)):
            await egress.get(site.redirect("/away", address), limit=LIMIT)
    assert canary.connects == 0


@pytest.mark.parametrize("hops", [1, 2, 3])
async def test_the_last_redirect_is_checked_like_the_first(
    egress: Egress, canary: Canary, site: Site, hops: int
) -> None:
    for hop in range(1, hops):
        site.redirect(f"/{hop}", f"/{hop + 1}")
    site.redirect(f"/{hops}", f"http://127.0.0.1:{canary.port}/")
    with pytest.raises(FetchRefused, match=r"redirects elsewhere.*this machine itself"):
        await egress.get(site.url("/1"), limit=LIMIT)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "spoofed.example", "both.example"])
async def test_the_reason_is_the_address_and_not_the_port(
    egress: Egress, canary: Canary, host: str
) -> None:
    with pytest.raises(FetchRefused, match=r"this machine itself.*private_networks"):
        await egress.get(f"http://{host}:{canary.port}/", limit=LIMIT)


async def test_a_name_that_changes_its_answer_is_connected_to_where_it_was_checked(
    canary: Canary, site: Site
) -> None:
    site.text("/", "hello")
    names = Names({"rebinding.example": [[SITE], ["127.0.0.1"]]})
    async with Egress(ONE_SITE, version="1", resolve=names) as egress:
        page = await egress.get(f"http://rebinding.example:{site.port}/", limit=LIMIT)
        assert page.data == b"hello"
        assert names.asked == ["rebinding.example"]
        with pytest.raises(FetchRefused):
            await egress.get(f"http://rebinding.example:{canary.port}/", limit=LIMIT)
    assert names.asked == ["rebinding.example"] * 2


async def test_a_redirect_to_the_same_name_asks_and_checks_anew(canary: Canary, site: Site) -> None:
    names = Names({"rebinding.example": [[SITE], ["127.0.0.1"]]})
    site.redirect("/", f"http://rebinding.example:{canary.port}/")
    async with Egress(ONE_SITE, version="1", resolve=names) as egress:
        with pytest.raises(FetchRefused, match="this machine itself"):
            await egress.get(f"http://rebinding.example:{site.port}/", limit=LIMIT)


async def test_each_connection_asks_and_checks_anew(canary: Canary, site: Site) -> None:
    site.answers["/"] = web.Response(headers={"Connection": "close"})
    names = Names({"rebinding.example": [[SITE], ["127.0.0.1"]]})
    async with Egress(ONE_SITE, version="1", resolve=names) as egress:
        await egress.get(f"http://rebinding.example:{site.port}/", limit=LIMIT)
        with pytest.raises(FetchRefused, match="this machine itself"):
            await egress.get(f"http://rebinding.example:{site.port}/", limit=LIMIT)


@pytest.mark.parametrize("name", ["both.example", "last.example"])
async def test_one_private_address_refuses_the_name(egress: Egress, site: Site, name: str) -> None:
    with pytest.raises(FetchRefused, match="private_networks"):
        await egress.get(f"http://{name}:{site.port}/", limit=LIMIT)
    assert site.seen == []


async def test_a_numeric_host_is_refused_before_a_client_is_asked() -> None:
    with pytest.raises(FetchRefused, match="this machine itself"):
        await Egress(ONE_SITE, version="1").get("http://127.0.0.1/", limit=LIMIT)


async def test_a_public_address_on_another_port_is_refused_before_a_connection(
    loopback_only: list[str],
) -> None:
    names = Names({"help.example.com": [["93.184.216.34"]]})
    async with Egress(Addresses(), version="1", resolve=names) as egress:
        for address in ("http://help.example.com:22/", "http://93.184.216.34:6379/"):
            with pytest.raises(FetchRefused, match="ports 80 and 443"):
                await egress.get(address, limit=LIMIT)
    assert loopback_only == []


async def test_the_socket_is_the_last_gate(canary: Canary) -> None:
    """Also for a host that is never resolved, where nobody looked before."""
    connector = aiohttp.TCPConnector(socket_factory=checked_socket(ONE_SITE))
    async with aiohttp.ClientSession(connector=connector) as session:
        for host in ("127.0.0.1", "[::1]"):
            with pytest.raises(FetchRefused):
                await session.get(f"http://{host}:{canary.port}/")
