"""Without a model, an action is recognised by the phrases of the configuration; a question about
its subject is none."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from brain.action_settings import ActionsSettings
from brain.actions.catalogue import Catalogue, catalogue_of
from brain.actions.recognition import wished
from brain.contract import Said
from brain.triage.vocabulary import LANGUAGES

FILE = Path(__file__).parents[3] / "gateway" / "demo" / "shop" / "actions.yaml"


@pytest.fixture(scope="module")
def demo() -> Catalogue:
    return catalogue_of(ActionsSettings.model_validate(yaml.safe_load(FILE.read_text())), {})


def said(text: str, author: str = "customer", seq: int = 1) -> Said:
    return Said(seq, author, text, 0.0)  # pyright: ignore[reportArgumentType]  # one of the four


@pytest.mark.parametrize(
    ("text", "action", "arguments"),
    [
        ("I want a refund for order FH1000002", "refund", {"order": "FH1000002"}),
        ("can you refund fh1000002?", "refund", {"order": "FH1000002"}),
        ("Bitte die Bestellung FH1000002 erstatten", "refund", {"order": "FH1000002"}),
        ("where is my order FH1000003?", "order_status", {"order": "FH1000003"}),
        ("I'd like my money back", "refund", {}),
        ("please send my order FH1000005 back", "return_order", {"order": "FH1000005"}),
        (
            "change the delivery address of FH1000004 to 12 Mill Lane, Leeds LS1 4AB",
            "change_address",
            {"order": "FH1000004", "address": "12 Mill Lane, Leeds LS1 4AB"},
        ),
        ("reschedule FH1000004 to Friday", "reschedule", {"order": "FH1000004", "day": "Friday"}),
        ("reset my password", "reset_password", {}),
        ("call me back on +44 20 7946 0123", "call_back", {"phone": "+44 20 7946 0123"}),
        ("change my subscription to monthly box", "change_subscription", {"plan": "monthly box"}),
        (
            "change my email from a@b.example to c@d.example",
            "change_email",
            {"account": "a@b.example", "email": "c@d.example"},
        ),
    ],
)
def test_a_wish_is_read_off_the_words(
    demo: Catalogue, text: str, action: str, arguments: dict[str, str]
) -> None:
    wish = wished(demo, [said(text)], ())
    assert wish is not None
    assert (wish.request.action, dict(wish.request.arguments)) == (action, arguments)


@pytest.mark.parametrize(
    "text",
    [
        "How long does a refund take?",
        "When do I get my money back?",
        "How do I reset my password?",
        "Wie lange dauert die Erstattung?",
        "Can I change the delivery address?",
        "What does shipping cost?",
        "I want to talk to a person",
        "my refund? no idea",
        "hello",
        "refund " * 200,
    ],
)
def test_a_question_about_the_subject_is_none(demo: Catalogue, text: str) -> None:
    assert wished(demo, [said(text)], ()) is None


def test_the_answer_to_our_question_goes_on_with_what_was_wished(demo: Catalogue) -> None:
    asked = "Which order is it? The number begins with FH and has seven digits."
    history = [said("I want my money back"), said(f"Hi!\n\n{asked}", "assistant", 2)]
    wish = wished(demo, [said("FH1000002", seq=3)], history)
    assert wish is not None
    assert wish.request.action == "refund"
    assert dict(wish.request.arguments) == {"order": "FH1000002"}
    assert wished(demo, [said("never mind", seq=3)], history) is None
    assert wished(demo, [said("FH1000002", seq=3)], [said("hello"), history[1]]) is None


@pytest.mark.parametrize(
    ("text", "action", "language", "arguments"),
    [
        (
            "Je voudrais un remboursement pour la commande FH1000002",
            "refund", "fr", {"order": "FH1000002"},
        ),
        ("Quiero un reembolso del pedido FH1000002", "refund", "es", {"order": "FH1000002"}),
        ("Vorrei un rimborso per l’ordine FH1000002", "refund", "it", {"order": "FH1000002"}),
        ("Quero o reembolso da encomenda FH1000002", "refund", "pt", {"order": "FH1000002"}),
        (
            "Ik wil mijn geld terug voor bestelling FH1000002",
            "refund", "nl", {"order": "FH1000002"},
        ),
        ("Où est ma commande FH1000003 ?", "order_status", "fr", {"order": "FH1000003"}),
        ("¿Dónde está mi pedido FH1000003?", "order_status", "es", {"order": "FH1000003"}),
        ("Dov'è il mio ordine FH1000003?", "order_status", "it", {"order": "FH1000003"}),
        ("Onde está a minha encomenda FH1000003?", "order_status", "pt", {"order": "FH1000003"}),
        ("Waar is mijn bestelling FH1000003?", "order_status", "nl", {"order": "FH1000003"}),
        ("Je veux renvoyer ma commande FH1000005", "return_order", "fr", {"order": "FH1000005"}),
        ("Quiero devolver mi pedido FH1000005", "return_order", "es", {"order": "FH1000005"}),
        ("Vorrei restituire il mio ordine FH1000005", "return_order", "it", {"order": "FH1000005"}),
        ("Quero devolver a encomenda FH1000005", "return_order", "pt", {"order": "FH1000005"}),
        ("Ik wil bestelling FH1000005 terugsturen", "return_order", "nl", {"order": "FH1000005"}),
        (
            "Changer l'adresse de FH1000004 à 5 rue des Lilas, 75011 Paris",
            "change_address", "fr",
            {"order": "FH1000004", "address": "5 rue des Lilas, 75011 Paris"},
        ),
        (
            "Quiero cambiar la dirección del pedido FH1000004 a Calle Mayor 5, 28013 Madrid",
            "change_address", "es",
            {"order": "FH1000004", "address": "Calle Mayor 5, 28013 Madrid"},
        ),
        (
            "Cambiare l'indirizzo dell'ordine FH1000004 in Via Roma 12, 00184 Roma",
            "change_address", "it", {"order": "FH1000004", "address": "Via Roma 12, 00184 Roma"},
        ),
        (
            "Alterar a morada da encomenda FH1000004 para Rua Augusta 12, 1100 Lisboa",
            "change_address", "pt",
            {"order": "FH1000004", "address": "Rua Augusta 12, 1100 Lisboa"},
        ),
        (
            "Adres wijzigen van FH1000004 naar Dorpsstraat 8, 1012 AB Amsterdam",
            "change_address", "nl",
            {"order": "FH1000004", "address": "Dorpsstraat 8, 1012 AB Amsterdam"},
        ),
        (
            "I would like to change the delivery address of FH1000004 to 12 Mill Lane, Leeds LS1",
            "change_address", "en", {"order": "FH1000004", "address": "12 Mill Lane, Leeds LS1"},
        ),
        (
            "Reporter la livraison de FH1000004 à vendredi",
            "reschedule", "fr", {"order": "FH1000004", "day": "vendredi"},
        ),
        (
            "Aplazar la entrega de FH1000004 al sábado",
            "reschedule", "es", {"order": "FH1000004", "day": "sábado"},
        ),
        (
            "Spostare la consegna di FH1000004 a lunedì",
            "reschedule", "it", {"order": "FH1000004", "day": "lunedì"},
        ),
        (
            "Adiar a entrega da FH1000004 para terça-feira",
            "reschedule", "pt", {"order": "FH1000004", "day": "terça-feira"},
        ),
        (
            "Bezorging verplaatsen van FH1000004 naar vrijdag",
            "reschedule", "nl", {"order": "FH1000004", "day": "vrijdag"},
        ),
        ("Rappelez-moi au +33 1 42 68 53 00", "call_back", "fr", {"phone": "+33 1 42 68 53 00"}),
        ("Llámenme al +34 91 123 45 67", "call_back", "es", {"phone": "+34 91 123 45 67"}),
        ("Richiamatemi al +39 06 1234 5678", "call_back", "it", {"phone": "+39 06 1234 5678"}),
        ("Liguem-me para +351 21 123 4567", "call_back", "pt", {"phone": "+351 21 123 4567"}),
        ("Bel me terug op +31 20 123 4567", "call_back", "nl", {"phone": "+31 20 123 4567"}),
        ("Réinitialiser mon mot de passe", "reset_password", "fr", {}),
        ("Restablecer mi contraseña", "reset_password", "es", {}),
        ("Reimpostare la mia password", "reset_password", "it", {}),
        ("Quero repor a minha palavra-passe", "reset_password", "pt", {}),
        ("Mijn wachtwoord resetten", "reset_password", "nl", {}),
        (
            "Changer mon abonnement : quarterly box",
            "change_subscription", "fr", {"plan": "quarterly box"},
        ),
        (
            "Cambiar mi suscripción a quarterly box",
            "change_subscription", "es", {"plan": "quarterly box"},
        ),
        (
            "Cambiare il mio abbonamento in quarterly box",
            "change_subscription", "it", {"plan": "quarterly box"},
        ),
        (
            "Mudar a minha assinatura para quarterly box",
            "change_subscription", "pt", {"plan": "quarterly box"},
        ),
        (
            "Mijn abonnement wijzigen in quarterly box",
            "change_subscription", "nl", {"plan": "quarterly box"},
        ),
        (
            "Changer mon adresse e-mail de a@b.example à c@d.example",
            "change_email", "fr", {"account": "a@b.example", "email": "c@d.example"},
        ),
        (
            "Cambiar mi correo de a@b.example a c@d.example",
            "change_email", "es", {"account": "a@b.example", "email": "c@d.example"},
        ),
        (
            "Cambiare la mia email da a@b.example a c@d.example",
            "change_email", "it", {"account": "a@b.example", "email": "c@d.example"},
        ),
        (
            "Alterar o meu email de a@b.example para c@d.example",
            "change_email", "pt", {"account": "a@b.example", "email": "c@d.example"},
        ),
        (
            "Mijn e-mailadres wijzigen van a@b.example naar c@d.example",
            "change_email", "nl", {"account": "a@b.example", "email": "c@d.example"},
        ),
    ],
)  # fmt: skip
def test_a_wish_is_read_in_every_shipped_language(
    demo: Catalogue, text: str, action: str, language: str, arguments: dict[str, str]
) -> None:
    wish = wished(demo, [said(text)], ())
    assert wish is not None
    assert language in wish.languages
    found = (wish.request.action, dict(wish.request.arguments))
    assert found == (action, arguments)


@pytest.mark.parametrize(
    "text",
    [
        "Combien de temps prend un remboursement ?",
        "¿Cuándo recibo el reembolso?",
        "Come posso reimpostare la mia password?",
        "Quanto tempo demora o reembolso?",
        "Hoe lang duurt een terugbetaling?",
        "Quelle est l'adresse du magasin ?",
        "¿Puedo cambiar la dirección?",
    ],
)
def test_a_question_is_none_in_any_language(demo: Catalogue, text: str) -> None:
    assert wished(demo, [said(text)], ()) is None


def test_every_word_of_the_demo_is_there_in_every_language(demo: Catalogue) -> None:
    for action in demo.all():
        settings = action.settings
        texts = [settings.title, settings.asks, settings.answer, settings.missing]
        texts += [*settings.labels.values(), *settings.prompts.values()]
        texts += [settings.note] if settings.note else []
        for words in texts:
            assert set(words) == set(LANGUAGES), (action.name, words)
            assert all(words.values())


@pytest.mark.parametrize(
    ("prompted", "answer", "address"),
    [
        ("What is the whole new address?", "to mill lane 12, leeds", "mill lane 12, leeds"),
        (
            "Wie lautet die ganze neue Adresse?",
            "an am markt 5, 10115 berlin", "am markt 5, 10115 berlin",
        ),
        (
            "¿Cuál es la nueva dirección completa?",
            "a calle mayor 5, 28013 madrid", "calle mayor 5, 28013 madrid",
        ),
    ],
)  # fmt: skip
def test_an_address_in_small_letters_answers_our_question(
    demo: Catalogue, prompted: str, answer: str, address: str
) -> None:
    action = demo.get("change_address")
    assert action is not None
    asked = next(w for w in action.settings.prompts["address"].values() if w.startswith(prompted))
    history = [said("change the delivery address of FH1000004"), said(asked, "assistant", 2)]
    wish = wished(demo, [said(answer, seq=3)], history)
    assert wish is not None
    assert dict(wish.request.arguments) == {"order": "FH1000004", "address": address}
