"""A business system that keeps a ledger, and a gateway that acts on it: the whole way of an action
without HTTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import RowMapping, select, update

from brain.action_settings import ActionsSettings
from brain.actions.acting import Acting
from brain.actions.catalogue import Catalogue, catalogue_of
from brain.acts import ActionRequest, Answered
from brain.contract import Decision, TurnInput
from channels.events import Accepted, Address, Chosen, InboundMessage, Sender
from gateway.actions.loop import ActionLoop, ActionTools
from gateway.desk.approvals import Approvals
from gateway.store.schema.actions import action_events, actions
from gateway.store.schema.conversation import conversations
from gateway.turns.plan import TurnSetup
from tests.gateway.pipeline.rig import ADA, CHANNEL, Rig

REFUND: Mapping[str, Any] = {
    "title": {"en": "Refund an order", "de": "Bestellung erstatten"},
    "kind": "write",
    "backend": "shop",
    "method": "POST",
    "path": "/orders/{order}/refund",
    "parameters": {
        "type": "object",
        "properties": {"order": {"type": "string"}, "amount": {"type": "number"}},
        "required": ["order", "amount"],
        "additionalProperties": False,
    },
    "labels": {"order": "Order", "amount": "Amount"},
    "amount": "amount",
    "approve_above": 100,
    "lookup": {"path": "/orders/{order}", "fill": {"amount": "total"}},
    "touches": ["money"],
    "per_day": 100_000,
    "answer": "order {order} is refunded",
    "missing": "I can't find order {order} in your account.",
    "asks": {"en": ["refund"], "de": ["erstatten"]},
    "slots": {"order": r"\b([A-Z]\d+)\b"},
    "prompts": {"order": "Which order is it?"},
}
NOTE: Mapping[str, Any] = {
    "title": "Add a note",
    "kind": "write",
    "backend": "shop",
    "method": "POST",
    "path": "/notes",
    "parameters": {"type": "object", "properties": {"text": {"type": "string"}}},
    "reversible": "true",
    "touches": [],
    "free": "true",
    "asks": {"en": ["note"]},
}


def catalogue(*, read_back: bool = False, **backend: object) -> Catalogue:
    refund = dict(REFUND)
    if read_back:
        refund["read_back"] = {"path": "/orders/{order}", "expect": {"status": "refunded"}}
    settings = ActionsSettings.model_validate(
        {
            "backends": {"shop": {"url": "http://shop.example", "verify": "/codes", **backend}},
            "catalogue": {"refund": refund, "note": dict(NOTE)},
        }
    )
    return catalogue_of(settings, {})


class Ledger:
    """Implements ``Actions``. ``orders`` says whose each is and what it cost; ``answers`` come
    first, in order: ``lost`` does it and gives no answer, ``vanished`` does not and gives none."""

    def __init__(self) -> None:
        self.orders: dict[str, tuple[str, float]] = {"A1": ("ada", 49.0), "B2": ("bob", 20.0)}
        self.effects: list[tuple[str, str, Mapping[str, Any], str | None]] = []
        self.asked: Counter[str] = Counter()
        self.answers: list[str] = []
        self.codes: list[str] = []
        self.idempotent = False

    async def look_up(self, request: ActionRequest, customer: str | None) -> Answered:
        owner, total = self.orders.get(str(request.arguments.get("order")), ("", 0.0))
        if owner != customer:
            return Answered("refused", reason="not found")
        return Answered("done", {"total": total})

    async def read(self, request: ActionRequest, customer: str | None) -> Answered:
        return await self.look_up(request, customer)

    async def write(self, request: ActionRequest, customer: str | None, key: str) -> Answered:
        self.asked[key] += 1
        answer = self.answers.pop(0) if self.answers else "done"
        if answer in {"done", "lost"} and not (self.idempotent and self.times(key)):
            self.effects.append((key, request.action, dict(request.arguments), customer))
        if answer == "done":
            return Answered("done", {"reference": "R1"})
        if answer in {"lost", "vanished"}:
            return Answered("unknown", reason="no answer")
        return Answered("refused" if answer == "refused" else "failed", reason=answer)

    async def read_back(self, request: ActionRequest, customer: str | None, key: str) -> Answered:
        if self.times(key):
            return Answered("done", {"status": "refunded"})
        return Answered("unknown", reason="status is open")

    async def send_code(self, request: ActionRequest, code: str) -> Answered:
        owner, _ = self.orders.get(str(request.arguments.get("order")), ("", 0.0))
        if not owner:
            return Answered("refused", reason="not found")
        self.codes.append(code)
        return Answered("done", {"customer": owner, "masked": f"{owner[0]}•••@example.com"})

    def times(self, key: str) -> int:
        return sum(effect[0] == key for effect in self.effects)


@dataclass
class ActingRig(Rig):
    """A rig whose brain acts, with the loop that carries it out. ``user`` is the signed identity
    under which the customer writes, None for nobody's."""

    ledger: Ledger = field(default_factory=Ledger)
    offered: Catalogue = field(default_factory=catalogue)
    user: str | None = "ada"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.actions = ActionLoop(
            ActionTools(
                self.store,
                self.node,
                self.ledger,
                lambda: self.offered,
                lambda: self.notices,
                self.rendering,
                self.failpoint,
            )
        )
        self.approvals = Approvals(self.store, self.rendering, lambda: self.notices)

    def setup(self) -> TurnSetup:
        made = super().setup()
        brain = Acting(self.brain, self.offered, self.ledger, lambda: "123456")
        return replace(made, brain=brain, catalogue=self.offered)

    async def write(self, text: str, chat: str = "c1", *, public: bool = False) -> Accepted:
        return await self.accept(
            InboundMessage(uuid4().hex, Address(chat), text, self._sender(chat), public=public)
        )

    async def push(self, begins: str, chat: str = "c1", *, nth: int = -1) -> Accepted:
        """Press the yes or the no (``yes:``, ``no:``) of a proposal, the newest by default."""
        offering = [m for m in await self.messages(chat) if f'"{begins}' in m["choices"]][nth]
        choice = offering["choices"].split(f'"{begins}')[1].split('"')[0]
        return await self.accept(
            Chosen(
                uuid4().hex, Address(chat), offering["id"], f"{begins}{choice}", self._sender(chat)
            )
        )

    async def say_and_settle(self, *texts: str) -> None:
        for text in texts:
            await self.write(text)
            await self.work()

    async def work(self, quiet: float = 6.0) -> None:
        """Let all that is due be worked off, actions included."""
        self.clock.pass_(quiet)
        while await self.turns.once() + await self.outbox.once() + await self.actions.once():
            pass

    async def rows(self) -> Sequence[RowMapping]:
        return await self.store.read(
            lambda r: r.all(select(actions).order_by(actions.c.created_at, actions.c.id))
        )

    async def states(self) -> list[str]:
        return [row["state"] for row in await self.rows()]

    async def audit(self) -> list[str]:
        found = await self.store.read(
            lambda r: r.all(
                select(action_events.c.event).order_by(action_events.c.at, action_events.c.number)
            )
        )
        return [row["event"] for row in found]

    async def said(self, chat: str = "c1") -> list[str]:
        """The keys of all notices, by whoever spoke them."""
        return [row["notice"] for row in await self.messages(chat) if row["notice"]]

    async def approve(self) -> bool:
        return await self.approvals.approve((await self.rows())[-1]["id"], ADA)

    async def steal_lease(self) -> None:
        """Another node claims the conversation."""
        await self.store.write(
            lambda unit: unit.execute(update(conversations).values(claim=conversations.c.claim + 1))
        )

    def _sender(self, chat: str) -> Sender:
        if self.user is None:
            return Sender((f"user-{chat}",), name="Ada")
        return Sender((self.user, f"user-{chat}"), name="Ada", verified="hs256")


def asks_for(action: str, **arguments: object) -> Any:
    """A brain that obeys whoever speaks to it."""

    def decide(_turn: TurnInput) -> Decision:
        return Decision(
            kind="propose_action", action=ActionRequest(action, arguments), language="en"
        )

    return decide


def acting(store: Any, clock: Any, folder: Path, **more: Any) -> ActingRig:
    return ActingRig(store, clock, folder, **more)


__all__ = ["CHANNEL", "ActingRig", "Ledger", "acting", "asks_for", "catalogue"]
