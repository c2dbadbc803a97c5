"""What models are told beside the passages, as a configuration has it."""

from __future__ import annotations

from collections.abc import Callable

from brain.acts import Actions
from brain.answering.manner import Manner
from brain.contract import Passages
from gateway.bootstrap.acting import catalogue_for
from gateway.bootstrap.thinking import Account, Means
from gateway.config.settings import Settings, VoiceSettings
from gateway.knowledge.contradicting import StoredContradictions


def means_of(
    settings: Settings,
    account: Account,
    actions: Actions,
    contradictions: StoredContradictions,
    passages: Passages,
) -> Means:
    """For a gateway that acts."""
    return Means(
        account,
        (catalogue_for(settings.brain.actions), actions),
        contradictions,
        passages,
        manner_of(settings.business.voice),
        settings.privacy.masking.text,
    )


def manner_of(voice: VoiceSettings) -> Callable[[str], Manner]:
    """How the answers of a channel are written."""
    forms = {str(tag): str(form) for tag, form in voice.form.items()}

    def manner(channel: str) -> Manner:
        return Manner(voice.words, voice.never, forms, voice.longest.get(channel))

    return manner
