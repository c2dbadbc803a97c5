"""The few sentences that only this platform needs, in every language that the gateway speaks. What
can be said as a message of the gateway does not belong here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """``hello`` is what pressing Start says; ``not_yours`` answers who presses another one's
    button; ``apart`` and ``open`` invite out of a group; ``person`` describes /human."""

    hello: str
    not_yours: str
    apart: str
    open: str
    person: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        "Hello",
        "This button is for somebody else. Write to me, and you get your own.",
        "This is for you alone. Open a chat with me, and we go on there.",
        "Open the chat",
        "Talk to a person",
    ),
    "de": Words(
        "Hallo",
        "Dieser Knopf ist für jemand anderen. Schreiben Sie mir, dann bekommen Sie Ihren eigenen.",
        "Das ist nur für Sie. Öffnen Sie einen Chat mit mir, dort geht es weiter.",
        "Chat öffnen",
        "Mit einem Menschen sprechen",
    ),
    "fr": Words(
        "Bonjour",
        "Ce bouton est pour quelqu’un d’autre. Écrivez-moi et vous aurez le vôtre.",
        "Ceci n’est que pour vous. Ouvrez une discussion avec moi, nous y continuerons.",
        "Ouvrir la discussion",
        "Parler à une personne",
    ),
    "es": Words(
        "Hola",
        "Este botón es para otra persona. Escríbame y tendrá el suyo.",
        "Esto es solo para usted. Abra un chat conmigo y seguimos allí.",
        "Abrir el chat",
        "Hablar con una persona",
    ),
    "it": Words(
        "Ciao",
        "Questo pulsante è per un’altra persona. Mi scriva e avrà il suo.",
        "Questo è solo per lei. Apra una chat con me e continuiamo lì.",
        "Apri la chat",
        "Parlare con una persona",
    ),
    "pt": Words(
        "Olá",
        "Este botão é para outra pessoa. Escreva-me e terá o seu.",
        "Isto é só para si. Abra uma conversa comigo e continuamos lá.",
        "Abrir a conversa",
        "Falar com uma pessoa",
    ),
    "nl": Words(
        "Hallo",
        "Deze knop is voor iemand anders. Schrijf mij, dan krijgt u uw eigen knop.",
        "Dit is alleen voor u. Open een chat met mij, dan gaan we daar verder.",
        "Chat openen",
        "Met een mens praten",
    ),
}


def words(language_code: str | None) -> Words:
    """For the language that a person's Telegram speaks (``de``, ``pt-br``); else English."""
    return WORDS.get((language_code or "").lower().partition("-")[0], WORDS["en"])
