"""What a decision means for the customer: the texts, rendered before the unit that commits them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from brain.actions.catalogue import NOTHING, Catalogue
from brain.acts import ActionRequest
from brain.contract import Brain, Decision, Handoff, Reason
from channels.contract import Choice, Link
from gateway.config.hours import Hours
from gateway.config.promises import NO_PROMISES, Promises
from gateway.config.rollout import OPEN, Mode, Stages
from gateway.conversations.drafts import Drafted
from gateway.conversations.proving import Sent
from gateway.conversations.rendering import Rendering
from gateway.errors import FrontdeskError
from gateway.notices.catalogue import Notice, Notices
from gateway.privacy.articles import personal
from gateway.privacy.masking import STANDING, Masking
from gateway.records import Brief, Prepared
from gateway.speech.gate import STANDING_GATE, Gate
from gateway.turns.answering import choices
from gateway.turns.briefing import brief_of
from gateway.turns.drafting import draft_of, while_people_own
from gateway.turns.joining import JOIN_CODE, new_code, shown
from gateway.turns.opened import Opened
from gateway.turns.proposing import Answer, Proposing, Shown, proposal_of, sent_of
from gateway.turns.rollout import SHADOW, Staged, intent_of, staged, without_draft
from gateway.turns.waiting import Measured, Telling, unmeasured, waiting_is_due
from gateway.turns.who import Needs

# A notice that answers is preceded by the disclosure; one that only passes on is not.
ANSWERING = frozenset({"unknown", "off_topic", "cannot_read", "confirm"})
# An answer longer than this helps nobody, and rendering it would hold up the loop.
MOST_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """How the assistant behaves on one channel. ``answers`` says whether it is asked at all,
    ``stages`` how far it is let."""

    demo: bool
    answers: bool
    mail: bool
    stages: Stages = OPEN

    def mode(self, hours: Hours | None, now: float, intent: str = "") -> Mode:
        return self.stages.of(intent).now(team_open=hours is None or hours.is_open(now))

    def ever_auto(self, hours: Hours | None, now: float) -> bool:
        """Whether the assistant answers anything by itself here at this hour."""
        team_open = hours is None or hours.is_open(now)
        stages = (self.stages.general, *self.stages.intents.values())
        return any(stage.now(team_open=team_open) == "auto" for stage in stages)


@dataclass(frozen=True, slots=True)
class TurnSetup:
    """What a turn begins with and keeps to its end, whatever is reloaded meanwhile. ``measured``
    says how long people take to answer."""

    brain: Brain
    notices: Notices
    hours: Hours | None
    languages: tuple[str, ...]
    rules: Mapping[str, ChannelRules]
    version: int
    masking: Masking = STANDING
    gate: Gate = STANDING_GATE
    catalogue: Catalogue = NOTHING
    needs: Needs = field(default_factory=Needs)
    promises: Promises = NO_PROMISES
    measured: Measured = unmeasured

    def team_open(self, now: float) -> bool | None:
        """None where the team has no hours."""
        return None if self.hours is None else self.hours.is_open(now)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the commit does. ``waiting`` marks the notice that people are still awaited;
    ``noticed`` that the messages were only looked at, and still want an answer. ``instead`` is
    said when the case has heard every one of ``notices`` before; ``people`` are said in any case,
    after the change of owner. ``watch`` is the intent that the assistant decided about by itself
    ("" if unknown), None where there is nothing to watch. ``proposing`` and ``answer`` are about an
    action, ``sent`` is a code that went out; ``drafted`` is for a person to check, and
    ``code`` joins the customer's accounts. ``promised`` is until when people answer by what is
    said."""

    decision: Decision
    say: tuple[Prepared, ...] = ()
    brief: Brief | None = None
    notices: tuple[Prepared, ...] = ()
    waiting: bool = False
    noticed: bool = False
    instead: tuple[Prepared, ...] = ()
    people: tuple[Prepared, ...] = ()
    watch: str | None = None
    proposing: Proposing | None = None
    answer: Answer | None = None
    sent: Sent | None = None
    drafted: Drafted | None = None
    code: str | None = None
    promised: float | None = None


def rules_of(setup: TurnSetup, channel: str) -> ChannelRules:
    """A channel that is no longer configured is answered by people only."""
    return setup.rules.get(channel, ChannelRules(demo=False, answers=False, mail=False))


class UnusableDecision(FrontdeskError):
    """The brain decided on something that cannot be carried out."""


class Planner:
    """Turns decisions into texts with one turn's set-up."""

    def __init__(self, setup: TurnSetup, rendering: Rendering, opened: Opened) -> None:
        self._setup = setup
        self._rendering = rendering
        self._opened = opened
        self._channel: str = opened.row["channel"]
        self._rules = rules_of(setup, self._channel)
        self._mail = self._rules.mail

    def plan(self, decision: Decision, now: float) -> Plan:
        """
        Raises:
            UnusableDecision: our own failure; never silence towards the customer.
        """
        decision = self._setup.gate.passed(decision, self._channel)
        language = decision.language or self._opened.row["language"]
        ruled = self._staged(decision, language, now)
        plan = self._carried_out(ruled, language, now)
        if ruled.mode == SHADOW:
            return replace(plan, say=(), notices=(), instead=(), people=())
        if decision.citations and plan.brief is not None:
            cited = tuple({"passage": citation.passage} for citation in decision.citations)
            plan = replace(plan, brief=replace(plan.brief, sources=cited + plan.brief.sources))
        return replace(plan, watch=self._watched(ruled))

    def _carried_out(self, ruled: Staged, language: str | None, now: float) -> Plan:
        decision = ruled.decision
        if decision.kind == "draft" and self._opened.addressee is not None:
            # It goes on where the customer is alone, and no draft can follow there.
            decision = without_draft(decision, self._body(decision, language))
        if self._must_be_private(decision):
            return self._privately(decision, language)
        if decision.kind == "hand_over" and decision.handoff is not None:
            return self._hand_over(decision, decision.handoff, language, now)
        if decision.kind == "draft" and decision.handoff is not None:
            plan = self._hand_over(decision, decision.handoff, language, now)
            return replace(plan, drafted=self._draft(decision, language))
        if decision.kind == "propose_action" and decision.action is not None:
            return self._propose(decision, decision.action, language, now)
        if decision.kind in {"reply", "clarify"}:
            prepared = self._reply(decision, language)
            return Plan(decision, say=(prepared,), sent=sent_of(decision, self._opened.turn))
        if decision.kind == "silent":
            return Plan(decision)
        raise UnusableDecision(f"a decision to {decision.kind} cannot be carried out here")

    def _staged(self, decision: Decision, language: str | None, now: float) -> Staged:
        """The decision as far as the rollout lets the assistant go."""
        mode = self._rules.mode(self._setup.hours, now, intent_of(decision))
        return staged(decision, mode, self._body(decision, language))

    def _watched(self, ruled: Staged) -> str | None:
        asked = self._rules.answers and not self._opened.paused and not self._rules.demo
        return ruled.intent if asked and ruled.mode == "auto" else None

    def _covers(self, now: float) -> bool:
        """Whether the assistant can go on while the customer waits for a person."""
        able = self._rules.answers and not self._opened.paused
        return able and self._rules.mode(self._setup.hours, now) == "auto"

    def _must_be_private(self, decision: Decision) -> bool:
        """In public nobody is passed on, and nobody's data are talked about."""
        if self._opened.addressee is None or decision.kind == "silent":
            return False
        told = any(personal(said.text) for said in self._opened.new)
        acts = decision.kind == "propose_action" or decision.challenge is not None
        return told or acts or decision.kind == "hand_over"

    def _privately(self, decision: Decision, language: str | None) -> Plan:
        """The person alone is told that it goes on between them and us, and then the room: it has
        no data of theirs. The matter follows when the platform says where that is."""
        told = self._notice(
            self._setup.notices.say("public_place", language, self._channel), language
        )
        shown = tuple(replace(piece, public=True) for piece in told.pieces)
        said = replace(told, pieces=(*told.pieces, *shown), private_to=self._opened.addressee)
        brief = None
        if decision.handoff is not None:
            brief = brief_of(self._opened, decision.handoff, self._disclosures())
        why = Reason("public_place", "others read along here")
        return Plan(
            replace(decision, reasons=(*decision.reasons, why)), brief=brief, people=(said,)
        )

    def while_people_own(self, now: float, decided: Decision | None = None) -> Plan:
        """People own: a draft for them where the brain had one, and to the customer at most a word
        that people are on their way; none in public, and none past somebody who has it in hand."""
        if decided is not None:
            decided = self._setup.gate.passed(decided, self._channel)
        mode = self._rules.mode(self._setup.hours, now, intent_of(decided) if decided else "")
        ruling = while_people_own(decided if mode in {"auto", "draft"} else None)
        language = ruling.language or self._opened.row["language"]
        drafted = self._draft(ruling, language) if ruling.kind == "draft" else None
        plan = Plan(ruling, noticed=True, drafted=drafted)
        if self._opened.owner != "queue" or not self._may_hear_of_waiting(now):
            return plan
        telling = self._telling(language, now)
        notice = telling.waiting()
        return replace(
            plan,
            notices=(self._notice(notice, language),),
            waiting=True,
            promised=telling.promised((notice,)),
        )

    def _may_hear_of_waiting(self, now: float) -> bool:
        return not self._opened.row["public"] and waiting_is_due(self._opened, now)

    def _draft(self, decision: Decision, language: str | None) -> Drafted:
        said, body = self._said(decision, language), self._body(decision, language)
        chosen = tuple(Choice(option.id, option.label) for option in decision.options)
        offered = (said.choices if said is not None else ()) + chosen
        return draft_of(self._opened, decision, body, offered, language)

    def _telling(self, language: str | None, now: float) -> Telling:
        setup, channel = self._setup, self._channel
        return Telling(
            setup.notices,
            channel,
            language,
            now,
            covers=self._covers(now),
            hours=setup.hours,
            promises=setup.promises,
            minutes=setup.measured(channel, now),
        )

    def consented(self, notice: str, random: Callable[[int], bytes]) -> Plan:
        """A STOP, a START or a code is answered by its notice, which answers nothing that people
        have to answer."""
        silent = Decision(kind="silent", reasons=(Reason(notice, f"the customer {notice}"),))
        language = self._opened.row["language"]
        code = new_code(random) if notice == JOIN_CODE else None
        said = self.told(notice, language, **(shown(code) if code is not None else {}))
        noticed = self._opened.owner != "assistant"
        return Plan(silent, notices=(said,), noticed=noticed, code=code)

    def _propose(
        self, decision: Decision, request: ActionRequest, language: str | None, now: float
    ) -> Plan:
        """The gateway writes what is shown: the exact parameters, and buttons good for this one."""
        proposal = proposal_of(self._setup.catalogue, self._opened, request, language, now)
        if isinstance(proposal, str):
            raise UnusableDecision(f"an action cannot be proposed: {proposal}")
        shown = None if proposal.free else self.showing(proposal.id, proposal, language)
        return Plan(decision, proposing=Proposing(proposal, shown))

    def showing(self, id: str, shown: Shown, language: str | None) -> Prepared:
        """An action as it is put to the customer."""
        minutes = str(self._setup.catalogue.confirm_minutes)
        notice = self._setup.notices.say(
            "confirm",
            language,
            self._channel,
            action=shown.title,
            details=shown.details,
            minutes=minutes,
        )
        labels = tuple(
            replace(choice, id=id) for choice, id in zip(notice.choices, choices(id), strict=True)
        )
        text = self._dressed(notice.text, language)
        return self._notice(replace(notice, text=text, choices=labels), language)

    def told(self, key: str, language: str | None, **values: str) -> Prepared:
        """One of the catalogue's texts."""
        return self._notice(
            self._setup.notices.say(key, language, self._channel, **values), language
        )

    def _said(self, decision: Decision, language: str | None) -> Notice | None:
        if decision.notice is None:
            return None
        say = self._setup.notices.say
        return say(decision.notice, language, self._channel, **decision.slots)

    def _body(self, decision: Decision, language: str | None) -> str:
        """What the assistant would say. A notice may precede an answer: "are you a bot?" beside
        another question."""
        said = self._said(decision, language)
        spoken = (said.text if said is not None else "", decision.text)
        return "\n\n".join(text for text in spoken if text.strip())[:MOST_CHARACTERS]

    def _reply(self, decision: Decision, language: str | None) -> Prepared:
        said, body = self._said(decision, language), self._body(decision, language)
        if not body.strip():
            raise UnusableDecision("the brain's reply has no words")
        chosen = tuple(Choice(option.id, option.label) for option in decision.options)
        offered = (said.choices if said is not None else ()) + chosen
        return self._rendering.prepare(
            self._channel,
            Prepared(
                author="assistant",
                markdown=self._dressed(body, language),
                discloses=self._discloses,
                notice=decision.notice,
                language=language,
                choices=self._with_person(offered, language),
                citations=tuple(
                    Link(citation.title, citation.url, citation.passage)
                    for citation in decision.citations
                ),
            ),
        )

    @property
    def _discloses(self) -> bool:
        return not self._opened.row["disclosed"]

    def _dressed(self, body: str, language: str | None) -> str:
        """The body with the disclosure of a first contact, and mail's standing foot."""
        first = self._discloses
        say = self._setup.notices.say
        if not self._mail:
            key = "disclosure"
            return f"{say(key, language, self._channel).text}\n\n{body}" if first else body
        top = f"{say('disclosure_mail', language, self._channel).text}\n\n" if first else ""
        return f"{top}{body}\n\n{say('foot_mail', language, self._channel).text}"

    def _with_person(self, offered: tuple[Choice, ...], language: str | None) -> tuple[Choice, ...]:
        if self._mail or any(choice.id == "person" for choice in offered):
            return offered
        return (*offered, Choice("person", self._setup.notices.label("person", language)))

    def _hand_over(
        self, decision: Decision, handoff: Handoff, language: str | None, now: float
    ) -> Plan:
        telling = self._telling(language, now)
        notices = telling.handed_over(handoff, self._opened, self._file())
        told = tuple(self._told_to(notice, language) for notice in notices)
        in_line = self._opened.row["waiting_since"] is not None
        still = in_line and self._may_hear_of_waiting(now)
        return Plan(
            decision,
            brief=brief_of(self._opened, handoff, self._disclosures()),
            notices=told,
            # Whoever asks for people again hears something: that they kept their place, or the
            # same once more.
            instead=(self._notice(telling.waiting(), language),) if still else told,
            promised=telling.promised(notices),
        )

    def _disclosures(self) -> tuple[str, ...]:
        """What may stand before an answer and says nothing to people."""
        notices, keys = self._setup.notices, ("disclosure", "disclosure_mail")
        return tuple(
            notices.say(key, language, self._channel).text
            for key in keys
            for language in self._setup.languages
        )

    def _file(self) -> str | None:
        """The first that came, by a name that can be said."""
        gate = self._setup.gate
        files = (gate.label(name) for said in self._opened.new for name in said.files)
        return next(files, None)

    def _told_to(self, notice: Notice, language: str | None) -> Prepared:
        """What answers is preceded by the disclosure."""
        if notice.key in ANSWERING:
            notice = replace(notice, text=self._dressed(notice.text, language))
        return self._notice(notice, language)

    def _notice(self, notice: Notice, language: str | None) -> Prepared:
        prepared = self._rendering.notice(self._channel, notice, language)
        return replace(prepared, discloses=self._discloses and notice.key in ANSWERING)
