"""Hostile markup of the desk itself: staff and their accounts, links to join and to try, what was
changed of the settings and why, and what channels, desks and platforms are called and say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle

from gateway.config.desks import DeskSettings
from gateway.config.settings import Settings
from gateway.conversations.pauses import ALL
from gateway.knowledge import trial_links
from gateway.people.tokens import hashed
from gateway.records import ChannelHealth
from gateway.store.schema.desk import staff_identities
from gateway.store.schema.people import invitations, staff
from gateway.store.schema.pipeline import rests
from gateway.store.schema.safety import pauses
from gateway.store.schema.settings import settings_versions
from gateway.store.schema.trials import labelled_questions
from gateway.store.unit import Unit, dumps
from tests.gateway.web.markup.payloads import Payload
from tests.gateway.web.markup.rows import Words, each, undelivered
from tests.gateway.web.test_http_channels import Entry

# More links than a hundred nobody may have open.
OPEN = 90
# Texts that need no value, so that most payloads are a wording of theirs.
TEXTS = ("handoff_by_us", "waiting_late", "draft_wait", "unknown", "trouble", "declined", "waiting")
TRIAL = "a-link-to-try-the-assistant"


def joining(number: int) -> str:
    """The secret of a link to join."""
    return f"a-link-to-join-the-desk-{number}"


def office(unit: Unit, hostile: Sequence[Payload], lead: str, conversation: str) -> None:
    for payload in hostile:
        _member(unit, payload)
    for payload in hostile[:10]:
        _account(unit, lead, payload)
    for payload in hostile[:OPEN]:
        _link(unit, payload)
    _to_try(unit, hostile)
    _uncertain(unit, hostile[:25], conversation)
    unit.insert(rests, channel="web", until=None, reason="\n".join(Words(hostile).all[:25]))
    for channel, payload in zip((ALL, "web"), (hostile[0], hostile[-1]), strict=True):
        unit.insert(pauses, channel=channel, paused_by=payload.stored, paused_at=unit.now)
    _versions(unit, hostile)


def _name(payload: Payload) -> str:
    return f"{payload.stored[:110]} {payload.number}"


def _member(unit: Unit, payload: Payload) -> None:
    """Every fourth has gone, every third is away."""
    unit.insert(
        staff,
        id=f"s-{payload.number}",
        name=_name(payload),
        role="lead" if payload.number % 2 else "agent",
        password_hash="" if payload.number % 2 else None,
        created_at=unit.now,
        disabled_at=None if (payload.number + 1) % 4 else unit.now,
        away_at=None if payload.number % 3 else unit.now,
        seen_at=unit.now,
    )
    _account(unit, f"s-{payload.number}", payload)


def _account(unit: Unit, member: str, payload: Payload) -> None:
    unit.insert(
        staff_identities,
        id=unit.new_id(),
        staff_id=member,
        kind=payload.stored[:32] if payload.number % 2 else "slack",
        workspace=payload.stored[:128],
        account=f"{member}{payload.stored[:300]}",
        source="desk",
        created_at=unit.now,
    )


def _link(unit: Unit, payload: Payload) -> None:
    for_password = payload.number % 2
    unit.insert(
        invitations,
        id=unit.new_id(),
        token_hash=hashed(joining(payload.number)),
        kind="password" if for_password else "join",
        name=_name(payload),
        role="lead",
        staff_id=f"s-{payload.number}" if for_password else None,
        made_by=f"s-{payload.number}",
        created_at=unit.now,
        expires_at=unit.now + 600,
    )


def _to_try(unit: Unit, hostile: Sequence[Payload]) -> None:
    """Links for colleagues, and questions whose answer is known."""
    for payload in hostile[: trial_links.MOST_LINKS]:
        secret = f"{TRIAL}-{payload.number}"
        trial_links.make(unit, payload.stored, payload.stored, 7, hashed(secret))
    for payload in hostile:
        unit.insert(
            labelled_questions,
            id=unit.new_id(),
            question=payload.stored,
            document_id=payload.article,
            request_id=f"r-{payload.number}",
            added_by=payload.stored,
            added_at=unit.now,
        )


def _uncertain(unit: Unit, hostile: Sequence[Payload], conversation: str) -> None:
    later = unit.now + 9
    for payload in hostile:
        words = dict.fromkeys(("body", "plain", "error"), payload.stored)
        undelivered(
            unit, conversation, f"m-{payload.number}", state="uncertain", created_at=later, **words
        )


def _changes(some: Sequence[Payload], key: str) -> Iterator[Mapping[str, object]]:
    """What of it is wrong is left out, and the page says why, in its words."""
    said = Words(some).all
    rules = [{"name": word[:60], "when": {"words": [word]}, "tier": 3} for word in said]
    yield {f"business.texts.{key}": {"value": {"en": said[0][:290]}}}
    yield {"business.voice.words": {"value": {word[:60]: word for word in said}}}
    yield {"business.voice.never": {"value": said}}
    yield {"brain.escalation.rules": {"value": rules}, "business.holidays": {"value": said}}


def _versions(unit: Unit, hostile: Sequence[Payload]) -> None:
    changes = [
        (change, "\n".join(Words(some).all))
        for key, (_, some) in zip(cycle(TEXTS), each(hostile, 10), strict=False)
        for change in _changes(some, key)
    ]
    for number, (change, why) in enumerate(changes, start=1):
        unit.insert(
            settings_versions,
            number=number,
            request=f"r-{number}",
            changes=dumps(change),
            why=why,
            made_by="s-1",
            made_name=hostile[number % len(hostile)].stored,
            at=unit.now,
        )


def channels(hostile: Sequence[Payload]) -> Mapping[str, ChannelHealth]:
    """Every one is down, for ten reasons."""
    found = {"web": ChannelHealth("down", hostile[0].stored, None)}
    for session, some in each(hostile, 10):
        why = "\n".join(Words(some).all)
        found[session] = ChannelHealth("down", why, None, retries=False)
    return found


def desks(hostile: Sequence[Payload]) -> Settings:
    said = Words(hostile[:50]).all
    chats = {text[:60]: text[:290] for text in said}
    named = DeskSettings(channel="team", chat=said[0][:290], by_topic=chats, by_language={})
    entries = {"web": Entry("web", "support"), "team": Entry("slack", "support")}
    return Settings(channels=entries, desks={"support": named})
