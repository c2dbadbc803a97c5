"""Files that staff put into a thread: to the customer with the words, inside with a note, and never
half a message."""

from __future__ import annotations

from sqlalchemy import delete, select

from gateway.desk.files import place_of
from gateway.desk.thread_files import PATIENCE_SECONDS
from gateway.store.schema.conversation import attachments, messages
from gateway.store.schema.desk import desk_inputs
from gateway.timers.effects import DAY, sweep
from tests.gateway.desk.office import BEN, CLEO, Office
from tests.platforms import slack_events as events

PDF = "application/pdf"
LARGE = 20 * 1024 * 1024 + 1


def got(office: Office) -> list[tuple[str, list[tuple[str, bytes | None]]]]:
    """What the customer was sent, with the files."""
    sent = office.rig.channel.sent
    return [(one.plain, [(file.name, file.content) for file in one.attachments]) for one in sent]


async def kept(office: Office) -> list[tuple[str, str, bool]]:
    """The files of messages: name, the message's kind, and whether the bytes are here."""
    found = (
        select(attachments.c.name, messages.c.kind, attachments.c.sha256)
        .join(messages, messages.c.id == attachments.c.message_id)
        .order_by(attachments.c.created_at)
    )
    rows = await office.store.read(lambda r: r.all(found))
    return [(row["name"], row["kind"], row["sha256"] is not None) for row in rows]


async def waiting(office: Office) -> list[str]:
    """The files that wait for their words, or the words for them."""
    found = select(attachments.c.name).where(attachments.c.message_id.is_(None))
    return [row["name"] for row in await office.store.read(lambda r: r.all(found))]


async def test_the_owner_s_files_reach_the_customer_in_order_with_words_and_without(
    office: Office,
) -> None:
    head = await office.hand_over()
    bill, photo = (
        office.slack.workspace.upload("bill.pdf", PDF, b"%PDF"),
        office.slack.workspace.upload("photo.png", "image/png", b"png"),
    )
    await office.says("!take", head)
    said = events.says(
        office.slack.workspace,
        "Here it is.",
        channel=office.place_of(head),
        user=BEN,
        thread_ts=head["ts"],
        files=(bill, photo),
    )
    await office.deliver(said)
    await office.says("And this.", head)
    await office.says("", head, files=(bill,))
    await office.settle()
    assert got(office)[-3:] == [
        ("Here it is.", [("bill.pdf", b"%PDF"), ("photo.png", b"png")]),
        ("And this.", []),
        ("", [("bill.pdf", b"%PDF")]),
    ]
    assert office.thread(head)[-1] == "Sent to Ada on Telegram."
    assert [name for name, _, here in await kept(office) if here] == [
        "bill.pdf", "photo.png", "bill.pdf",
    ]  # fmt: skip

    # Slack sends it again, and the loop dies before it has written down that it is done.
    await office.deliver(said)
    before = got(office)
    await office.again()
    assert got(office) == before
    # Words beside files are not changed in place; with the files they are taken back.
    await office.deliver(events.changes(office.slack.workspace, said, "Here they are."))
    assert "still" in office.thread(head)[-1]
    await office.deliver(events.takes_back(office.slack.workspace, said))
    assert office.rig.channel.changed[-1][1] is None


async def test_files_stay_inside_before_take_in_notes_and_with_colleagues(office: Office) -> None:
    head = await office.hand_over()
    before = len(got(office))
    plan = office.slack.workspace.upload("plan.pdf", PDF, b"plan")
    await office.says("what do you think?", head, files=(plan,))
    await office.says("", head, files=(plan,))
    await office.settle()
    assert len(got(office)) == before
    await office.says("!take", head)
    joined = len(got(office))
    await office.says("// for us", head, files=(plan,))
    await office.says("mine?", head, user=CLEO, files=(plan,))
    await office.says("!ask how long?", head, files=(plan,))
    await office.settle()
    assert len(got(office)) == joined
    assert "stays here" in office.whispers(BEN)[-1]
    assert await kept(office) == [("plan.pdf", "note", True)] * 4


async def test_words_written_before_it_was_theirs_stay_inside_whenever_their_file_comes(
    office: Office,
) -> None:
    head = await office.hand_over()
    plan = office.slack.workspace.upload("plan.pdf", PDF, b"plan")
    office.media_works = False
    await office.says("this customer is lying", head, files=(plan,))
    await office.on_the_web_desk("take", BEN)
    await office.says("Good morning.", head)
    office.media_works = True
    await office.settle()
    await office.settle()
    assert [words for words, _ in got(office)][-1:] == ["Good morning."]
    assert "this customer is lying" not in office.customer_got
    assert await kept(office) == [("plan.pdf", "note", True)]
    assert "not yours when you wrote it" in office.whispers(BEN)[-1]

    # What was theirs and is another's since stays here as well.
    office.media_works = False
    await office.says("I refund it all.", head, files=(plan,))
    await office.on_the_web_desk("take", CLEO)
    office.media_works = True
    await office.settle()
    await office.settle()
    assert "I refund it all." not in office.customer_got
    assert await kept(office) == [("plan.pdf", "note", True)] * 2
    assert "the owner changed after you wrote it" in office.whispers(BEN)[-1]
    # What went while it was Ben's is not worked off otherwise because it is Cleo's by now.
    before = got(office), await kept(office)
    await office.again()
    await office.again()
    assert (got(office), await kept(office)) == before
    assert await office.outcomes() == ["noted", "worked off before", "noted"]


async def test_what_is_written_after_an_order_to_take_is_the_owner_s(office: Office) -> None:
    """All of it is kept before any of it is worked off."""
    head = await office.hand_over()
    office.idle = True
    for text in ("!take", "Good morning.", "!return", "hm", "!take", "And now?"):
        await office.says(text, head)
    office.idle = False
    await office.settle()
    said = [words for words in office.customer_got if words in {"Good morning.", "hm", "And now?"}]
    assert said == ["Good morning.", "And now?"]
    await office.again()
    assert office.customer_got.count("And now?") == 1


async def test_who_takes_it_for_sent_is_told_that_the_case_was_closed_before(
    on_sqlite: Office,
) -> None:
    head = await on_sqlite.hand_over()
    await on_sqlite.says("!take", head)
    on_sqlite.idle = True
    await on_sqlite.says("And one more thing.", head)
    await on_sqlite.on_the_web_desk("resolve", BEN)
    on_sqlite.idle = False
    await on_sqlite.settle()
    assert "And one more thing." not in on_sqlite.customer_got
    assert "this case is over" in on_sqlite.whispers(BEN)[-1]
    told = len(on_sqlite.whispers(BEN))
    await on_sqlite.says("thanks all", head)
    assert len(on_sqlite.whispers(BEN)) == told


async def test_a_file_that_cannot_go_holds_back_its_words_and_its_author_is_told(
    on_sqlite: Office,
) -> None:
    office, space = on_sqlite, on_sqlite.slack.workspace
    head = await office.hand_over()
    await office.says("!take", head)
    before = len(got(office))
    small = space.upload("small.txt", "text/plain", b"x")
    gone = space.upload("gone.txt", "text/plain", b"x")
    lost = events.says(
        space, "see", channel=office.place_of(head), user=BEN, thread_ts=head["ts"], files=(gone,)
    )
    del space.files[gone]
    large = space.upload("film.mov", "video/quicktime", bytes(LARGE))
    rows = (
        ("larger than 20 MB", events.says(
            space, "see", channel=office.place_of(head), user=BEN, thread_ts=head["ts"],
            files=(small, large),
        )),
        ("more than 10 files", events.says(
            space, "see", channel=office.place_of(head), user=BEN, thread_ts=head["ts"],
            files=(small,) * 11,
        )),
        ("gone.txt", lost),
    )  # fmt: skip
    for why, said in rows:
        await office.deliver(said)
        await office.settle()
        assert why in office.whispers(BEN)[-1]
        assert "Not sent to the customer" in office.whispers(BEN)[-1]
    assert len(got(office)) == before
    # What has been told is not kept for anything.
    await office.says("!send", head, files=(large,))
    assert "larger than 20 MB" in office.whispers(BEN)[-1]
    assert await waiting(office) == []
    await office.says("// a note", head, files=(large,))
    await office.settle()
    assert "Not kept with the note" in office.whispers(BEN)[-1]


async def test_a_file_that_slack_does_not_hand_over_is_not_waited_for_long(
    on_sqlite: Office,
) -> None:
    head = await on_sqlite.hand_over()
    await on_sqlite.says("!take", head)
    before = len(got(on_sqlite))
    del on_sqlite.sending["team"]
    slow = on_sqlite.slack.workspace.upload("slow.pdf", PDF, b"slow")
    await on_sqlite.says("see", head, files=(slow,))
    await on_sqlite.says("next", head)
    assert len(got(on_sqlite)) == before
    on_sqlite.clock.pass_(PATIENCE_SECONDS)
    on_sqlite.sending["team"] = on_sqlite.channel
    on_sqlite.media_works = False
    await on_sqlite.settle()
    await on_sqlite.settle()
    assert "not handed over in time" in on_sqlite.whispers(BEN)[-1]
    assert [words for words, _ in got(on_sqlite)[before:]] == ["next"]


async def test_an_order_may_have_nothing_but_a_file(on_sqlite: Office) -> None:
    head = await on_sqlite.hand_over()
    plan = on_sqlite.slack.workspace.upload("plan.pdf", PDF, b"plan")
    await on_sqlite.says("!note", head, files=(plan,))
    await on_sqlite.says("!send", head, files=(plan,))
    await on_sqlite.settle()
    assert got(on_sqlite)[-1] == ("", [("plan.pdf", b"plan")])
    assert await kept(on_sqlite) == [("plan.pdf", "note", True), ("plan.pdf", "message", True)]
    await on_sqlite.says("!edit", head, files=(plan,))
    assert "Write it like this" in on_sqlite.whispers(BEN)[-1]


async def test_the_sweep_leaves_a_file_whose_words_wait_and_no_words_go_without_theirs(
    office: Office,
) -> None:
    head = await office.hand_over()
    await office.says("!take", head)
    plan = office.slack.workspace.upload("plan.pdf", PDF, b"plan")
    office.idle = True
    await office.says("Here it is.", head, files=(plan,))
    await office.says("And again.", head, files=(plan,))
    while await office.media.fetch_next():
        pass
    office.clock.pass_(2 * DAY)
    (thread,) = await office.threads()
    await office.store.write(lambda unit: sweep(unit, thread))
    assert await waiting(office) == ["plan.pdf", "plan.pdf"]
    # Where a file is gone none the less, its words stay here.
    second = select(desk_inputs.c.id).order_by(desk_inputs.c.number.desc()).limit(1)
    id = await office.store.read(lambda r: r.scalar(second))
    gone = delete(attachments).where(attachments.c.address == place_of(id))
    await office.store.write(lambda unit: unit.execute(gone))
    office.idle = False
    await office.settle()
    assert got(office)[-1] == ("Here it is.", [("plan.pdf", b"plan")])
    assert "not here any more" in office.whispers(BEN)[-1]
