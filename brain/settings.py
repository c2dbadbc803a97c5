"""What of the brain an operator may set, as frozen data; it never reads files or the environment.
The knowledge adapters and the policy take these values as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

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


Tier = Literal[1, 2, 3]
Word = Annotated[str, Field(min_length=1, max_length=200)]
IntentName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]


Example = Annotated[str, Field(min_length=2, max_length=500)]
Examples = Annotated[tuple[Example, ...], Field(min_length=1, max_length=200)]


class Conditions(_Frozen):
    """Of a rule; all that are given must hold, and one of the values of each. ``senders`` and
    ``places`` may hold ``*`` for anything. A condition on what is not known does not hold."""

    intents: tuple[IntentName, ...] = ()
    topics: tuple[Word, ...] = ()
    channels: tuple[Word, ...] = ()
    places: tuple[Word, ...] = ()
    senders: tuple[Word, ...] = ()
    customers: tuple[Word, ...] = ()
    tags: tuple[Word, ...] = ()
    languages: tuple[Word, ...] = ()
    words: tuple[Word, ...] = ()
    verified: bool | None = None
    frustrated: bool | None = None
    confused: bool | None = None
    buying: bool | None = None
    amount_above: Annotated[float, Field(ge=0.0)] | None = None
    unsuccessful: Annotated[int, Field(ge=1, le=3)] | None = None
    contacts: Annotated[int, Field(ge=2, le=20)] | None = None
    confidence_below: Ratio | None = None
    hours: Literal["open", "closed"] | None = None

    @model_validator(mode="after")
    def _any(self) -> Conditions:
        if not self.model_fields_set:
            raise ValueError("needs a condition, or the rule would hold for every message")
        return self


class EscalationRule(_Frozen):
    """Where ``when`` holds, the turn is of this tier at least; unless it is not ``enabled``."""

    name: IntentName
    when: Conditions
    tier: Literal[2, 3] = 3
    enabled: bool = True


class CustomerRule(_Frozen):
    """Who writes from one of ``senders`` (``*`` is anything) is such a customer; what is not given
    is left as the business's own records have it."""

    senders: Annotated[tuple[Word, ...], Field(min_length=1, max_length=1000)]
    vip: bool = False
    tier: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    prefers_person: bool = False
    tags: Annotated[tuple[Word, ...], Field(max_length=20)] = ()


Price = Annotated[float, Field(ge=0.0, le=10_000.0)]
Label = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]


class ModelPrice(_Frozen):
    """US dollars for a million tokens. What is read from the provider's cache costs ``cached``,
    what is written to it ``cache_write``; each is ``input`` where it is not given."""

    input: Price
    output: Price
    cached: Price | None = None
    cache_write: Price | None = None


class ModelParameters(_Frozen):
    """How a model likes to be asked. ``limit`` is the name under which it takes the most tokens of
    an answer; ``structured`` the strongest form of structured output that it can do; ``extra`` goes
    into the body of every request as it is. A temperature is sent only where one is given."""

    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: Annotated[float, Field(ge=0.0, le=2.0)] | None = None
    structured: Literal["schema", "object", "text"] = "schema"
    answer_tokens: Annotated[int, Field(ge=128, le=32_000)] = 1500
    extra: Mapping[str, object] = Field(default_factory=dict[str, object])


class ModelSettings(_Frozen):
    """A model that may write answers. ``provider`` is the protocol that it speaks: many others than
    OpenAI speak ``openai`` behind their own ``api_base``. ``context`` is how many tokens it can
    read; ``tags`` are what a route may demand of it, such as where it runs."""

    provider: Literal["anthropic", "openai"]
    model: Annotated[str, Field(min_length=1, max_length=120)]
    api_key: SecretStr | None = None
    api_base: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] | None = None
    context: Annotated[int, Field(ge=2_000, le=10_000_000)] = 128_000
    tags: tuple[Label, ...] = ()
    parameters: ModelParameters = Field(default_factory=ModelParameters)
    price: ModelPrice | None = None


class RouteRule(_Frozen):
    """Which models may answer, the first one first, where every condition that is given holds;
    without any condition it always holds. No ``models`` means that people answer. ``why`` is told
    in the trace. A condition on what is not known does not hold; ``tags`` is a condition on
    the customer's, ``demand`` are tags that each of the models has to have."""

    why: Annotated[str, Field(max_length=200)] | None = None
    topics: tuple[str, ...] = ()
    sentiment: tuple[Literal["negative", "neutral", "positive"], ...] = ()
    complexity: Literal["simple", "hard"] | None = None
    customers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    context_above: Annotated[int, Field(ge=0)] | None = None
    budget_below: Ratio | None = None
    demand: tuple[Label, ...] = ()
    models: tuple[Label, ...] = ()


class RouteSettings(_Frozen):
    """Either one of the shipped routes (``use``) or ``rules``, of which the first that holds
    counts. Every model has to have all of ``tags``."""

    use: Literal["frugal", "anthropic", "warm"] | None = None
    tags: tuple[Label, ...] = ()
    rules: tuple[RouteRule, ...] = ()

    @model_validator(mode="after")
    def _one_of_both(self) -> RouteSettings:
        if (self.use is None) != bool(self.rules):
            raise ValueError("a route has either use or rules")
        return self


class EscalationSettings(_Frozen):
    """``unsuccessful`` is how many exchanges may fail before a person is called, ``contacts`` at
    which contact on the same matter one is; above ``refund_limit``, in whatever money is named, a
    person looks at a refund. ``people_only`` are channels that people answer, ``customers`` what is
    known of who writes from an account or address."""

    unsuccessful: Annotated[int, Field(ge=1, le=3)] = 2
    contacts: Annotated[int, Field(ge=2, le=20)] = 3
    refund_limit: Annotated[float, Field(ge=0.0)] = 100.0
    people_only: tuple[Word, ...] = ()
    customers: Annotated[tuple[CustomerRule, ...], Field(max_length=200)] = ()
    rules: Annotated[tuple[EscalationRule, ...], Field(max_length=200)] = ()


class RefineSettings(_Frozen):
    """Which models may read a message again that was not understood surely: where the chance of its
    intent is below ``below``. They have ``seconds`` together."""

    models: Annotated[tuple[Label, ...], Field(min_length=1, max_length=5)]
    below: Ratio = 0.6
    seconds: Annotated[float, Field(ge=1.0, le=15.0)] = 4.0


class TriageSettings(_Frozen):
    """How messages are read. Without ``refine`` no model is asked what they are about."""

    refine: RefineSettings | None = None


class LimitSettings(_Frozen):
    """What may be spent in a day: US dollars, and tokens of input and output together. None is no
    limit."""

    usd: Annotated[float, Field(ge=0.0, le=1_000_000.0)] | None = None
    tokens: Annotated[int, Field(ge=0, le=10**12)] | None = None


class BudgetSettings(_Frozen):
    """Limits of one day of the business for asking models: of the tenant, of single departments
    (by desk), and of each conversation. All that apply hold."""

    tenant: LimitSettings = Field(default_factory=LimitSettings)
    departments: Mapping[str, LimitSettings] = Field(default_factory=dict[str, LimitSettings])
    conversation: LimitSettings = Field(default_factory=LimitSettings)


class JudgeSettings(_Frozen):
    """Models that judge what was written, beside the check that is made here; none by default."""

    models: tuple[Label, ...] = ()


class BrainSettings(_Frozen):
    """``approved`` are topics and intents that are answered with approved sentences only."""

    knowledge: KnowledgeSettings = Field(default_factory=KnowledgeSettings)
    escalation: EscalationSettings = Field(default_factory=EscalationSettings)
    triage: TriageSettings = Field(default_factory=TriageSettings)
    intents: Mapping[IntentName, Examples] = Field(default_factory=dict[str, tuple[str, ...]])
    tiers: Mapping[IntentName, Tier] = Field(default_factory=dict[str, Tier])
    models: Mapping[Label, ModelSettings] = Field(default_factory=dict[str, ModelSettings])
    budgets: BudgetSettings = Field(default_factory=BudgetSettings)
    routes: Mapping[Label, RouteSettings] = Field(default_factory=dict[str, RouteSettings])
    judge: JudgeSettings = Field(default_factory=JudgeSettings)
    approved: tuple[IntentName, ...] = ()
    actions: ActionsSettings = Field(default_factory=ActionsSettings)
