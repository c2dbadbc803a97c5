"""What of the brain an operator may set, as frozen data; it never reads files or the environment.
The knowledge adapters and the policy take these values as they are."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# A plain assignment, because pydantic needs the alias at run time.
from brain.contract import Audience

Ratio = Annotated[float, Field(ge=0.0, le=1.0)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KnowledgeSource(_Frozen):
    """A file or folder of articles. ``language`` is None where each article says its own."""

    path: str = Field(min_length=1)
    audience: Audience = "public"
    language: str | None = None
    demo: bool = False


class KnowledgeSettings(_Frozen):
    """``threshold`` is the confidence below which a person answers instead."""

    sources: tuple[KnowledgeSource, ...] = ()
    threshold: Ratio = 0.7


class EscalationSettings(_Frozen):
    """``unsuccessful`` is how many exchanges may fail before a person is called."""

    unsuccessful: Annotated[int, Field(ge=1, le=3)] = 2


class BrainSettings(_Frozen):
    knowledge: KnowledgeSettings = Field(default_factory=KnowledgeSettings)
    escalation: EscalationSettings = Field(default_factory=EscalationSettings)
