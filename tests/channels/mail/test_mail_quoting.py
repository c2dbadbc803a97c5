"""The words that are new in a reply, in the languages of mail programs; nothing of them is lost."""

from __future__ import annotations

import pytest

from channels.mail.parsing.quoting import said

OURS = "> Standard shipping costs 4.90 euros.\n> Written by our AI assistant.\n"
REPLIES = {
    "gmail en": (
        "Thanks, and to France?\n\n"
        "On Mon, 5 Jan 2026 at 10:02, Shop <help@shop.example>\n"
        "wrote:\n\n"
    )
    + OURS,
    "apple en": (
        "Thanks, and to France?\n\n> On 5 Jan 2026, at 10:02, Shop <help@shop.example> wrote:\n> \n"
    )
    + OURS,
    "gmail de": (
        "Danke, und nach Wien?\n\n"
        "Am Mo., 5. Jan. 2026 um 10:02 Uhr schrieb Shop <\n"
        "help@shop.example>:\n\n"
    )
    + OURS,
    "thunderbird de": ("Danke, und nach Wien?\n\nAm 05.01.26 um 10:02 schrieb Shop:\n") + OURS,
    "outlook en": (
        "Thanks, and to France?\n\n"
        "From: Shop <help@shop.example>\n"
        "Sent: Monday, January 5, 2026 10:02\n"
        "To: Ada\n"
        "Subject: Re: Shipping\n\n"
        "It costs 4.90 euros."
    ),
    "outlook de": (
        "Danke, und nach Wien?\n\n"
        "Von: Shop <help@shop.example>\n"
        "Gesendet: Montag, 5. Januar 2026 10:02\n"
        "An: Ada\n"
        "Betreff: AW: Versand\n\n"
        "Er kostet 4,90 Euro."
    ),
    "gmail fr": (
        "Merci, et vers Lyon ?\n\n"
        "Le lun. 5 janv. 2026 à 10:02, Shop <help@shop.example> a écrit :\n\n"
    )
    + OURS,
    "outlook fr": (
        "Merci, et vers Lyon ?\n\n"
        "De : Shop <help@shop.example>\n"
        "Envoyé : lundi 5 janvier 2026 10:02\n"
        "À : Ada\n"
        "Objet : Re: Envoi\n\n"
        "Cela coûte 4,90 euros."
    ),
    "gmail es": (
        "Gracias, ¿y a Lima?\n\n"
        "El lun, 5 ene 2026 a las 10:02, Shop (<help@shop.example>) escribió:\n\n"
    )
    + OURS,
    "gmail it": (
        "Grazie, e a Roma?\n\n"
        "Il giorno lun 5 gen 2026 alle ore 10:02 Shop <help@shop.example> ha scritto:\n\n"
    )
    + OURS,
    "gmail pt": (
        "Obrigado, e para Lisboa?\n\n"
        "Em seg., 5 de jan. de 2026 às 10:02, Shop <help@shop.example>\n"
        "escreveu:\n\n"
    )
    + OURS,
    "outlook pt": (
        "Obrigado, e para Lisboa?\n\n"
        "De: Shop <help@shop.example>\n"
        "Enviada em: segunda-feira, 5 de janeiro de 2026 10:02\n"
        "Para: Ada\n"
        "Assunto: Re: Envio\n\n"
        "Custa 4,90."
    ),
    "gmail nl": (
        "Bedankt, en naar Gent?\n\nOp ma 5 jan 2026 om 10:02 schreef Shop <help@shop.example>:\n\n"
    )
    + OURS,
    "old outlook": (
        "Thanks, and to France?\n\n"
        "-----Original Message-----\n"
        "From: Shop\n"
        "To: Ada\n\n"
        "It costs 4.90 euros."
    ),
    "bare quote": ("Thanks, and to France?\n\n") + OURS,
}


@pytest.mark.parametrize("text", REPLIES.values(), ids=REPLIES)
def test_only_the_new_words_of_a_reply_are_read(text: str) -> None:
    assert said(text) == text.partition("\n")[0]


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nAda Lovelace\nAnalytical Engines Ltd",
        "--\nAda Lovelace",
        "Best regards,\nAda Lovelace\n+44 20 7946 0000",
        "Mit freundlichen Grüßen\n\nAda Lovelace",
        "Cordialement,\nAda",
        "Saludos\nAda",
        "Cordiali saluti\nAda",
        "Atenciosamente,\nAda",
        "Met vriendelijke groet,\nAda",
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Verzonden vanaf mijn iPhone",
    ],
)
def test_signatures_are_left_out(signature: str) -> None:
    assert said(f"Where is my order 123?\n\n{signature}") == "Where is my order 123?"


@pytest.mark.parametrize(
    "text",
    [
        " leading and trailing ",
        "Thanks, but my order number is 123.\nThanks, again: where is it?",
        "I want to return:\n- boots\n- a tent\nBoth unused.",
        "He told me:\nno refunds.\nIs that right?",
        "Sent from my desk I shall not.\nWhat now?",
        "Best regards,\n" + "the story goes on and on about my parcel. " * 12,
        "a -- b\n---\nc",
        "From: Berlin\nTo: Vienna\nwhat does it cost?",
        "5 > 3\n> 7?\nis that so",
        "two\nlines\tand a tab",
    ],
)
def test_what_is_no_quote_and_no_signature_stays_as_it_was_written(text: str) -> None:
    assert said(text) == text


def test_answers_below_and_between_the_quotes_are_read() -> None:
    attribution = "On Mon, 5 Jan 2026 at 10:02, Shop <help@shop.example> wrote:"
    below = f"{attribution}\n> Which order?\n\nNumber 123.\n-- \nAda"
    assert said(below) == "Number 123."
    between = f"{attribution}\n> Which order?\nNumber 123.\n> Which size?\n42."
    assert said(between) == "Number 123.\n42."


def test_where_nothing_would_be_left_everything_is_read() -> None:
    for text in (OURS.strip(), "-- \nAda", f"On Monday, Shop wrote:\n{OURS}".strip()):
        assert said(text) == text


def test_what_is_forwarded_is_what_they_want_to_show() -> None:
    text = f"please look\n\nFrom: Shop <a@b.example>\nSent: Monday\nTo: Ada\nSubject: x\n\n{OURS}"
    assert said(text, "Fwd: your invoice") == text
    assert said(text, "WG: Ihre Rechnung") == text
    assert said(text, "Re: your invoice") == "please look"
