"""Everything an operator may set, as frozen data. It never reads files or the environment, and
never says how a value is used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal, Protocol, TypeAlias, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SkipValidation,
    ValidationInfo,
    field_validator,
)

from brain.settings import BrainSettings
from gateway.config.desks import DeskSettings, StaffEntry
from gateway.config.editable import can_be_locked
from gateway.config.findings import refusal
from gateway.config.hours import ALWAYS, Hours, parse_holiday, parse_hours, parse_zone
from gateway.config.outgoing import EventReceiver
from gateway.config.ratings import RatingSettings
from gateway.config.rollout import IntentRollout, ShortChannelRollout, Stages, stages_of
from gateway.config.texts import Overrides, parse_texts
from gateway.errors import ConfigurationError
from gateway.privacy.found import Kind
from gateway.privacy.masking import USUAL, Masking

Language: TypeAlias = Literal["en", "de", "fr", "es", "it", "pt", "nl"]
Form: TypeAlias = Literal["formal", "informal"]
# The languages in which the gateway's own texts come in both forms.
Addressing: TypeAlias = Literal["de", "fr"]
LANGUAGES: tuple[str, ...] = get_args(Language)
WEB_DESK = "web"

_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")


def _name(value: str) -> str:
    if _NAME.fullmatch(value) is None:
        raise ValueError(NAME_FORM)
    return value


NAME_FORM = "a name is small letters, digits and hyphens, at most 41, a letter first"
Name: TypeAlias = Annotated[str, AfterValidator(_name)]


def is_name(value: str) -> bool:
    return _NAME.fullmatch(value) is not None


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _address(value: str) -> str:
    """A base address: scheme, host, maybe a port and a path."""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        raise ValueError(_ADDRESS_FORM) from None
    if not usable or re.search(r"[\s\\]", value):
        raise ValueError(_ADDRESS_FORM)
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must not hold a user, a query or a fragment")
    return value.rstrip("/")


_ADDRESS_FORM = "must be an address like https://help.example.com"


def _host(value: str) -> str:
    """A site by its name alone, as it stands in an address."""
    if re.fullmatch(r"(?=.{4,253}\Z)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+", value.lower()) is None:
        raise ValueError("must be the name of a site alone, like help.example.com")
    return value.lower()


def _zone(value: str) -> str:
    return parse_zone(value).key


def _lock(value: str) -> str:
    if not can_be_locked(value):
        raise ValueError("is nothing that the desk may change, so there is nothing to lock")
    return value


def _network(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError:
        raise ValueError("must be an address or network like 10.0.0.0/8") from None


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class ServerSettings(Section):
    """Where the gateway listens. Port 0 takes any free one."""

    host: Annotated[str, Field(min_length=1, max_length=253)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    trusted_proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
    insecure_http: bool = False


class StoreSettings(Section):
    """Where everything is kept. ``url`` may hold a password, so it is never shown; ``load`` makes
    the paths absolute and gives ``files`` its default inside ``data``."""

    url: Annotated[str, Field(repr=False)] = "sqlite:///var/frontdesk.db"
    data: Path = Path("var")
    files: Path | None = None

    @field_validator("url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not re.match(r"sqlite:///(?!:memory:)[^?#]+$|postgresql://.", value):
            raise ValueError(
                "must be sqlite:///path/to/file.db or postgresql://user:password@host/database"
            )
        return value

    @property
    def folder(self) -> Path:
        """Where attachments lie, content-addressed."""
        return self.files or self.data / "files"


Holiday: TypeAlias = Annotated[date, BeforeValidator(parse_holiday)]


Word: TypeAlias = Annotated[str, Field(min_length=2, max_length=60, pattern=r"\w")]


class VoiceSettings(Section):
    """How this business speaks, in answers and in the texts of its own."""

    words: Annotated[Mapping[Word, Word], Field(max_length=200)] = Field(
        default_factory=dict[str, str]
    )
    never: Annotated[tuple[Word, ...], Field(max_length=200)] = ()
    form: Mapping[Addressing, Form] = Field(default_factory=dict[Addressing, Form])
    longest: Mapping[Name, Annotated[int, Field(ge=100, le=20_000)]] = Field(
        default_factory=dict[str, int]
    )


class BusinessSettings(Section):
    """Who speaks and when. The first language is the one used when a customer's is not known;
    without ``hours`` people are always there. A case that people closed is the same for who comes
    back within ``reopen_hours``."""

    name: Annotated[str, Field(min_length=1, max_length=60)] = "Our team"
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en",)
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    holidays: Annotated[tuple[Holiday, ...], Field(max_length=400)] = ()
    # After the two fields that it is made of.
    hours: Hours | None = None
    texts: Overrides = Field(default_factory=dict[str, str])
    voice: VoiceSettings = VoiceSettings()
    rating: RatingSettings = RatingSettings()
    reopen_hours: Annotated[float, Field(ge=0, le=720)] = 24.0

    @field_validator("languages")
    @classmethod
    def _each_once(cls, value: tuple[Language, ...]) -> tuple[Language, ...]:
        if len(set(value)) != len(value):
            raise ValueError("names a language twice")
        return value

    @field_validator("hours", mode="plain")
    @classmethod
    def _in_zone(cls, value: object, info: ValidationInfo) -> Hours | None:
        # What is not among the data is wrong and has its own problem.
        holidays: tuple[date, ...] = info.data.get("holidays", ())
        if isinstance(value, Hours) or (value is None and not holidays):
            return value
        zone = parse_zone(info.data.get("timezone", "UTC"))
        try:
            return parse_hours(ALWAYS if value is None else value, zone, holidays)
        except ConfigurationError as error:
            raise refusal(error) from None

    @field_validator("texts", mode="plain")
    @classmethod
    def _of_one_form(cls, value: object) -> Overrides:
        try:
            return parse_texts(value)
        except ConfigurationError as error:
            raise refusal(error) from None


class ChannelEntry(Protocol):
    """What the gateway itself reads of a channel; the rest is the adapter's own settings model,
    chosen by ``kind``. ``as_`` lends it another kind's capabilities; ``quiet_seconds`` replaces
    the kind's own."""

    @property
    def kind(self) -> str: ...
    @property
    def as_(self) -> str | None: ...
    @property
    def demo(self) -> bool: ...
    @property
    def desk(self) -> str: ...
    @property
    def quiet_seconds(self) -> float | None: ...


class RolloutSettings(IntentRollout):
    """How far the assistant is let: ``mode`` and ``hours`` of channels without a rule of their own,
    and the rules of ``channels``."""

    channels: Mapping[Name, ShortChannelRollout] = Field(
        default_factory=dict[str, ShortChannelRollout]
    )

    def on(self, channel: str, *, demo: bool) -> Stages:
        return stages_of(self.channels.get(channel), self, demo=demo)


class PrivacySettings(Section):
    """What is masked before a model, a log line and the desk. ``originals`` says whether the words
    as they came are kept for leads, or never stored; ``link_hosts`` are sites that an answer may
    link to without having the address from an article or an action; for ``keep_prompts_days`` what
    models were asked and answered stays with the trace, masked, with 0 it is never stored."""

    mask: frozenset[Kind] = USUAL
    originals: Literal["keep", "drop"] = "keep"
    link_hosts: Annotated[
        tuple[Annotated[str, AfterValidator(_host)], ...], Field(max_length=200)
    ] = ()
    keep_prompts_days: Annotated[int, Field(ge=0, le=3650)] = 30

    @property
    def masking(self) -> Masking:
        return Masking(self.mask)


class TelemetrySettings(Section):
    """Where spans go, by OTLP over gRPC; without an endpoint there are none. ``sample_ratio`` is
    the share of messages that are traced; with ``content`` the spans of models have what was asked
    and answered, masked. ``events`` are the systems that are told what happens."""

    endpoint: Annotated[str, AfterValidator(_address)] | None = None
    sample_ratio: Annotated[float, Field(ge=0, le=1)] = 1.0
    content: bool = False
    events: Annotated[Mapping[Name, EventReceiver], Field(max_length=20)] = Field(
        default_factory=dict[str, EventReceiver]
    )


class Settings(Section):
    """One valid configuration; readers keep the object that they began with. ``locked`` are keys
    that the desk may not change."""

    # Channel entries were validated by the models of their kinds.
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    public_url: Annotated[str, AfterValidator(_address)] | None = None
    server: ServerSettings = ServerSettings()
    store: StoreSettings = StoreSettings()
    business: BusinessSettings = BusinessSettings()
    channels: Mapping[Name, SkipValidation[ChannelEntry]] = Field(
        default_factory=dict[str, ChannelEntry]
    )
    desks: Mapping[Name, DeskSettings] = Field(default_factory=dict[str, DeskSettings])
    staff: Annotated[tuple[StaffEntry, ...], Field(max_length=500)] = ()
    brain: BrainSettings = BrainSettings()
    rollout: RolloutSettings = RolloutSettings()
    privacy: PrivacySettings = PrivacySettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    locked: Annotated[tuple[Annotated[str, AfterValidator(_lock)], ...], Field(max_length=200)] = ()

    @field_validator("desks")
    @classmethod
    def _with_web_desk(cls, value: Mapping[str, DeskSettings]) -> Mapping[str, DeskSettings]:
        return {WEB_DESK: DeskSettings(), **value}

    def desk_of(self, channel: str) -> str:
        """The desk that a channel's conversations are handed to."""
        entry = self.channels.get(channel)
        return WEB_DESK if entry is None else entry.desk

    @property
    def base_url(self) -> str:
        """The address that links begin with: ``public_url``, else that of the listener."""
        if self.public_url is not None:
            return self.public_url
        host = f"[{self.server.host}]" if ":" in self.server.host else self.server.host
        return f"http://{host}:{self.server.port}"
