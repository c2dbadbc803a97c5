"""Actions, joined: the catalogue of a configuration, the systems behind it, the demo's shop."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import yaml

from brain.action_settings import ActionsSettings
from brain.actions.acting import Acting
from brain.actions.catalogue import Catalogue, UnusableAction, catalogue_of
from brain.actions.openapi import Document
from brain.actions.systems import BusinessSystems
from brain.acts import Actions
from brain.contract import Brain
from gateway.config.settings import Settings
from gateway.demo.shop.service import ShopService
from gateway.errors import Problem

DOCUMENT_LIMIT = 4 * 1024 * 1024
CODE_DIGITS = 1_000_000
SHOP, SHOP_FILE = "shop", "demo-shop.db"
SHOP_ACTIONS = Path(str(files("gateway.demo.shop") / "actions.yaml"))


class Systems:
    """The business systems of one node, each by its own way, and its shop where it is the
    demo."""

    def __init__(self, settings: Settings, catalogue: Callable[[], Catalogue]) -> None:
        self._settings = settings.brain.actions
        self._token = secrets.token_urlsafe(32)
        file = settings.store.data / SHOP_FILE
        self.shop = ShopService(file, self._token) if self._settings.demo else None
        self.actions = BusinessSystems(catalogue, self._place, self._demo_token)

    def _place(self, backend: str) -> str | None:
        if self.shop is not None and backend == SHOP:
            return self.shop.address
        found = self._settings.backends.get(backend)
        return found.url or found.mcp if found is not None else None

    def _demo_token(self, backend: str) -> str | None:
        return self._token if self.shop is not None and backend == SHOP else None


def acting(brain: Brain, catalogue: Catalogue, actions: Actions) -> Brain:
    """The brain with hands, where there is anything to do."""
    return Acting(brain, catalogue, actions, new_code) if catalogue.all() else brain


def new_code() -> str:
    return f"{secrets.randbelow(CODE_DIGITS):06d}"


def catalogue_for(settings: ActionsSettings) -> Catalogue:
    """
    Raises:
        UnusableAction, OSError, ValueError: what ``actions_check`` says with its place.
    """
    whole = with_demo(settings)
    return catalogue_of(whole, _documents(whole))


def with_demo(settings: ActionsSettings) -> ActionsSettings:
    """With what the demo's shop can do, where it is one."""
    if not settings.demo:
        return settings
    demo = ActionsSettings.model_validate(yaml.safe_load(SHOP_ACTIONS.read_text("utf-8")))
    return settings.model_copy(
        update={
            "backends": {**settings.backends, **demo.backends},
            "catalogue": {**demo.catalogue, **settings.catalogue},
        }
    )


def actions_check(settings: Settings) -> Sequence[Problem]:
    """For the loader of the configuration: what can be done, and that the demo's shop stays one."""
    return [*_demo(settings), *_catalogue(settings.brain.actions)]


def _catalogue(settings: ActionsSettings) -> list[Problem]:
    path = ("brain", "actions")
    try:
        documents = _documents(settings)
    except (OSError, ValueError) as error:
        mend = "it is read from config.yaml's folder, as JSON or YAML of at most 4 MiB"
        return [
            Problem(
                f"a file that describes a system cannot be read: {error}", (*path, "backends"), mend
            )
        ]
    try:
        catalogue_of(with_demo(settings), documents)
    except UnusableAction as error:
        return [Problem(str(error), (*path, "catalogue", error.name))]
    return []


def _demo(settings: Settings) -> list[Problem]:
    real = [name for name, entry in settings.channels.items() if not entry.demo]
    path = ("brain", "actions", "demo")
    if not settings.brain.actions.demo:
        return []
    if SHOP in settings.brain.actions.backends:
        return [Problem(f"the demo's own backend is called {SHOP}, too", path, "rename yours")]
    if not real:
        return []
    message = f"the demo's shop beside a real channel ({', '.join(real)}): invented orders must"
    mend = "remove it, or say demo: true on each channel"
    return [Problem(f"{message} never reach customers", path, mend)]


def _documents(settings: ActionsSettings) -> Mapping[str, Document]:
    return {
        name: _document(Path(file))
        for name, backend in settings.backends.items()
        if (file := backend.openapi or backend.tools) is not None
    }


def _document(file: Path) -> Document:
    with file.open("rb") as opened:
        raw = opened.read(DOCUMENT_LIMIT + 1)
    if len(raw) > DOCUMENT_LIMIT:
        raise ValueError(f"{file.name} is larger than 4 MiB")
    try:
        found: object = json.loads(raw) if raw.lstrip()[:1] == b"{" else yaml.safe_load(raw)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"{file.name} is neither JSON nor YAML") from error
    if not isinstance(found, dict):
        raise ValueError(f"{file.name} describes no system")  # noqa: TRY004  # the file is wrong, not a type of ours
    return found  # pyright: ignore[reportUnknownVariableType]  # JSON
