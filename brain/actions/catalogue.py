"""Owns what can be done: the actions of the configuration with their parameters checked, their
words and their limits. Pure; it calls nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from brain.action_settings import (
    HOLE,
    ActionSettings,
    ActionsSettings,
    BackendSettings,
    properties,
)
from brain.actions.openapi import Document, described
from brain.actions.tools import offered, pinned
from brain.acts import ActionRequest

# What is shown for a yes is never cut: what does not fit is for people.
MOST_DETAILS = 600
_DEFAULT = "en"
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Action:
    """One action, ready to be called. ``schema`` is of its parameters."""

    name: str
    settings: ActionSettings
    method: str
    path: str
    schema: Mapping[str, Any]
    backend: BackendSettings
    # The tools of an MCP backend as they were pinned: the schema of each, by its name.
    tools: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    @property
    def writes(self) -> bool:
        return self.settings.kind == "write"

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(self.schema.get("required", ()))

    @property
    def filled(self) -> frozenset[str]:
        """The parameters that a look into the system fills in; nobody else may."""
        lookup = self.settings.lookup
        return frozenset(lookup.fill) if lookup is not None else frozenset()

    def title(self, language: str | None) -> str:
        return in_language(self.settings.title, language) or self.name

    def details(self, arguments: Mapping[str, Any], language: str | None) -> str:
        """Every parameter with its exact value, in the order of the schema, and the note."""
        parts = [
            f"{self._label(name, language)}: {shown(arguments[name])}"
            for name in properties(self.schema)
            if name in arguments
        ]
        note = in_language(self.settings.note, language)
        return ", ".join([*parts, note] if note else parts)

    def problem(self, arguments: Mapping[str, Any]) -> str | None:
        """Why it cannot be done with these arguments."""
        unknown = sorted(set(arguments) - set(properties(self.schema)))
        if unknown:
            return f"{self.name} takes no {unknown[0]}"
        problem = problem_of(self.schema, arguments)
        return None if problem is None else f"{self.name}: {problem}"[:300]

    def missing(self, arguments: Mapping[str, Any], *, known: bool = True) -> str | None:
        """The first parameter that the customer still has to name; ``known`` says that it is
        proved who they are."""
        wanted = [name for name in self.required if name not in self.filled]
        if self.settings.identify is not None and self.settings.verified and not known:
            wanted.append(self.settings.identify)
        return next((name for name in wanted if name not in arguments), None)

    def above_cap(self, arguments: Mapping[str, Any]) -> bool:
        """Whether staff have to approve the amount; one that cannot be read is above every cap."""
        cap, name = self.settings.approve_above, self.settings.amount
        if cap is None or name is None:
            return False
        try:
            amount = float(arguments[name])
        except (KeyError, TypeError, ValueError):
            return True
        return not 0 <= amount <= cap

    def said(self, words: Mapping[str, str], language: str | None, **values: object) -> str:
        """A text of the configuration with its placeholders filled in."""
        return filled(in_language(words, language), values)

    def _label(self, name: str, language: str | None) -> str:
        return in_language(self.settings.labels.get(name, {}), language) or name


class Catalogue:
    def __init__(self, actions: Mapping[str, Action], settings: ActionsSettings) -> None:
        self._actions = dict(actions)
        self.confirm_minutes = settings.confirm_minutes
        self.dry_run = settings.dry_run

    def get(self, name: str) -> Action | None:
        return self._actions.get(name)

    def all(self) -> tuple[Action, ...]:
        return tuple(self._actions.values())

    def checked(self, request: ActionRequest) -> Action | str:
        """The action, or why the request is none that can be shown."""
        action = self.get(request.action)
        if action is None:
            return f"there is no action {request.action[:60]}"
        if (problem := action.problem(request.arguments)) is not None:
            return problem
        if len(action.details(request.arguments, None)) > MOST_DETAILS:
            return f"{action.name}: too long to be shown whole"
        return action


NOTHING = Catalogue({}, ActionsSettings())


class UnusableAction(ValueError):
    """An action of the configuration cannot be used; ``name`` says which, the message why."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def catalogue_of(settings: ActionsSettings, documents: Mapping[str, Document]) -> Catalogue:
    """``documents`` are the openapi documents by their backend's name.

    Raises:
        UnusableAction: the first that cannot be used.
    """
    return Catalogue(
        {name: _action(name, one, settings, documents) for name, one in settings.catalogue.items()},
        settings,
    )


def _action(
    name: str,
    action: ActionSettings,
    settings: ActionsSettings,
    documents: Mapping[str, Document],
) -> Action:
    backend = settings.backends.get(action.backend)
    if backend is None:
        known = ", ".join(sorted(settings.backends)) or "none"
        raise UnusableAction(name, f"there is no backend {action.backend!r}; there are {known}")
    if backend.mcp is not None or action.tool is not None:
        return _tool(name, action, backend, documents.get(action.backend))
    if action.operation is None:
        schema = action.parameters or {"type": "object", "properties": {}}
        return Action(name, action, action.method or "", action.path or "", schema, backend)
    document = documents.get(action.backend)
    if document is None:
        raise UnusableAction(name, "has an operation, but its backend names no openapi document")
    try:
        found = described(document, action.operation)
        # What the document brings is held to the same rules as what is written out.
        whole = replace_validated(action, found.method, found.path, found.schema, found.body)
    except ValueError as error:
        raise UnusableAction(name, _first(error)) from error
    return Action(name, whole, found.method, found.path, whole.parameters or {}, backend)


def _tool(
    name: str, action: ActionSettings, backend: BackendSettings, document: Document | None
) -> Action:
    if backend.mcp is None or document is None:
        raise UnusableAction(name, "has a tool, but its backend is no MCP server")
    try:
        known = pinned(document)
        schema = offered(action, backend, known)
        told = {**action.model_dump(), "parameters": action.parameters or schema}
        settled = ActionSettings.model_validate(told)
    except ValueError as error:
        raise UnusableAction(name, _first(error)) from error
    return Action(name, settled, "", "", settled.parameters or {}, backend, known)


def replace_validated(
    action: ActionSettings,
    method: str,
    path: str,
    schema: Mapping[str, Any],
    body: Mapping[str, Any] | None,
) -> ActionSettings:
    told = {**action.model_dump(), "method": method, "path": path, "operation": None}
    told["parameters"] = action.parameters or schema
    told["body"] = action.body if action.body is not None else body
    return ActionSettings.model_validate(told)


def _first(error: ValueError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = next((line for line in lines if line.startswith("Value error")), lines[0])
    return said.removeprefix("Value error, ").split(" [type=")[0]


def problem_of(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> str | None:
    """The first thing in which the arguments do not fit the schema."""
    errors: Iterator[ValidationError] = Draft202012Validator(schema).iter_errors(  # pyright: ignore[reportUnknownMemberType]  # another parameter of it is untyped
        dict(arguments)
    )
    found = next(errors, None)
    return None if found is None else found.message


def in_language(words: Mapping[str, str], language: str | None) -> str:
    tag = (language or _DEFAULT).split("-")[0].lower()
    return words.get(tag) or words.get(_DEFAULT) or next(iter(words.values()), "")


def filled(template: str, values: Mapping[str, object]) -> str:
    """A placeholder without a value becomes nothing, so that no answer shows a brace."""
    return in_text(template, values).strip()


def shown(value: object) -> str:
    """A value on one line, as a person reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, list | tuple):
        return ", ".join(shown(one) for one in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # JSON
    return _SPACE.sub(" ", "" if value is None else str(value)).strip()


def in_text(template: str, values: Mapping[str, object]) -> str:
    """The template with its placeholders filled in, each on one line."""
    return HOLE.sub(lambda hole: shown(values.get(hole[1], "")), template)


def with_arguments(request: ActionRequest, more: Mapping[str, Any]) -> ActionRequest:
    return replace(request, arguments={**request.arguments, **more})
