"""The demo page shows what a visitor can use in a browser, and nothing else."""

from __future__ import annotations

from channels.webchat.settings import WebSettings
from gateway.bootstrap.surfaces import demo_channels
from gateway.config.settings import Settings
from tests.contract.harness.api import settings


def web(**fields: object) -> WebSettings:
    return WebSettings.model_validate({"kind": "web", **fields})


def test_the_demo_page_shows_web_chats_that_are_demos() -> None:
    configured = Settings.model_validate(
        {
            "channels": {
                "web": web(demo=True),
                "shown": web(demo=True, **{"as": "slack"}),
                "real": web(),
                "crm": settings("https://crm.example.com/", demo=True),
            }
        }
    )
    assert [shown.name for shown in demo_channels(configured)] == ["web", "shown"]
