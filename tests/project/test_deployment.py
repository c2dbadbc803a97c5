"""Holds the examples for running several nodes: they can be read, and name what the product has."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.config.load import Loaded, load
from gateway.notices.check import texts_check
from gateway.supervisor.supervisor import OUTBOX_DRAIN_SECONDS, TURNS_DRAIN_SECONDS

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
PAGE = (HOW_TO / "scale-to-postgres.md").read_text("utf-8")
NODES = ("one", "two")
STOPS_WITHIN = 28.0


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((HOW_TO / "compose.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def unit() -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # pyright: ignore[reportAttributeAccessIssue]  # keys as they are written
    parser.read_string((HOW_TO / "frontdesk@.service").read_text("utf-8"))
    return parser


def example(folder: Path) -> Loaded:
    """The page's own configuration, loaded as a node would."""
    indented = re.search(r"^   ```yaml\n(.*?)^   ```", PAGE, re.DOTALL | re.MULTILINE)
    assert indented is not None
    file = folder / "config.yaml"
    file.write_text(re.sub(r"^   ", "", indented[1], flags=re.MULTILINE))
    environ = {"DATABASE_PASSWORD": "a long one", "HOST": "0.0.0.0", "FRONTDESK_DATA": "/data"}
    return load(file, environ, (texts_check,))


def targets(service: dict[str, Any]) -> dict[str, str]:
    """Each mounted place inside, and what is mounted there."""
    return {volume.split(":")[1]: volume.split(":")[0] for volume in service["volumes"]}


def test_the_configuration_of_the_page_is_valid(tmp_path: Path) -> None:
    loaded = example(tmp_path)
    assert loaded.settings.store.url.startswith("postgresql://")
    assert loaded.warnings == ()


def test_every_image_has_a_version(compose: dict[str, Any]) -> None:
    images = [service["image"] for service in compose["services"].values()]
    assert all(re.search(r":\d", image) for image in images), images


def test_nodes_share_what_they_must_and_nothing_else(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    one, two = (compose["services"][name] for name in NODES)
    assert one["environment"]["FRONTDESK_NODE"] != two["environment"]["FRONTDESK_NODE"]
    first, second = targets(one), targets(two)
    assert first["/data"] != second["/data"]
    shared = {place for place in first if first[place] == second[place]}
    assert shared == {"/files", "/data/secret.key", "/etc/frontdesk/config.yaml"}
    settings = example(tmp_path).settings
    assert (str(settings.store.folder), str(settings.store.data)) == ("/files", "/data")
    assert set(first.values()) & set(compose["volumes"]) == {"one", "files"}


def test_the_proxy_is_the_one_that_the_nodes_believe(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    address = compose["services"]["proxy"]["networks"]["inside"]["ipv4_address"]
    trusted = example(tmp_path).settings.server.trusted_proxies
    assert any(network.split("/")[0] == address for network in trusted)
    text = compose["configs"]["nginx"]["content"]
    assert all(f"server {name}:8080" in text for name in NODES)
    assert "proxy_buffering off" in text


def test_nothing_is_killed_before_a_stop_has_ended(
    compose: dict[str, Any], unit: configparser.RawConfigParser
) -> None:
    assert TURNS_DRAIN_SECONDS + OUTBOX_DRAIN_SECONDS < STOPS_WITHIN
    for name in NODES:
        assert float(compose["services"][name]["stop_grace_period"].rstrip("s")) > STOPS_WITHIN
    assert float(unit["Service"]["TimeoutStopSec"]) > STOPS_WITHIN


def test_the_unit_runs_what_is_there(unit: configparser.RawConfigParser) -> None:
    service = unit["Service"]
    assert service["ExecStart"].endswith("/frontdesk run -c /etc/frontdesk/config.yaml")
    text = (HOW_TO / "frontdesk@.service").read_text("utf-8")
    given = dict(re.findall(r"^Environment=(\w+)=(.+)$", text, re.MULTILINE))
    assert given == {
        "PORT": "%i",
        "FRONTDESK_NODE": "%H-%i",
        "FRONTDESK_DATA": "/var/lib/frontdesk/%i",
    }
    assert service["StateDirectory"] == "frontdesk/%i"
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_every_figure_that_pages_name_is_in_the_reference() -> None:
    reference = (HOW_TO.parent / "reference" / "metrics.md").read_text("utf-8")
    known = set(re.findall(r"^\| `(frontdesk_\w+)`", reference, re.MULTILINE))
    pages = [PAGE, (HOW_TO / "operate.md").read_text("utf-8"), reference]
    named = {name for page in pages for name in re.findall(r"\bfrontdesk_[a-z_]+", page)}
    named = {name.removesuffix("_bucket") for name in named} - {"frontdesk_replaced"}
    assert named <= known
