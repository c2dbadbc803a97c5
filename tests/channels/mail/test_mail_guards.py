"""What is never answered by a machine: automatic mail, bounces, lists, our own, and loops."""

from __future__ import annotations

import pytest

from channels.events import DeliveryUpdate, Ignored, InboundMessage, Unreadable
from channels.mail.judging import Judge
from channels.mail.pace import Pace
from tests.channels.fakes import FakeClock
from tests.channels.mail.rig import SEAL, judge, judged, settings
from tests.platforms.mail_letters import ADA, OURS, arrived, letter, stamped

OURS_ID = SEAL.message_id("d-1", ADA)


@pytest.mark.parametrize(
    "header",
    [
        ("Auto-Submitted", "auto-replied"),
        ("Auto-Submitted", "auto-generated; owner-email=x"),
        ("Auto-Submitted", "AUTO-NOTIFIED"),
        ("List-Id", "<news.example>"),
        ("List-Unsubscribe", "<mailto:x@y.example>"),
        ("Precedence", "bulk"),
        ("Precedence", "Junk"),
        ("Precedence", "auto_reply"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Autoreply", "yes"),
        ("X-Autorespond", "1"),
        ("X-Auto-Reply-From", ADA),
        ("X-Loop", ADA),
        ("Feedback-ID", "campaign:shop"),
    ],
)
def test_automatic_mail_is_not_answered(header: tuple[str, str]) -> None:
    assert isinstance(judged(arrived("hello", headers=[header])), Ignored)


@pytest.mark.parametrize(
    "sender",
    [
        "noreply@x.example",
        "no-reply@x.example",
        "DoNotReply@x.example",
        "mailer-daemon@x.example",
        "postmaster@x.example",
        "bounces+1=2@x.example",
        "ne-pas-repondre@x.example",
    ],
)
def test_who_takes_no_answers_gets_none(sender: str) -> None:
    assert isinstance(judged(arrived("hello", sender=sender)), Ignored)


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: your order",
        "Out of Office",
        "Abwesenheitsnotiz: x",
        "Auto-Reply: x",
        "Automatische Antwort: x",
        "Réponse automatique : x",
        "Respuesta automática: x",
    ],
)
def test_out_of_office_notices_are_not_answered(subject: str) -> None:
    event = judged(arrived("I am away", subject=subject))
    assert isinstance(event, Ignored)
    assert event.reason == "an out-of-office notice"


@pytest.mark.parametrize(
    "header",
    [("Auto-Submitted", "no"), ("X-Auto-Response-Suppress", "None"), ("Precedence", "first-class")],
)
def test_what_people_write_is_answered(header: tuple[str, str]) -> None:
    event = judged(arrived("hello", headers=[header], subject="Re: Automatic reply: x"))
    assert isinstance(event, InboundMessage)
    assert event.sender.kind == "customer"


def test_mail_without_a_return_path_is_a_bounce() -> None:
    raw = arrived("hello").replace(b"<bounce-handling@example.net>", b"<>", 1)
    assert isinstance(judged(raw), Ignored)


@pytest.mark.parametrize(
    "parts",
    [
        {"message_id": OURS_ID},
        {"sender": OURS},
        {"sender": "Sales <Sales@shop.example>"},
        {"sender": "help+x@shop.example"},
    ],
)
def test_our_own_mail_is_not_answered(parts: dict[str, str]) -> None:
    event = judged(stamped(letter("hello", **parts)), aliases=["sales@shop.example"])  # pyright: ignore[reportArgumentType] - as letter takes them
    assert isinstance(event, Ignored)
    assert event.reason == "our own mail"


@pytest.mark.parametrize("to", ["victim@other.example", "help@other.example", "undisclosed:;"])
def test_mail_that_names_others_only_is_not_answered(to: str) -> None:
    event = judged(arrived("hello", to=to))
    assert isinstance(event, Ignored)
    assert event.reason == "not addressed to us"


def test_mail_to_an_alias_or_in_copy_is_answered() -> None:
    for to in ("Sales <sales@shop.example>", "help+tag@shop.example", "x@y.example, " + OURS):
        event = judged(arrived("hello", to=to), aliases=["sales@shop.example"])
        assert isinstance(event, InboundMessage)


@pytest.mark.parametrize(
    "sender", ["", "Ada", "a@b.example, c@d.example", "<a@b.example> <c@d.example>"]
)
def test_mail_without_one_sender_is_looked_at_by_a_person(sender: str) -> None:
    raw = arrived("hello").replace(
        b"From: Ada Lovelace <ada@example.net>", b"From: " + sender.encode()
    )
    event = judged(raw)
    assert isinstance(event, Unreadable)
    assert event.raw == raw


def test_two_from_lines_are_no_sender() -> None:
    raw = arrived("hello").replace(b"From: ", b"From: x@y.example\r\nFrom: ", 1)
    assert isinstance(judged(raw), Unreadable)


def test_a_form_of_ours_speaks_for_the_customer_it_names() -> None:
    form = "forms@shop.example"
    raw = arrived(
        "hello",
        sender=form,
        headers=[("Reply-To", f"Ada <{ADA}>"), ("Auto-Submitted", "auto-generated")],
    )
    event = judged(raw, forms=[form])
    assert isinstance(event, InboundMessage)
    assert (event.address.chat, event.sender.verified) == (ADA, None)
    assert isinstance(judged(raw), Ignored)


# --- Reports -----------------------------------------------------------------------------------


def report(
    action: str = "failed", *, about: str = OURS_ID, recipient: str = ADA, cc: str = ""
) -> bytes:
    copies = f"Cc: {cc}\r\n" if cc else ""
    return stamped(
        (
            "From: MAILER-DAEMON@mx.example\r\nTo: help@shop.example\r\nSubject: Undelivered\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
            "--b\r\n\r\nIt could not be delivered.\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
            "Reporting-MTA: dns; mx.example\r\n\r\n"
            f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
            "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
            "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
            f"Message-ID: {about}\r\nTo: {ADA}\r\n{copies}\r\n--b--\r\n"
        ).encode()
    )


def test_a_bounce_is_read_and_named() -> None:
    event = judged(report())
    assert isinstance(event, DeliveryUpdate)
    assert (event.message, event.state) == (OURS_ID, "failed")
    assert event.reason == f"{ADA}: 5.1.1 550 5.1.1 no such user"


def test_a_bounce_from_where_the_mail_was_forwarded_counts() -> None:
    assert isinstance(judged(report(recipient="elsewhere@x.example")), DeliveryUpdate)


@pytest.mark.parametrize(
    "raw",
    [
        report("delayed"),
        report("delivered"),
        report(about="<somebody-elses@x.example>"),
        report(about=OURS_ID.replace("fd.d-1", "fd.d-2")),
        report(recipient="bob@x.example", cc="bob@x.example"),
    ],
    ids=["delayed", "delivered", "not ours", "forged", "a copy"],
)
def test_other_reports_change_nothing_and_are_not_answered(raw: bytes) -> None:
    assert isinstance(judged(raw), Ignored)


def test_a_bounce_without_a_report_is_read_as_well() -> None:
    text = f"Your message could not be delivered.\n550 5.1.1 no such user\n\n{OURS_ID}"
    raw = arrived(text, sender="MAILER-DAEMON@x.example")
    # What names our mail stands in the headers of the mail that came back, not in base64.
    raw += b"\r\n\r\nMessage-ID: " + OURS_ID.encode()
    event = judged(raw)
    assert isinstance(event, DeliveryUpdate)
    assert "550" in (event.reason or "")
    delayed = raw.replace(b"Subject: A question", b"Subject: Delayed: A question")
    assert isinstance(judged(delayed), Ignored)


# --- Loops that no header shows -----------------------------------------------------------------


def test_two_machines_that_say_the_same_stop_at_once() -> None:
    by, words = judge(), "Thank you for your message. We will come back to you very soon."
    kinds = [_kind(judged(arrived(words), by)) for _ in range(5)]
    assert kinds == ["answered", "kept", "kept", "kept", "kept"]


@pytest.mark.parametrize("seconds", [3.0, 30.0, 300.0])
def test_a_ticket_system_that_gives_each_mail_a_number_stops_at_the_third(seconds: float) -> None:
    """It knows no headers, names our mail or does not, and takes its time."""
    for refers in (True, False):
        clock, answered = FakeClock(), 0
        given = settings()
        by = Judge(given, SEAL, Pace(clock, given.mails_per_sender, given.mails_per_thread))
        for number in range(10):
            ticket = f"TICKET-{4711 + number}"
            raw = arrived(
                f"Dear customer, we have received your request {ticket} and will look into it.",
                subject=f"[{ticket}] We have received your request",
                headers=[("References", SEAL.message_id(f"d-{number}", ADA))] if refers else [],
                verified=True,
            )
            answered += _kind(judged(raw, by)) == "answered"
            clock.at += seconds
        assert answered <= 2


def test_the_same_may_be_asked_of_two_orders() -> None:
    by = judge()
    kinds = [
        _kind(judged(arrived(f"Where is my order {n}? I have waited for a week."), by))
        for n in (10023, 10024)
    ]
    assert kinds == ["answered"] * 2


def test_nobody_types_whole_letters_within_half_a_minute() -> None:
    """Each says something else, as machines with a model do."""
    clock, given, answered = FakeClock(), settings(), 0
    pace = Pace(clock, given.mails_per_sender, given.mails_per_thread)
    by = Judge(given, SEAL, pace)
    for number in range(10):
        headers: list[tuple[str, str]] = []
        if number:
            id = SEAL.message_id(f"d-{number}", ADA)
            pace.sent(id)
            headers = [("References", id)]
            clock.at += 30
        words = " ".join(f"{chr(97 + (number * 7 + each) % 26) * 6}" for each in range(90))
        answered += _kind(judged(arrived(words, headers=headers, verified=True), by)) == "answered"
    assert answered == 2


def _kind(event: object) -> str:
    """Whether an automatic answer may follow."""
    assert isinstance(event, InboundMessage)
    assert event.sender.kind == "customer"
    return "answered" if event.unanswered is None else "kept"


def test_short_words_may_be_said_twice() -> None:
    by = judge()
    assert [_kind(judged(arrived("yes"), by)) for _ in range(3)] == ["answered"] * 3


def test_the_same_mail_looked_at_again_is_judged_as_before() -> None:
    by, raw = judge(), arrived("The same words as before, in the very same mail as before.")
    assert [_kind(judged(raw, by)) for _ in range(5)] == ["answered"] * 5


def test_a_sender_beyond_the_cap_is_not_answered_any_more() -> None:
    by = judge(mails_per_sender=6, mails_per_thread=100)
    kinds = [
        _kind(judged(arrived(f"question {n}", verified=True, subject=f"s{n}"), by))
        for n in range(10)
    ]
    assert kinds == ["answered"] * 6 + ["kept"] * 4
    other = arrived("hello", sender="bob@y.example")
    assert _kind(judged(other, by)) == "answered"


def test_a_thread_beyond_the_cap_is_not_answered_any_more() -> None:
    by = judge(mails_per_thread=3)
    kinds = [_kind(judged(arrived(f"word {n}", verified=True), by)) for n in range(5)]
    assert kinds == ["answered"] * 3 + ["kept"] * 2


def test_a_name_that_anybody_may_write_gets_few_answers() -> None:
    """Three hundred mails in the name of one victim, within the hour."""
    by = judge()
    answered = sum(
        _kind(judged(arrived(f"ticket {n}", subject=f"s{n}"), by)) == "answered" for n in range(300)
    )
    assert answered == 5
