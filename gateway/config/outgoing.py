"""Where outgoing events go, as frozen data. It opens nothing and says nothing of how they are
sent."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from channels.api.settings import deliverable, strong_secret

EventKind: TypeAlias = Literal["case.opened", "handoff", "reply", "resolved", "rated"]
EVENT_KINDS: tuple[EventKind, ...] = get_args(EventKind)


def _network(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError:
        raise ValueError("must be an address or network like 10.0.0.0/8") from None


class EventReceiver(BaseModel):
    """One system that is told what happens. ``secret`` signs: ``whsec_`` and base64, or any 32
    characters. ``networks`` are the operator's own that ``url`` may lead into; without them it
    leads to the public internet, or to this machine where its host says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, Field(max_length=2000, repr=False), AfterValidator(deliverable)]
    secret: Annotated[SecretStr, AfterValidator(strong_secret)]
    kinds: Annotated[tuple[EventKind, ...], Field(min_length=1)] = EVENT_KINDS
    networks: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
