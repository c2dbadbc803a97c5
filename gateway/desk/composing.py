"""Puts a post to staff into words when it is sent, out of what is true by then. Reads only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from channels.contract import Capabilities, Choice, OutboundMessage
from channels.events import Address
from channels.text.render import render
from gateway.desk import posts, receipts, stories, thread_forms
from gateway.desk.posts import Worded
from gateway.desk.stories import Said, Story
from gateway.desk.thread_drafts import shown_of
from gateway.notices.catalogue import Notices
from gateway.notices.wording import literal
from gateway.privacy.masking import Masking
from gateway.store.store import MAIN, Store
from gateway.store.unit import Reading, loads_object

Data: TypeAlias = Mapping[str, Any]
Words: TypeAlias = "Callable[[Reading, Story, RowMapping, Data], Worded]"
# What is said at once, and whom a button of the brief is for.
_CONFUSED = 0.5


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``kinds`` says what sort each channel is, ``base_url`` where the web desk is, ``zone`` in
    which times are told by now."""

    capabilities: Mapping[str, Capabilities]
    kinds: Mapping[str, str]
    notices: Callable[[], Notices]
    masking: Masking
    zone: Callable[[], ZoneInfo]
    base_url: str


class Composing:
    def __init__(self, store: Store, around: Surroundings, tenant: str = MAIN) -> None:
        self._store = store
        self._around = around
        self._tenant = tenant
        self._words: Mapping[str, Words] = {
            "head": self._head,
            "notice": self._notice,
            "brief": self._brief,
            "draft": self._draft,
            "copy": self._copy,
            "said": self._said,
            "taken": self._taken,
            "returned": self._returned,
            "resolved": self._resolved,
            "call": self._call,
            "receipt": self._receipt,
            "not_staff": self._not_staff,
            "linked": self._linked,
            "late": self._late,
            "wake": self._wake,
            "transcript": self._transcript,
            "line": self._line,
            "form": self._form,
        }

    async def __call__(self, row: RowMapping, message: OutboundMessage) -> OutboundMessage:
        """The delivery ``row`` as it goes out."""
        data = loads_object(row["post"])
        worded = await self._store.read(
            lambda reading: self._worded(reading, row, data), tenant=self._tenant
        )
        return await asyncio.to_thread(self._dressed, row, message, data, worded)

    def _worded(self, reading: Reading, row: RowMapping, data: Data) -> Worded:
        story = stories.story_of(reading, row["desk_thread_id"], self._around.masking)
        if story is None:
            return Worded(
                f"A conversation that is not there any more: {self._around.base_url}/desk"
            )
        return self._words[str(data["kind"])](reading, story, row, data)

    def _dressed(
        self, row: RowMapping, message: OutboundMessage, data: Data, worded: Worded
    ) -> OutboundMessage:
        capabilities = self._around.capabilities[row["channel"]]
        parts = render(worded.markdown, capabilities, worded.choices)
        opens = data["kind"] == "head" and row["changes"] is None
        address = message.address
        if opens:
            # Until the platform has opened it, its place has a name of our own.
            address = Address(address.chat)
        return replace(
            message,
            address=address,
            open_thread=opens,
            text="\n".join(part.html or part.text for part in parts),
            plain="\n".join(part.plain for part in parts),
            choices=worded.choices if capabilities.choices_limit else (),
            mentions=worded.calls,
            only_for=data.get("only_for") or None,
            subject=worded.subject,
            form=worded.form,
        )

    # --- What each post says -------------------------------------------------------------------

    def _head(self, _reading: Reading, story: Story, _row: RowMapping, _data: Data) -> Worded:
        return Worded(posts.line(self._standing(story)))

    def _notice(self, reading: Reading, story: Story, _row: RowMapping, _data: Data) -> Worded:
        """For a desk where nobody can work: that somebody waits, and the way to the web desk."""
        standing = self._standing(story)
        known = stories.known_of(reading, story, self._around.masking)
        brief = posts.brief(self._facts(story, known))
        text = f"{posts.line(standing)}\n\n{brief}\n\nAnswer on the web desk: {self._link(story)}"
        subject = f"{standing.customer} waits for a person ({standing.kind})"
        return Worded(text, subject=posts.clipped(subject, 120))

    def _brief(self, reading: Reading, story: Story, _row: RowMapping, _data: Data) -> Worded:
        known = stories.known_of(reading, story, self._around.masking)
        decisions: tuple[Choice, ...] = ()
        if known.draft is not None or known.brief.get("suggested"):
            decisions = _deciding(known.draft)
        choices = (posts.TAKE, *decisions, posts.RETURN, posts.RESOLVE, posts.TRANSCRIPT_OF)
        return Worded(posts.brief(self._facts(story, known)), choices)

    def _draft(self, reading: Reading, story: Story, _row: RowMapping, _data: Data) -> Worded:
        """A newer version than the brief's."""
        draft = stories.known_of(reading, story, self._around.masking).draft
        if draft is None:
            return Worded("_A draft that does not wait any more._")
        sure = f"{draft['confidence']:.0%} sure"
        text = posts.quoted(self._around.masking.text(draft["body"]))
        return Worded(f"**Draft {draft['version']}**, {sure}:  \n{text}", _deciding(draft))

    def _copy(self, reading: Reading, story: Story, row: RowMapping, _data: Data) -> Worded:
        said = stories.said(reading, row["about"], self._around.masking)
        if said is None:
            return Worded("_A message that is not there any more._")
        name = literal(said.name or story.customer)
        if said.deleted:
            return Worded(f"**{name}** has taken a message back.")
        edited = " _(changed)_" if said.edited else ""
        return Worded(f"**{name}:**{edited}  \n{_with_files(said)}")

    def _said(self, reading: Reading, story: Story, row: RowMapping, _data: Data) -> Worded:
        """What staff said elsewhere."""
        said = stories.said(reading, row["about"], self._around.masking)
        if said is None:
            return Worded("_A message that is not there any more._")
        what = "noted" if said.note else f"wrote to {literal(story.customer)}"
        name = literal(said.name or "A colleague")
        return Worded(f"**{name}** {what}, elsewhere:  \n{_with_files(said)}")

    def _taken(self, reading: Reading, story: Story, _row: RowMapping, data: Data) -> Worded:
        name = stories.member_name(reading, str(data.get("staff", "")))
        if name is None:
            return Worded("Somebody has taken this over on the customer's platform.")
        if story.thread["marked_only"]:
            how = f"Messages that begin with >> go to {literal(story.customer)}, others stay here."
            return Worded(f"**{literal(name)}**: yours now. {how.replace('>>', '&gt;&gt;')}")
        line = self._around.notices().staff_line("taken", customer=story.customer)
        return Worded(f"**{literal(name)}**: {line}")

    def _returned(self, _reading: Reading, story: Story, _row: RowMapping, _data: Data) -> Worded:
        return Worded(
            "The assistant has this again. What is written here stays here until it is taken.",
            (posts.TAKE, posts.RESOLVE),
        )

    def _resolved(self, _reading: Reading, story: Story, _row: RowMapping, _data: Data) -> Worded:
        return Worded(f"Resolved. Nothing more follows here; the record: {self._link(story)}")

    def _call(self, _reading: Reading, story: Story, _row: RowMapping, _data: Data) -> Worded:
        duty = story.thread["on_duty"]
        text = f"{literal(story.customer)} waits for a person since {self._waiting(story)}."
        return Worded(text, (posts.TAKE,), calls=(duty,) if duty else ())

    def _wake(self, _reading: Reading, story: Story, _row: RowMapping, data: Data) -> Worded:
        account = str(data.get("account", ""))
        return Worded(f"Snoozed until now: {literal(story.customer)}.", calls=(account,))

    def _receipt(self, reading: Reading, story: Story, row: RowMapping, _data: Data) -> Worded:
        sent = stories.sent_of(reading, row["about"])
        told = receipts.Told(story.customer, self._kind(story), self._link(story))
        line = self._around.notices().staff_line
        return receipts.receipt(row["about"], sent, told, story.now, line)

    def _not_staff(self, _reading: Reading, _story: Story, _row: RowMapping, _data: Data) -> Worded:
        return Worded(
            "Your message was not sent to the customer, and nothing was kept of it: your account is"
            " not one of the staff's. Link it on the web desk, under People, or ask a lead."
        )

    def _linked(self, _reading: Reading, _story: Story, _row: RowMapping, data: Data) -> Worded:
        name = literal(str(data.get("name", "")))
        return Worded(f"This account is linked: what you do here counts as {name}'s.")

    def _late(self, _reading: Reading, story: Story, _row: RowMapping, _data: Data) -> Worded:
        return Worded(
            f"This thread opened too late to be used. Answer on the web desk: {self._link(story)}"
        )

    def _transcript(self, reading: Reading, story: Story, _row: RowMapping, _data: Data) -> Worded:
        lines = [_line_of(said, story) for said in self._told(reading, story)]
        text, kept = "", 0
        for each in reversed(lines):
            if len(text) + len(each) > posts.TRANSCRIPT:
                break
            text, kept = f"{each}\n\n{text}", kept + 1
        more = "" if kept == len(lines) else "_Earlier messages are on the web desk._\n\n"
        return Worded(f"{more}{text}Whole, with its files: {self._link(story)}")

    def _line(self, _reading: Reading, _story: Story, _row: RowMapping, data: Data) -> Worded:
        choices = [part.split("=", 1) for part in str(data.get("choices", "")).split(";") if part]
        return Worded(str(data["text"]), tuple(Choice(id, label) for id, label in choices))

    def _form(self, _reading: Reading, _story: Story, _row: RowMapping, data: Data) -> Worded:
        text = self._around.masking.text(str(data["text"]))
        return thread_forms.worded(str(data["choice"]), text)

    # --- Parts of these ------------------------------------------------------------------------

    def _told(self, reading: Reading, story: Story) -> list[Said]:
        return list(stories.transcript(reading, story, self._around.masking))

    def _standing(self, story: Story) -> posts.Standing:
        conversation = story.conversation
        return posts.Standing(
            customer=story.customer,
            kind=self._kind(story),
            question=story.question,
            owner=conversation["owner"],
            owner_name=story.owner_name,
            covered=bool(conversation["covered"]),
            since=self._clock(story.thread["owner_since"], story.now),
            waiting=self._waiting(story),
            resolved=story.thread["state"] == "closed",
        )

    def _facts(self, story: Story, known: stories.Known) -> posts.Facts:
        until = story.conversation["window_until"]
        limits = ""
        if until is not None:
            minutes = str(max(0, int((until - story.now) // 60)))
            limits = self._around.notices().staff_line("window", minutes=minutes)
        detail: Data = known.trace.get("detail") or {}
        # A handoff without a question of its own, such as a failed delivery, is about the case's.
        brief = {**known.brief, "question": known.brief.get("question") or story.question}
        if known.draft is not None:
            brief["suggested"] = self._around.masking.text(known.draft["body"])
        triage: Data = detail.get("triage") or {}
        return posts.Facts(
            brief=brief,
            customer=story.customer,
            accounts=known.accounts,
            contact=known.contact,
            actions=known.actions,
            mood=_mood(triage.get("mood") or {}),
            limits=limits,
            tier=str(detail.get("tier") or ""),
        )

    def _kind(self, story: Story) -> str:
        channel = story.conversation["channel"]
        kind = self._around.kinds.get(channel, channel)
        return posts.KINDS.get(kind, kind)

    def _link(self, story: Story) -> str:
        return f"{self._around.base_url}/desk#c/{story.conversation['id']}"

    def _waiting(self, story: Story) -> str:
        since = story.conversation["waiting_since"] or story.thread["created_at"]
        return self._clock(since, story.now)

    def _clock(self, at: float, now: float) -> str:
        zone = self._around.zone()
        then, today = datetime.fromtimestamp(at, zone), datetime.fromtimestamp(now, zone)
        return then.strftime("%H:%M" if then.date() == today.date() else "%d %b %H:%M")


def _deciding(draft: RowMapping | None) -> tuple[Choice, ...]:
    """The buttons of a draft name what was shown; a mere suggestion has no version."""
    decisions = (posts.SEND_DRAFT, posts.EDIT_DRAFT, posts.REJECT_DRAFT)
    if draft is None:
        return decisions
    value = shown_of(draft).value
    return tuple(replace(choice, id=f"{choice.id}:{value}") for choice in decisions)


def _with_files(said: Said) -> str:
    names = f"  \n_Files: {literal(', '.join(said.files))}_" if said.files else ""
    return f"{posts.quoted(said.text)}{names}"


def _line_of(said: Said, story: Story) -> str:
    names = {"customer": said.name or story.customer, "assistant": "AI assistant"}
    who = names.get(said.author, said.name or "Frontdesk")
    note = " (note)" if said.note else ""
    text = "_taken back_" if said.deleted else _with_files(said)
    return f"**{literal(who)}{note}:** {text}"


def _mood(mood: Data) -> str:
    found: list[str] = []
    if float(mood.get("frustration") or 0.0) >= _CONFUSED:
        found.append("frustrated")
    if float(mood.get("confusion") or 0.0) >= _CONFUSED:
        found.append("confused")
    if float(mood.get("buying") or 0.0) >= _CONFUSED:
        found.append("about to buy")
    if not found and mood:
        sentiment = float(mood.get("sentiment") or 0.0)
        found.append("unhappy" if sentiment < 0 else "calm")
    return ", ".join(found)
