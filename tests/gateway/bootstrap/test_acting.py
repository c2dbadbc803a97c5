"""What of actions is looked at before a gateway starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from channels.webchat.settings import WebSettings
from gateway.bootstrap.acting import actions_check, catalogue_for
from gateway.config.settings import Settings

REFUND: dict[str, Any] = {
    "title": "Refund", "kind": "write", "backend": "crm", "operation": "refund",
}  # fmt: skip


def test_the_demos_shop_is_for_demo_channels_alone() -> None:
    shop = {"demo": True}
    assert actions_check(Settings.model_validate({**_channels(demo=True), **_acting(shop)})) == []
    (problem,) = actions_check(Settings.model_validate({**_channels(demo=False), **_acting(shop)}))
    assert problem.path == ("brain", "actions", "demo")
    assert "must never reach customers" in problem.message


def test_what_cannot_be_used_is_said_with_its_place(tmp_path: Path) -> None:
    document = tmp_path / "crm.json"
    crm = {"url": "http://crm.example", "openapi": str(document)}
    acting = _acting({"backends": {"crm": crm}, "catalogue": {"refund": REFUND}})
    made = Settings.model_validate({**_channels(demo=False), **acting})
    (problem,) = actions_check(made)
    assert problem.path == ("brain", "actions", "backends")
    document.write_text(json.dumps({"openapi": "3.1.0", "paths": {}}))
    (problem,) = actions_check(made)
    assert problem.path == ("brain", "actions", "catalogue", "refund")
    paths = {"/refund": {"post": {"operationId": "refund"}}}
    document.write_text(json.dumps({"openapi": "3.1.0", "paths": paths}))
    assert actions_check(made) == []
    assert catalogue_for(made.brain.actions).get("refund") is not None


def _channels(*, demo: bool) -> dict[str, Any]:
    return {"channels": {"web": WebSettings.model_validate({"kind": "web", "demo": demo})}}


def _acting(actions: dict[str, Any]) -> dict[str, Any]:
    return {"brain": {"actions": actions}}
