"""The configuration's knowledge sources: what can be one, and what is said of what cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.load import load
from gateway.config.settings import Settings
from gateway.errors import ConfigurationError


def knowledge(folder: Path, text: str) -> Settings:
    (folder / "config.yaml").write_text(f"brain:\n  knowledge: {text}\n")
    return load(folder / "config.yaml", {}).settings


def test_pages_and_websites_are_sources(tmp_path: Path) -> None:
    text = (
        "{sources: [{url: 'https://shop.example/help', owner: Kim, refresh_hours: 0},"
        " {sitemap: 'https://shop.example/sitemap.xml', audience: customers}],"
        " private_networks: [10.20.0.0/16, 'fd12::/48', 10.0.0.5]}"
    )
    settings = knowledge(tmp_path, text).brain.knowledge
    page, site = settings.sources
    assert (page.url, page.owner, page.refresh_hours) == ("https://shop.example/help", "Kim", 0)
    assert (site.place, site.audience) == ("https://shop.example/sitemap.xml", "customers")
    assert len(settings.private_networks) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{sources: [{url: shop.example/help}]}", "sources[0].url: is no web address"),
        ("{sources: [{url: 'https://[x/help'}]}", "sources[0].url: is no web address"),
        (
            "{sources: [{sitemap: 'ftp://x.example/s.xml'}]}",
            "sources[0].sitemap: is no web address",
        ),
        ("{sources: [{url: 'https://me:pw@x.example/'}]}", "user name or password"),
        ("{sources: [{path: .}, {path: .}]}", "sources[1]: this source is there already"),
        ("{sources: [{}]}", "exactly one of path, url and sitemap"),
        (
            "{sources: [{path: ., url: 'https://x.example'}]}",
            "exactly one of path, url and sitemap",
        ),
        ("{private_networks: [10.20.0.1/16]}", "private_networks[0]: is no network"),
        ("{private_networks: [home]}", "private_networks[0]: is no network"),
    ],
)
def test_what_cannot_be_a_source_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        knowledge(tmp_path, text)
    assert said in str(raised.value)
