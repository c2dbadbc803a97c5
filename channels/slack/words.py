"""The one sentence that this channel says by itself, to one person alone, in the language that
their Slack speaks. Everything else that is said comes from the gateway."""

from __future__ import annotations

from collections.abc import Mapping

NOT_YOURS: Mapping[str, str] = {
    "en": "This question was asked to somebody else. Write to me to ask your own.",
    "de": "Diese Frage ging an jemand anderen. Schreiben Sie mir, um Ihre eigene zu stellen.",
    "fr": "Cette question était pour quelqu’un d’autre. Écrivez-moi pour poser la vôtre.",
    "es": "Esta pregunta era para otra persona. Escríbame para hacer la suya.",
    "it": "Questa domanda era per un’altra persona. Mi scriva per fare la sua.",
    "pt": "Esta pergunta era para outra pessoa. Escreva-me para fazer a sua.",
    "nl": "Deze vraag was voor iemand anders. Schrijf mij om uw eigen vraag te stellen.",
}


def not_yours(locale: str | None) -> str:
    """For a locale of Slack's (``de-DE``, ``pt-BR``); else English."""
    return NOT_YOURS.get((locale or "").lower().partition("-")[0], NOT_YOURS["en"])
