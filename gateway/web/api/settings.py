"""The settings over HTTP: everybody of the desk reads them, leads change them, each change a
version with who, when and why."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from aiohttp import web
from pydantic import AfterValidator, Field, JsonValue

from brain.contract import KnowledgeUnavailable
from channels.signatures import Refused
from gateway.config import values
from gateway.config.editable import NotEditable, path_of, section_at
from gateway.config.overlay import Changes, Given
from gateway.config.settings import LANGUAGES
from gateway.errors import ConfigurationError, Problem, dotted
from gateway.settings.choices import choices_of
from gateway.settings.desk import Key, SettingsDesk
from gateway.settings.records import (
    MOST_CHANGES,
    Asked,
    Kept,
    SettingsMoved,
    SettingsRefused,
)
from gateway.settings.records import (
    as_json as changes_as_json,
)
from gateway.settings.texts import listed
from gateway.web.answers import as_json, as_page
from gateway.web.leading import Leading
from gateway.web.parts import Parts
from gateway.web.problems import Conflict
from gateway.web.routes import Body, Call, Epoch, Query, RequestId, Route, Word, one_line

PREFIX = "/api/v1/settings"
WHY_LIMIT = 300
SHORTEST_WHY = 3
VALUE_LIMIT = 65_536
HISTORY = 30


def _reason(value: str) -> str:
    if len(value.strip()) < SHORTEST_WHY:
        raise ValueError("say in a few words why; it stands in the history")
    return one_line(value)


class ChangeBody(Body):
    """``value`` null takes the key out, so that its default holds; ``reset`` gives it back to
    config.yaml; ``yaml`` is the value as YAML."""

    key: Word
    value: JsonValue = None
    yaml: Annotated[str, Field(max_length=VALUE_LIMIT)] | None = None
    reset: bool = False


Changed = Annotated[list[ChangeBody], Field(min_length=1, max_length=MOST_CHANGES)]
Why = Annotated[str, Field(max_length=WHY_LIMIT), AfterValidator(_reason)]


class SaveBody(Body):
    """``seen`` is the newest version that was looked at, 0 for none."""

    id: RequestId
    seen: Epoch
    changes: Changed
    why: Why


class UndoBody(Body):
    id: RequestId
    seen: Epoch
    number: Epoch
    why: Why


class CheckBody(Body):
    """What to look at: changes, or a version that would be taken back."""

    changes: Annotated[list[ChangeBody], Field(max_length=MOST_CHANGES)] = Field(
        default_factory=list[ChangeBody]
    )
    undoes: Epoch | None = None


class PromptBody(Body):
    question: Annotated[str, Field(min_length=1, max_length=2000)]
    channel: Word
    language: Word = "en"


class VersionsQuery(Query):
    before: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class TextsQuery(Query):
    language: Word = "en"
    channel: Word | None = None


class SettingsPages:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Sequence[Route]:
        read, edit = "read_settings", "edit_settings"
        kept = {200: "Kept as this version, and in force."}
        return [
            Route("GET", PREFIX, read, self.state, "What leads may change, as it stands"),
            Route("GET", f"{PREFIX}/choices", read, self.choices, "What the settings may name"),
            Route(
                "GET", f"{PREFIX}/texts", read, self.texts,
                "Every text in a language, as it is shipped, worded and said", query=TextsQuery,
            ),
            Route(
                "GET", f"{PREFIX}/versions", read, self.versions,
                "Who changed what, when and why, the newest first", query=VersionsQuery,
                answers={200: "A page of the list."},
            ),
            Route(
                "POST", PREFIX, edit, self.save, "Change settings, for leads", body=SaveBody,
                answers=kept,
            ),
            Route(
                "POST", f"{PREFIX}/preview", edit, self.preview,
                "What changes would make of the last conversations and texts", body=CheckBody,
                answers={200: "Both sides, and how many differ; nothing was changed."},
            ),
            Route(
                "POST", f"{PREFIX}/prompt", edit, self.prompt,
                "What a model would be sent for a question", body=PromptBody,
            ),
            Route(
                "POST", f"{PREFIX}/undo", edit, self.undo, "Take a version back, for leads",
                body=UndoBody, answers=kept,
            ),
        ]  # fmt: skip

    @property
    def _desk(self) -> SettingsDesk:
        return self._leading.desk

    @property
    def _leading(self) -> Leading:
        if self._parts.leading is None:
            raise Refused(404, "On this gateway the settings are changed in config.yaml alone.")
        return self._parts.leading

    # --- Reading -----------------------------------------------------------------------------

    async def state(self, _: Call) -> web.StreamResponse:
        state = self._desk.state()
        return as_json(
            {
                "version": state.version,
                "keys": [_key(key) for key in state.keys],
                "locked": list(state.locked),
                "left_out": [
                    {
                        "number": number,
                        "held": number in state.held,
                        "problems": [_problem(one) for one in problems],
                    }
                    for number, problems in state.left_out.items()
                ],
            }
        )

    async def choices(self, _: Call) -> web.StreamResponse:
        return as_json(await asyncio.to_thread(choices_of, self._desk.current()))

    async def texts(self, call: Call) -> web.StreamResponse:
        asked = call.query_as(TextsQuery)
        settings = self._desk.current()
        if asked.language not in LANGUAGES:
            raise Refused(400, f"The texts are in {', '.join(LANGUAGES)}.")
        if asked.channel is not None and asked.channel not in settings.channels:
            raise Refused(400, "No channel has this name.")
        found = await asyncio.to_thread(
            listed, settings, asked.language, asked.channel, self._parts.clock.now()
        )
        return as_page([asdict(one) for one in found])

    async def versions(self, call: Call) -> web.StreamResponse:
        desk, before = self._desk, call.query_as(VersionsQuery).before
        found = await desk.history(before, HISTORY + 1, self._parts.tenant)
        items = [_kept(one, desk) for one in found[:HISTORY]]
        following = str(found[HISTORY - 1].number) if len(found) > HISTORY else None
        return as_page(items, following)

    # --- Changing ----------------------------------------------------------------------------

    async def save(self, call: Call) -> web.StreamResponse:
        body = call.body_as(SaveBody)
        asked = Asked(call.actor, body.id, body.seen, changes_of(body.changes), body.why)
        return await self._made(self._desk.save(asked, self._parts.tenant))

    async def undo(self, call: Call) -> web.StreamResponse:
        body = call.body_as(UndoBody)
        asked = Asked(call.actor, body.id, body.seen, {}, body.why)
        return await self._made(self._desk.undo(asked, body.number, self._parts.tenant))

    async def preview(self, call: Call) -> web.StreamResponse:
        body, desk = call.body_as(CheckBody), self._desk
        changes = changes_of(body.changes)
        if body.undoes is not None:
            changes = desk.values_before(body.undoes)
        try:
            after = await desk.checked(changes)
        except SettingsRefused as error:
            raise refused(error.problems) from None
        found = await self._leading.preview.compared(desk.current(), after, self._parts.tenant)
        return as_json({**found, "changes": changes_as_json(changes)})

    async def prompt(self, call: Call) -> web.StreamResponse:
        body, settings = call.body_as(PromptBody), self._desk.current()
        if body.channel not in settings.channels or body.language not in LANGUAGES:
            raise Refused(422, "Name a channel that is configured, and a language that is spoken.")
        try:
            found = await self._leading.prompt.assembled(
                settings, body.question, body.channel, body.language
            )
        except KnowledgeUnavailable:
            raise Refused(503, "The knowledge is being read; try again in a moment.") from None
        return as_json(found)

    async def _made(self, saving: Awaitable[int]) -> web.StreamResponse:
        desk = self._desk
        try:
            number = await saving
        except SettingsMoved as error:
            since = [_kept(one, desk) for one in error.since]
            raise Conflict(str(error), {"version": error.newest, "since": since}) from None
        except SettingsRefused as error:
            raise refused(error.problems) from None
        return as_json({"version": number})


def changes_of(given: Sequence[ChangeBody]) -> Changes:
    """
    Raises:
        Refused: 422, a key twice, one that is not changed on the desk, or YAML that is none.
    """
    found: dict[tuple[str, ...], Given | None] = {}
    for one in given:
        try:
            path = path_of(one.key)
            value = one.value if one.yaml is None else values.read(one.yaml, path)
        except NotEditable as error:
            raise refused([Problem(str(error))]) from None
        except ConfigurationError as error:
            raise refused(error.problems) from None
        if path in found:
            raise Refused(422, f"{dotted(path)} is there twice.")
        if len(json.dumps(value)) > VALUE_LIMIT:
            raise refused([Problem("is too long", path, "say less")])
        found[path] = None if one.reset else Given(value)
    return found


def refused(problems: Sequence[Problem]) -> Refused:
    """422 with every problem at its key."""
    refusal = Refused(422, "; ".join(str(problem) for problem in problems[:5]))
    told = [_problem(problem) for problem in problems]
    refusal.text = json.dumps({**json.loads(refusal.text or "{}"), "problems": told})
    return refusal


def _problem(problem: Problem) -> Mapping[str, str]:
    return {"key": dotted(problem.path), "message": problem.message, "mend": problem.mend}


def _key(key: Key) -> Mapping[str, Any]:
    nested = isinstance(key.value, dict | list)
    return {
        "key": dotted(key.path),
        "section": section_at(key.path),
        "value": key.value,
        "yaml": values.written(key.value) if nested else None,
        "written": key.written,
        "version": key.version,
        "locked": key.locked,
    }


def _kept(one: Kept, desk: SettingsDesk) -> Mapping[str, Any]:
    """With the difference: of each key what was before, {} where config.yaml's held."""
    return {
        "number": one.number,
        "by": one.by,
        "at": one.at,
        "why": one.why,
        "undoes": one.undoes,
        "changes": changes_as_json(one.version.changes),
        "before": changes_as_json(desk.difference(one.number)),
        "left_out": one.number in desk.state().left_out,
    }
