"""What of the brain an operator may set, as frozen data; it never reads files or the environment.
The knowledge adapters and the policy take these values as they are."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from brain.action_settings import ActionsSettings

# A plain assignment, because pydantic needs the alias at run time.
from brain.contract import Audience

Ratio = Annotated[float, Field(ge=0.0, le=1.0)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KnowledgeSource(_Frozen):
    """Where articles come from: a file or folder (``path``), one page (``url``) or all pages that
    a sitemap names (``sitemap``). ``language`` is None where each article says its own;
    ``refresh_hours`` is how often the source is read again by itself, 0 for never."""

    path: str | None = Field(default=None, min_length=1)
    url: str | None = Field(default=None, min_length=1)
    sitemap: str | None = Field(default=None, min_length=1)
    audience: Audience = "public"
    language: str | None = None
    demo: bool = False
    owner: str | None = Field(default=None, min_length=1, max_length=120)
    refresh_hours: Annotated[int, Field(ge=0, le=24 * 365)] = 24

    @model_validator(mode="after")
    def _one_place(self) -> KnowledgeSource:
        if sum(place is not None for place in (self.path, self.url, self.sitemap)) != 1:
            raise ValueError("a source has exactly one of path, url and sitemap")
        return self

    @property
    def place(self) -> str:
        """The path or address as it was written."""
        return self.path or self.url or self.sitemap or ""


class EmbeddingSettings(_Frozen):
    """What turns texts into vectors. ``model`` is ``local`` (the sentence model of the locked
    package), ``characters`` (n-grams, no model), the path of a folder with ``model.onnx`` and
    ``tokenizer.json``, or with ``api_base`` the name of a model behind an OpenAI-compatible
    embeddings API."""

    model: str = Field(default="local", min_length=1)
    api_base: str | None = Field(default=None, min_length=1)
    api_key: SecretStr | None = None


class KnowledgeSettings(_Frozen):
    """``threshold`` is the confidence below which a person answers instead. Pages are fetched from
    public addresses only, and from those in ``private_networks``."""

    sources: tuple[KnowledgeSource, ...] = ()
    threshold: Ratio = 0.7
    embedding: EmbeddingSettings = Field(default_factory=EmbeddingSettings)
    private_networks: tuple[str, ...] = ()


class EscalationSettings(_Frozen):
    """``unsuccessful`` is how many exchanges may fail before a person is called."""

    unsuccessful: Annotated[int, Field(ge=1, le=3)] = 2


class BrainSettings(_Frozen):
    knowledge: KnowledgeSettings = Field(default_factory=KnowledgeSettings)
    escalation: EscalationSettings = Field(default_factory=EscalationSettings)
    actions: ActionsSettings = Field(default_factory=ActionsSettings)
