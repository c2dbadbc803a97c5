"""What is offered as a no is never a word that a platform or we take for leaving altogether."""

from __future__ import annotations

import re

import pytest

from brain.actions.consent import said
from gateway.intake.signals import consent_in
from gateway.notices.catalogue import LANGUAGES, Notices

# Twilio's own words for leaving, as the platform takes them whole.
LEAVING = {"stop", "stopall", "cancel", "end", "quit", "unsubscribe", "revoke", "optout"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_buttons_say_what_they_do_and_leave_nothing(language: str) -> None:
    shown = Notices("Fernhill").say(
        "confirm", language, action="Refund", details="Order: A1", minutes="15"
    )
    yes, no = (choice.label for choice in shown.choices)
    assert (said(yes), said(no)) == ("yes", "no")
    assert consent_in(no, opted_out=False) is None
    words = {word.casefold() for word in re.findall(r"\w+", f"{shown.text} {yes} {no}")}
    assert not words & LEAVING
    unclear = Notices("Fernhill").say("confirm_unclear", language).text
    assert not {word.casefold() for word in re.findall(r"\w+", unclear)} & LEAVING
