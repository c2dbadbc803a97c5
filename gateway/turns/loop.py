"""The claim loop of turns: due conversations in, decisions committed, leases kept meanwhile."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import structlog
from sqlalchemy import RowMapping

from brain.contract import Decision, Reason, TurnInput
from channels.contract import Clock
from gateway.conversations.messages import topic
from gateway.conversations.ownership import TURNS
from gateway.conversations.pauses import is_paused
from gateway.conversations.rendering import Rendering
from gateway.errors import StoreUnavailable
from gateway.records import CLAIMS_KEY, Claimed, Node
from gateway.store.claims import POLL_SECONDS, ClaimLoop
from gateway.store.store import Store
from gateway.store.unit import Unit
from gateway.telemetry.context import begin
from gateway.telemetry.facts import Staged
from gateway.turns import commit
from gateway.turns.acting import Acts
from gateway.turns.asking import turn_input
from gateway.turns.briefing import brief_of
from gateway.turns.circles import going_round
from gateway.turns.comments import heard
from gateway.turns.leases import claim_due, next_due, release, renew
from gateway.turns.opened import Opened, open_claimed, open_turn
from gateway.turns.passing import in_circles, not_answering, our_failure, paused
from gateway.turns.plan import ChannelRules, Plan, Planner, TurnSetup, rules_of

Verdict: TypeAlias = Literal["go on", "fenced", "supersede"]
WATCH_SECONDS = 8.0
DECIDE_SECONDS = 95.0
# So many are opened in the unit that claims them: a commit and a way through the writer less for
# each. Any more have units of their own, so that none is long.
AT_ONCE = 4
MOST = 50
SUPERSEDES = 2
SUPERSEDE_WITHIN_SECONDS = 20.0
log = structlog.get_logger()


class _Superseded(Exception):
    pass


class _Fenced(Exception):
    pass


@dataclass(frozen=True, slots=True)
class TurnTools:
    """What the loop is built with. ``setup`` gives the configuration in force when called."""

    store: Store
    node: Node
    setup: Callable[[], TurnSetup]
    rendering: Rendering
    clock: Clock
    failpoint: Callable[[str], None]
    capacity: int = 500
    random: Callable[[int], bytes] = secrets.token_bytes


class TurnLoop(ClaimLoop):
    def __init__(self, tools: TurnTools) -> None:
        super().__init__(tools.store.signals, TURNS)
        self._tools = tools
        self._store = tools.store
        # One answer at a time is rendered, and the event loop breathes in between.
        self._planning = asyncio.Lock()

    async def _claim(self) -> float:
        room = self._tools.capacity - len(self._running)
        self._full = room <= MOST
        if room <= 0:
            return POLL_SECONDS
        free = min(room, MOST)
        setup = self._tools.setup()
        try:
            begun, due = await self._claimed(setup, free, AT_ONCE)
        except StoreUnavailable:
            raise
        except Exception:  # one that cannot be opened fails in its own unit, and no other with it
            log.exception("turns.not_opened_together")
            begun, due = await self._claimed(setup, free, 0)
        for held, opened in begun:
            self._begin(self._work(held, opened, setup), f"turn {held.id}")
        return due

    async def _claimed(
        self, setup: TurnSetup, limit: int, at_once: int
    ) -> tuple[list[tuple[Claimed, Opened | None]], float]:
        """What was claimed, each opened if it was among the first, and when to look again."""
        node = self._tools.node

        def unit(unit: Unit) -> tuple[list[tuple[Claimed, Opened | None]], float]:
            begun: list[tuple[Claimed, Opened | None]] = []
            for number, (held, row) in enumerate(claim_due(unit, node, limit)):
                if number >= at_once or held.tenant != unit.tenant:
                    begun.append((held, None))
                    continue
                opened = open_claimed(unit, held, row, node, setup.version, setup.needs)
                if opened is not None:
                    begun.append((held, opened))
            due = next_due(unit)
            return begun, POLL_SECONDS if due is None else due - unit.now

        return await self._store.write(unit, key=CLAIMS_KEY)

    async def _work(self, held: Claimed, opened: Opened | None, setup: TurnSetup) -> None:
        began = self._tools.clock.monotonic()
        try:
            opened = opened or await self._open(held, setup)
            if opened is not None:
                self._tools.failpoint("turns.after_open")
                opened = opened.masked(setup.masking)
                _name(opened)
                await self._turn(opened, setup)
                self._tell("turn", opened, began)
        except StoreUnavailable as error:
            log.warning("turns.store_unavailable", conversation=held.id, error=str(error))
        except asyncio.CancelledError:
            await self._let_go(held, opened)
            raise
        except Exception as error:  # a claim loop outlives any one turn
            log.exception("turns.failed", conversation=held.id)
            await self._failed(opened, error)

    async def _open(self, held: Claimed, setup: TurnSetup) -> Opened | None:
        return await self._store.write(
            lambda unit: open_turn(unit, held, self._tools.node, setup.version, setup.needs),
            tenant=held.tenant,
            key=held.key,
        )

    async def _turn(self, opened: Opened, setup: TurnSetup) -> None:
        try:
            plan = await self._plan(opened, setup)
        except _Superseded:
            await self._write(opened, lambda unit: commit.supersede(unit, opened))
            return
        except _Fenced:
            await self._write(opened, lambda unit: commit.let_go(unit, opened))
            return
        self._tools.failpoint("turns.before_commit")
        await self._write(
            opened, lambda unit: commit.commit_turn(unit, opened, plan, self._tools.failpoint)
        )
        self._tools.failpoint("turns.after_commit")

    async def _plan(self, opened: Opened, setup: TurnSetup) -> Plan:
        planner = Planner(setup, self._tools.rendering, opened)
        now = self._tools.clock.now()
        if opened.consent is not None:
            return planner.consented(opened.consent, self._tools.random)
        if opened.owner != "assistant":
            decided = await self._decide(opened, setup) if opened.drafting else None
            return planner.while_people_own(now, decided)
        # While the assistant is paused a yes goes to people like everything else.
        if not opened.paused and (about := Acts(setup, planner, opened).plan(now)) is not None:
            return about
        began = self._tools.clock.monotonic()
        decision = heard(opened, await self._decide(opened, setup))
        self._tell("brain", opened, began)
        try:
            async with self._planning:
                await asyncio.sleep(0)
                began = self._tools.clock.monotonic()
                plan = planner.plan(decision, now)
                self._tell("render", opened, began)
                return plan
        except Exception:
            if not opened.poisoned or decision.handoff is None:
                raise
            # Even the words for our failure fail: people get it without any.
            log.exception("turns.unspeakable", conversation=opened.held.id)
            return Plan(decision, brief=brief_of(opened, decision.handoff))

    async def _decide(self, opened: Opened, setup: TurnSetup) -> Decision:
        language = opened.row["language"]
        rules = rules_of(setup, opened.row["channel"])
        if opened.poisoned:
            return our_failure(language, "the same message failed three times")
        now = self._tools.clock.now()
        may_act = rules.answers and rules.ever_auto(setup.hours, now)
        open_now = setup.team_open(now)
        asked = turn_input(opened, demo=rules.demo, now=now, may_act=may_act, team_open=open_now)
        if (kept_out := _kept_out(opened, rules, asked)) is not None:
            return kept_out
        if (why := going_round(opened)) is not None:
            return in_circles(language, why)
        if not asked.new:
            return _started(language, rules)
        deciding = asyncio.create_task(setup.brain.decide(asked))
        try:
            return await self._watched(opened, deciding)
        except TimeoutError:
            log.warning("turns.brain_hangs", conversation=opened.held.id, seconds=DECIDE_SECONDS)
            return our_failure(language, "no answer was found in time")

    async def _watched(self, opened: Opened, deciding: asyncio.Task[Decision]) -> Decision:
        """Keep the lease while the brain works; a takeover or newer words end it at once."""
        try:
            async with asyncio.timeout(DECIDE_SECONDS):
                with self._store.signals.listen(topic(opened.held.id)) as listener:
                    while not deciding.done():
                        waiting = asyncio.create_task(listener.wait(WATCH_SECONDS))
                        await asyncio.wait({deciding, waiting}, return_when=asyncio.FIRST_COMPLETED)
                        waiting.cancel()
                        if not deciding.done():
                            await self._still_wanted(opened)
            return await deciding
        finally:
            deciding.cancel()

    async def _still_wanted(self, opened: Opened) -> None:
        row, silenced, now = await self._store.write(
            lambda unit: (
                renew(unit, opened.held),
                is_paused(unit, opened.held.channel),
                unit.now,
            ),
            tenant=opened.held.tenant,
            key=opened.held.key,
        )
        found = verdict(row, opened, now)
        if found == "fenced" or silenced:
            raise _Fenced
        if found == "supersede":
            raise _Superseded

    def _tell(self, stage: str, opened: Opened, began: float) -> None:
        seconds = self._tools.clock.monotonic() - began
        self._store.facts.tell(Staged(stage, opened.held.channel, seconds))

    async def _write(self, opened: Opened, unit: Callable[[Unit], object]) -> None:
        await self._store.write(unit, tenant=opened.held.tenant, key=opened.held.key)

    async def _failed(self, opened: Opened | None, error: Exception) -> None:
        if opened is None:
            return
        pause = min(30.0, float(2 ** min(opened.row["tries"], 10)) / 2)
        text = f"{type(error).__name__}: {error}"
        try:
            await self._write(opened, lambda unit: commit.fail(unit, opened, text, pause))
        except StoreUnavailable:
            log.warning("turns.failure_unrecorded", conversation=opened.held.id)

    async def _let_go(self, held: Claimed, opened: Opened | None) -> None:
        """Draining: the lease would run out anyway; saying so lets another node go on at once."""

        def unit(unit: Unit) -> None:
            if opened is not None:
                commit.let_go(unit, opened)
            else:
                release(unit, held, unit.now)

        try:
            await self._store.write(unit, tenant=held.tenant, key=held.key)
        except StoreUnavailable:
            log.warning("turns.lease_left", conversation=held.id)


def _name(opened: Opened) -> None:
    """Every log line of this turn's task says what it is about."""
    begin(opened.asked, conversation=opened.held.id, turn=opened.turn)


def _kept_out(opened: Opened, rules: ChannelRules, asked: TurnInput) -> Decision | None:
    """The decision where the assistant must not answer at all, None where it may. What asks
    nothing (a START) needs no person either."""
    if not opened.paused and rules.answers:
        return None
    if not asked.new:
        return _nothing_asked(asked.language)
    return paused(asked.language) if opened.paused else not_answering(asked.language)


def _started(language: str | None, rules: ChannelRules) -> Decision:
    if rules.stages.general.mode != "auto":
        return _nothing_asked(language)
    return Decision(kind="reply", notice="greeting", language=language)


def _nothing_asked(language: str | None) -> Decision:
    why = Reason("nothing_asked", "the assistant is silent here, and nothing was asked")
    return Decision(kind="silent", language=language, reasons=(why,))


def verdict(row: RowMapping | None, opened: Opened, now: float) -> Verdict:
    """Whether a turn under way is still wanted. Newer words end it at most twice, and never
    20 s after the first unanswered message."""
    if row is None or row["epoch"] != opened.epoch:
        return "fenced"
    first = row["first_unanswered_at"]
    fresh = first is None or now < first + SUPERSEDE_WITHIN_SECONDS
    if row["customer_seq"] > opened.through_seq and row["superseded"] < SUPERSEDES and fresh:
        return "supersede"
    return "go on"
