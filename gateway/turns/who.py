"""Who writes, where, and how often they came before, as far as rules look at it. It is read with
the case, in one statement; a second one runs only where a rule needs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import RowMapping, and_, bindparam, func, select

from brain.circumstances import Circumstances, EarlierCase, Profile
from brain.settings import EscalationSettings
from channels.events import Address
from gateway.conversations.opening import case_by_id, contact_of
from gateway.store.schema.conversation import cases, contacts, conversations, identities
from gateway.store.statement import Prepared
from gateway.store.unit import Reading, loads_list

# What lies longer behind is another story.
RECENT_SECONDS = 14 * 86_400.0
_MOST_EARLIER = 20
_recent, _theirs = cases.alias("recent"), conversations.alias("theirs")
_CASE_AND_CUSTOMER = Prepared(
    select(
        *cases.c,
        contacts.c.vip,
        contacts.c.tier.label("customer_tier"),
        contacts.c.prefers_person,
        contacts.c.tags.label("customer_tags"),
        select(func.count())
        .select_from(_recent.join(_theirs, _recent.c.conversation_id == _theirs.c.id))
        .where(_theirs.c.contact_id == contacts.c.id, _recent.c.opened_at > bindparam("since"))
        .scalar_subquery()
        .label("recent_cases"),
    )
    .select_from(contacts.outerjoin(cases, cases.c.id == bindparam("case")))
    .where(contacts.c.id == bindparam("contact"))
)
_EARLIER = Prepared(
    select(cases.c.intent, cases.c.question)
    .join(conversations, cases.c.conversation_id == conversations.c.id)
    .where(
        and_(
            conversations.c.contact_id == bindparam("contact"),
            cases.c.opened_at > bindparam("since"),
            cases.c.id != bindparam("case"),
        )
    )
    .order_by(cases.c.opened_at.desc())
    .limit(_MOST_EARLIER)
)
_ACCOUNTS = Prepared(
    select(identities.c.external_id).where(
        identities.c.contact_id == bindparam("contact"),
        identities.c.channel == bindparam("channel"),
    )
)


@dataclass(frozen=True, slots=True)
class Needs:
    """What the rules in force look at: whether at the accounts that customers write from, and from
    which contact on the same matter on."""

    senders: bool = False
    contacts: int = 3

    def beside(self, other: Needs) -> Needs:
        """What either looks at."""
        return Needs(self.senders or other.senders, min(self.contacts, other.contacts))


USUAL = Needs()


def needs_of(escalation: EscalationSettings) -> Needs:
    """What of a customer the rules look at; what none does is not read."""
    rules = [rule.when for rule in escalation.rules]
    contacts = [when.contacts for when in rules if when.contacts is not None]
    return Needs(
        senders=bool(escalation.customers) or any(when.senders for when in rules),
        contacts=min((escalation.contacts, *contacts)),
    )


@dataclass(frozen=True, slots=True)
class Who:
    """``earlier`` are the customer's other cases of late, where there are enough to matter."""

    profile: Profile = field(default_factory=Profile)
    senders: tuple[str, ...] = ()
    place: str | None = None
    earlier: tuple[EarlierCase, ...] = ()

    def around(self, verified: str | None, *, team_open: bool | None) -> Circumstances:
        known = self.profile
        profile = Profile(known.vip, known.tier, verified, known.prefers_person, known.tags)
        return Circumstances(profile, self.senders, self.place, team_open)


def case_and_customer(
    reading: Reading, row: RowMapping, case: str | None, needs: Needs, speaker: str | None
) -> tuple[RowMapping | None, Who]:
    """A case of the conversation's, its open one for a turn, and who writes in it. ``speaker`` is
    the account that spoke last, in a place where several do."""
    contact = _contact(reading, row, speaker)
    since = reading.now - RECENT_SECONDS
    found = reading.one(_CASE_AND_CUSTOMER, contact=contact, case=case or "", since=since)
    if found is None:
        return case_by_id(reading, case), Who(place=_place(row))
    earlier: Sequence[RowMapping] = ()
    if found["recent_cases"] >= needs.contacts:
        earlier = reading.all(_EARLIER, contact=contact, case=case or "", since=since)
    who = Who(
        _profile(found),
        _senders(reading, row, contact, speaker) if needs.senders else (),
        _place(row),
        tuple(EarlierCase(each["intent"], each["question"]) for each in earlier),
    )
    return (found if found["id"] is not None else None), who


def _contact(reading: Reading, row: RowMapping, speaker: str | None) -> str:
    """In a room the conversation is of whoever began it, and the message of whoever spoke."""
    known = contact_of(reading, row["channel"], speaker) if speaker is not None else None
    return known or row["contact_id"]


def _profile(found: RowMapping) -> Profile:
    tags, tier = found["customer_tags"], found["customer_tier"]
    return Profile(
        vip=bool(found["vip"]),
        tier=None if tier is None else str(tier),
        prefers_person=bool(found["prefers_person"]),
        tags=() if tags == "[]" else tuple(loads_list(str(tags))),
    )


def _senders(
    reading: Reading, row: RowMapping, contact: str, speaker: str | None
) -> tuple[str, ...]:
    if speaker is not None:
        return (speaker,)
    found = reading.all(_ACCOUNTS, contact=contact, channel=row["channel"])
    return tuple(each["external_id"] for each in found)


def _place(row: RowMapping) -> str:
    return row["place"] or Address.parse(row["address"]).chat
