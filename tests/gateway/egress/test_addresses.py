"""Which network addresses may be connected to, class by class."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.egress.addresses import Addresses, networks

PUBLIC = ("8.8.8.8", "93.184.216.34", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001::200e")


@pytest.mark.parametrize("port", [80, 443])
@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_internet_is_allowed_on_the_webs_ports(address: str, port: int) -> None:
    assert Addresses().refusal(address, port) is None


@pytest.mark.parametrize("port", [1, 22, 25, 6379, 8080, 65_535])
def test_other_ports_of_the_public_internet_are_not(port: int) -> None:
    assert f"port {port}" in (Addresses().refusal("8.8.8.8", port) or "")


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("0.0.0.0", "this machine itself"),
        ("0.1.2.3", "this machine itself"),
        ("10.0.0.1", "private network"),
        ("10.255.255.255", "private network"),
        ("100.64.0.1", "provider's network"),
        ("100.127.255.254", "provider's network"),
        ("127.0.0.1", "this machine itself"),
        ("127.255.255.254", "this machine itself"),
        ("169.254.1.1", "link-local"),
        ("172.16.0.1", "private network"),
        ("172.31.255.254", "private network"),
        ("192.0.0.1", "reserved for protocols"),
        ("192.0.2.1", "documentation"),
        ("192.88.99.1", "relays"),
        ("192.168.0.1", "private network"),
        ("198.18.0.1", "measuring"),
        ("198.19.255.254", "measuring"),
        ("198.51.100.7", "documentation"),
        ("203.0.113.7", "documentation"),
        ("224.0.0.1", "many machines"),
        ("239.255.255.250", "many machines"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "this machine itself"),
        ("::1", "this machine itself"),
        ("::ffff:127.0.0.1", "in disguise"),
        ("::ffff:8.8.8.8", "in disguise"),
        ("::127.0.0.1", "in disguise"),
        ("64:ff9b::127.0.0.1", "this machine itself"),
        ("64:ff9b::10.1.2.3", "private network"),
        ("64:ff9b:1::8.8.8.8", "private network"),
        ("100::1", "reserved"),
        ("2001::4136:e378:8000:63bf:3fff:fdd2", "in disguise"),
        ("2001:2::1", "reserved for protocols"),
        ("2001:20::1", "reserved for protocols"),
        ("2001:db8::1", "documentation"),
        ("2002:7f00:1::", "in disguise"),
        ("2002:808:808::", "in disguise"),
        ("3fff::1", "documentation"),
        ("4000::1", "reserved"),
        ("5f00::1", "reserved"),
        ("fc00::1", "private network"),
        ("fd12:3456::1", "private network"),
        ("fe80::1", "link-local"),
        ("fec0::1", "private network"),
        ("ff02::1", "many machines"),
        ("fe80::1%eth0", "only has a meaning on this machine"),
        ("2606:4700::1111%lo", "only has a meaning on this machine"),
        ("169.254.169.254", "secrets"),
        ("100.100.100.200", "secrets"),
        ("168.63.129.16", "secrets"),
        ("fd00:ec2::254", "secrets"),
        ("64:ff9b::169.254.169.254", "secrets"),
        ("64:ff9b::168.63.129.16", "secrets"),
        ("example.com", "no network address"),
        ("127.1", "no network address"),
        ("", "no network address"),
    ],
)
def test_each_other_class_is_refused_in_words(address: str, what: str) -> None:
    assert what in (Addresses().refusal(address, 443) or "allowed")


def test_public_ipv4_is_allowed_where_a_network_translates_it() -> None:
    assert Addresses().refusal("64:ff9b::8.8.8.8", 443) is None


@given(st.ip_addresses())
def test_what_python_calls_not_global_is_never_allowed(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    translated = address in ipaddress.ip_network("64:ff9b::/96")
    if not translated and (not address.is_global or address.is_multicast):
        assert Addresses().refusal(str(address), 443) is not None


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_the_same_wherever_it_hides(
    address: ipaddress.IPv4Address,
) -> None:
    plain = Addresses().refusal(str(address), 443)
    assert Addresses().refusal(f"64:ff9b::{address}", 443) == plain
    assert Addresses().refusal(f"::ffff:{address}", 443) is not None
    assert Addresses().refusal(f"::{address}", 443) is not None


def test_an_allowed_network_is_open_on_any_port_and_its_neighbour_is_not() -> None:
    addresses = Addresses(networks(["10.20.0.0/16", "fd12::/48", "192.168.7.7"]))
    assert addresses.refusal("10.20.3.4", 8080) is None
    assert addresses.refusal("fd12::5", 3000) is None
    assert addresses.refusal("192.168.7.7", 80) is None
    for other in ("10.21.0.1", "fd13::5", "192.168.7.8", "127.0.0.1", "::ffff:10.20.3.4"):
        assert addresses.refusal(other, 80) is not None


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "100.100.100.200"])
def test_no_allowed_network_opens_the_secrets_of_a_cloud(address: str) -> None:
    addresses = Addresses(networks(["0.0.0.0/0", "::/0"]))
    assert addresses.refusal("10.0.0.1", 80) is None
    assert "secrets" in (addresses.refusal(address, 80) or "")


@pytest.mark.parametrize("text", ["10.20.3.4/16", "intranet", "", "10.0.0.0/33", "fe80::%1/64"])
def test_a_network_that_cannot_be_read_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"write one like 10\.20\.0\.0/16"):
        networks([text])
