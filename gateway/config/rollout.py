"""How far the assistant is let, by channel and by what the customer wants: the settings, and what
follows of them for one channel. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Mode: TypeAlias = Literal["off", "shadow", "draft", "auto"]
When: TypeAlias = Literal["always", "off_hours_only"]
Intent: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _short(value: object) -> object:
    """A mode alone stands for a rule that says nothing else."""
    return {"mode": value} if isinstance(value, str) else value


class IntentRollout(_Frozen):
    """``mode`` and ``hours`` are the channel's where they are not given."""

    mode: Mode | None = None
    hours: When | None = None


class ChannelRollout(IntentRollout):
    """``mode`` holds where no intent is known, or none of those that are named."""

    intents: Mapping[Intent, Annotated[IntentRollout, BeforeValidator(_short)]] = Field(
        default_factory=dict[str, IntentRollout]
    )


ShortChannelRollout: TypeAlias = Annotated[ChannelRollout, BeforeValidator(_short)]


@dataclass(frozen=True, slots=True)
class Stage:
    """How far the assistant is let in one sort of conversation."""

    mode: Mode
    off_hours_only: bool = False

    def now(self, *, team_open: bool) -> Mode:
        """The mode at this hour: where only off hours are the assistant's, people have the rest."""
        return "off" if self.off_hours_only and team_open else self.mode


@dataclass(frozen=True, slots=True)
class Stages:
    """Those of one channel: ``general``, and of each intent that is named."""

    general: Stage
    intents: Mapping[str, Stage] = field(default_factory=dict[str, Stage])

    def of(self, intent: str | None) -> Stage:
        return self.intents.get(intent or "", self.general)

    @property
    def ever_answers(self) -> bool:
        """Whether the brain has to be asked at all."""
        return any(stage.mode != "off" for stage in (self.general, *self.intents.values()))


OPEN = Stages(Stage("auto"))


def stages_of(rule: ChannelRollout | None, default: IntentRollout, *, demo: bool) -> Stages:
    """What holds on a channel. ``rule`` is its own, None where it has none; a real channel is
    opened in its own rule only, so a ``default`` of ``auto`` opens demo channels alone."""
    mode: Mode = default.mode or ("auto" if demo else "draft")
    if mode == "auto" and not demo:
        mode = "draft"
    own = rule or ChannelRollout()
    general = _stage(own, Stage(mode, default.hours == "off_hours_only"))
    intents = {intent: _stage(each, general) for intent, each in own.intents.items()}
    return Stages(general, cast("Mapping[str, Stage]", intents))


def _stage(rule: IntentRollout, otherwise: Stage) -> Stage:
    only = otherwise.off_hours_only if rule.hours is None else rule.hours == "off_hours_only"
    return Stage(rule.mode or otherwise.mode, only)
