"""The few words that this channel says by itself, to one person, in the language that their
client is set to. Everything else that is said comes from the gateway."""

from __future__ import annotations

from collections.abc import Mapping

NOT_YOURS: Mapping[str, str] = {
    "en": "This is not yours: it was offered to somebody else.",
    "de": "Das ist nicht für Sie: Es wurde jemand anderem angeboten.",
    "fr": "Ce choix n’est pas pour vous : il a été proposé à quelqu’un d’autre.",
    "es": "Esto no es para usted: se le ofreció a otra persona.",
    "it": "Non è per lei: è stato proposto a un’altra persona.",
    "pt": "Isto não é para si: foi oferecido a outra pessoa.",
    "nl": "Dit is niet voor u: het is aan iemand anders aangeboden.",
}
PASSED_ON: Mapping[str, str] = {
    "en": "Your wish to talk to a person has arrived.",
    "de": "Ihr Wunsch, mit einem Menschen zu sprechen, ist angekommen.",
    "fr": "Votre demande de parler à une personne est arrivée.",
    "es": "Su deseo de hablar con una persona ha llegado.",
    "it": "La sua richiesta di parlare con una persona è arrivata.",
    "pt": "O seu pedido para falar com uma pessoa chegou.",
    "nl": "Uw verzoek om met een mens te spreken is aangekomen.",
}
HUMAN_COMMAND: Mapping[str, str] = {
    "en": "Talk to a person",
    "de": "Mit einem Menschen sprechen",
    "fr": "Parler à une personne",
    "es": "Hablar con una persona",
    "it": "Parlare con una persona",
    "pt": "Falar com uma pessoa",
    "nl": "Met een mens spreken",
}
ABOUT: Mapping[str, str] = {
    "en": "What it is about",
    "de": "Worum es geht",
    "fr": "De quoi il s’agit",
    "es": "De qué se trata",
    "it": "Di che cosa si tratta",
    "pt": "Do que se trata",
    "nl": "Waar het over gaat",
}
# The names that Discord has for these languages, where they differ.
_LOCALES: Mapping[str, tuple[str, ...]] = {"es": ("es-ES", "es-419"), "pt": ("pt-BR",)}


def word(words: Mapping[str, str], locale: str) -> str:
    return words.get(locale.partition("-")[0].lower(), words["en"])


def localised(words: Mapping[str, str]) -> dict[str, str]:
    """The words by the platform's names for the languages, without English, which is the rest."""
    return {
        locale: text
        for language, text in words.items()
        if language != "en"
        for locale in _LOCALES.get(language, (language,))
    }
