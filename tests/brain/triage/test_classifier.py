"""What a message is: its language, small talk, repetition, and the question in its context."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.contract import Author, Said
from brain.triage.classifier import Classifier, Triage, case_of, shipped

CLASSIFIER: Classifier = shipped()
CITED = ("returns#1",)


def said(
    text: str, author: Author = "customer", at: float = 0.0, passages: tuple[str, ...] = ()
) -> Said:
    return Said(seq=1, author=author, text=text, at=at, passages=passages)


def look(text: str, *history: Said, known: str | None = "en") -> Triage:
    return CLASSIFIER.look((said(text),), history, known)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How long can I return something?", "en"),
        ("what does shipping cost", "en"),
        ("Wie lange kann ich etwas zurückgeben?", "de"),
        ("was kostet der versand", "de"),
        ("Combien coûte la livraison en Suisse ?", "fr"),
        ("je n'ai pas reçu mon colis", "fr"),
        ("¿Cuánto cuesta el envío a España?", "es"),
        ("no he recibido mi pedido todavía", "es"),
        ("Quanto costa la spedizione in Italia?", "it"),
        ("non ho ricevuto il mio ordine", "it"),
        ("Quanto custa o envio para Portugal?", "pt"),
        ("não recebi a minha encomenda", "pt"),
        ("Hoeveel kost verzenden naar België?", "nl"),
        ("ik heb mijn bestelling niet ontvangen", "nl"),
    ],
)
def test_the_language_of_a_sentence(text: str, language: str) -> None:
    assert look(text, known=None).language == language
    assert look(text, known="en").language == language


@pytest.mark.parametrize("text", ["ok", "12345", "???", "", "Fernhill Ridge"])
def test_a_short_text_keeps_the_conversations_language(text: str) -> None:
    assert look(text, known="nl").language == "nl"


@pytest.mark.parametrize(
    "text",
    ["Hi", "hello there!", "Good morning", "Hallo", "guten Tag", "Bonjour", "salut",
     "¡Hola! buenas tardes", "ciao", "Buongiorno", "Olá, tudo bem?", "oi", "Goedemorgen", "hoi",
     "hi, can you help me?", "hello I have a question", "Hallo, ich habe eine Frage"],
)  # fmt: skip
def test_a_greeting_alone(text: str) -> None:
    assert look(text).small_talk == "greeting"


@pytest.mark.parametrize(
    "text",
    ["thanks", "Thank you so much!", "thx", "great, that helped, thank you", "bye", "👍",
     "Danke schön", "vielen Dank für die Hilfe", "merci beaucoup", "muchas gracias por la ayuda",
     "grazie mille", "muito obrigado pela ajuda", "dank je wel", "bedankt voor de hulp"],
)  # fmt: skip
def test_thanks_alone(text: str) -> None:
    assert look(text).small_talk == "thanks"


@pytest.mark.parametrize(
    "text",
    ["are you a bot?", "Am I talking to a real person?", "is this a bot", "who am I talking to?",
     "Bist du ein Bot?", "Sind Sie ein Mensch?", "Êtes-vous un robot ?", "¿Eres un robot?",
     "Sei un bot?", "Você é um robô?", "Ben je een robot?", "r u human"],
)  # fmt: skip
def test_the_question_whether_this_is_a_bot(text: str) -> None:
    triage = look(text)
    assert triage.small_talk == "are_you_a_bot"
    assert triage.wish is None


@pytest.mark.parametrize(
    "text",
    ["hi, how long can I return something?", "thanks, and what does shipping cost?",
     "great tent, which poles fit?", "hello my parcel is late", "Danke, und was kostet Versand?"],
)  # fmt: skip
def test_a_question_is_no_small_talk(text: str) -> None:
    assert look(text).small_talk is None


@pytest.mark.parametrize("text", ["???", "", "   ", "...", "asdfgh", "sdfkjhsdkfjh", "qwerty asdf"])
def test_what_cannot_be_understood(text: str) -> None:
    assert look(text).unsuccessful == "not_understood"


@pytest.mark.parametrize("text", ["12345", "Где мой заказ?", "返品できますか", "SPF 30?", "tent"])
def test_what_is_only_unusual_is_understood(text: str) -> None:
    assert look(text).unsuccessful is None


ASKED = (
    said("How long can I return a tent?"),
    said("You can return anything within 60 days.", "assistant", passages=CITED),
)


@pytest.mark.parametrize(
    "text",
    ["That did not help", "this doesn't answer my question", "not what I asked",
     "it still doesn't work", "das hilft mir nicht weiter", "das hat nicht geholfen",
     "ça ne m'aide pas", "eso no me ayuda", "no me sirve", "non mi aiuta", "não ajudou",
     "dat helpt niet", "daar heb ik niks aan geholpen"],
)  # fmt: skip
def test_an_answer_that_did_not_help(text: str) -> None:
    assert look(text, *ASKED).unsuccessful == "not_helpful"
    assert look(text).unsuccessful is None


@pytest.mark.parametrize(
    "text",
    ["how long can I return a tent", "HOW LONG to return the tent???", "tent return how long"],
)
def test_the_same_question_again(text: str) -> None:
    assert look(text, *ASKED).unsuccessful == "repeated"


def test_another_question_is_not_the_same() -> None:
    assert look("what does shipping to Norway cost?", *ASKED).unsuccessful is None


def test_a_question_that_nobody_answered_may_be_asked_again() -> None:
    assert look("How long can I return a tent?", ASKED[0]).unsuccessful is None


@pytest.mark.parametrize(
    ("text", "leans"),
    [("and for international?", "goes_on"), ("what about a backpack?", "goes_on"),
     ("und für Stiefel?", "goes_on"), ("how heavy is it?", "points"),
     ("et pour la Suisse ?", "goes_on"), ("why?", "bare"), ("how much is it?", "bare"),
     ("¿y para España?", "goes_on"), ("e per la Svizzera?", "goes_on"),
     ("e para o Brasil?", "goes_on"), ("en voor België?", "goes_on"), ("warum?", "bare")],
)  # fmt: skip
def test_a_follow_up_leans_on_the_question_before_it(text: str, leans: str) -> None:
    triage = look(text, *ASKED)
    assert [(question.text, question.leans) for question in triage.questions] == [(text, leans)]
    assert triage.previous == "How long can I return a tent?"


def test_a_question_of_its_own_leans_on_nothing() -> None:
    (question,) = look("Which payment methods do you accept in the store?", *ASKED).questions
    assert question.leans == "nothing"


def test_a_follow_up_of_a_follow_up_keeps_the_matter() -> None:
    history = (*ASKED, said("and for boots?"), said("Boots too.", "assistant", passages=CITED))
    assert look("why?", *history).previous == "How long can I return a tent?\nand for boots?"


@pytest.mark.parametrize(
    ("text", "other"),
    [("and for the other one?", "same"), ("und das andere?", "same"), ("et l'autre ?", "same"),
     ("¿y el otro?", "same"), ("e l'altro?", "same"), ("e o outro?", "same"),
     ("en de andere?", "same"), ("how heavy is the other one?", "asks"), ("and boots?", "no")],
)  # fmt: skip
def test_the_other_of_two(text: str, other: str) -> None:
    assert [question.other for question in look(text, *ASKED).questions] == [other]


def test_a_bot_question_beside_a_real_one_is_noticed_and_the_real_one_is_kept() -> None:
    triage = look("Are you a bot? How long can I return a tent?")
    assert triage.small_talk is None
    assert triage.bot_question
    assert [question.text for question in triage.questions] == ["How long can I return a tent?"]


ASKED_WHICH = Said(2, "assistant", "Do you mean Lamp 200 or Lamp 400?", 0.0, notice="clarify")


def test_the_reply_to_a_clarifying_question_stands_with_what_it_clarifies() -> None:
    pending = look("the second one", said("How heavy is the lamp?"), ASKED_WHICH)
    assert pending.clarified is not None
    assert pending.clarified.pending
    assert pending.clarified.question == "How heavy is the lamp?"
    assert pending.clarified.parts == ("How heavy is the lamp?",)
    assert pending.points_at == "second"
    settled = (said("How heavy is the lamp?"), ASKED_WHICH, said("Lamp 400"),
               said("92 g.", "assistant", passages=CITED))  # fmt: skip
    later = look("and is it waterproof?", *settled)
    assert later.clarified is not None
    assert not later.clarified.pending
    assert later.clarified.reply == "Lamp 400"
    assert later.previous == "How heavy is the lamp?\nLamp 400"


def test_a_complaint_about_the_answer_is_not_the_question_before() -> None:
    history = (*ASKED, said("that did not help"))
    assert look("and for international?", *history).previous == "How long can I return a tent?"


def test_what_the_case_has_seen() -> None:
    triage = look("and a stove?", *ASKED)
    assert triage.earlier == CITED
    assert triage.told == ("You can return anything within 60 days.",)


def test_the_button_is_a_wish_and_the_others_are_not() -> None:
    pressed = Said(seq=2, author="customer", text="", at=0.0, choice="person")
    other = Said(seq=2, author="customer", text="Keep going", at=0.0, choice="keep_going")
    assert CLASSIFIER.look((pressed,), (), "en").wish
    assert CLASSIFIER.look((other,), (), "en").wish is None


def test_a_wish_in_any_of_several_messages() -> None:
    new = (said("what does shipping cost"), said("no wait, agent please"), said("hello?"))
    assert CLASSIFIER.look(new, (), "en").wish


def test_a_file_without_words() -> None:
    file = Said(seq=1, author="customer", text="", at=0.0, files=("photo.jpg",))
    assert CLASSIFIER.look((file,), (), "en").about_files


@pytest.mark.parametrize(
    "text",
    [
        "is this covered?",
        "Can you read this?",
        "see the attached photo please",
        "Was steht in dem Anhang?",
        "Que dit ce document ?",
        "Mira la foto por favor",
        "Guardate la foto",
        "Veja a imagem em anexo",
        "Wat staat er in de bijlage?",
    ],
)
def test_words_that_point_at_a_file(text: str) -> None:
    file = Said(seq=1, author="customer", text=text, at=0.0, files=("photo.jpg",))
    assert CLASSIFIER.look((file,), (), None).about_files
    assert not CLASSIFIER.look((said(text),), (), None).about_files


@pytest.mark.parametrize(
    "text",
    [
        "How long may I return boots that I bought in the shop last month?",
        "Wie lange kann ich Stiefel zurückgeben, die im Laden gekauft wurden?",
        "What does standard shipping to Norway cost?",
    ],
)
def test_a_question_of_its_own_is_answered_whatever_came_with_it(text: str) -> None:
    file = Said(seq=1, author="customer", text=text, at=0.0, files=("photo.jpg",))
    assert not CLASSIFIER.look((file,), (), None).about_files


def test_an_older_matter_is_not_this_case() -> None:
    week = 7 * 24 * 3600.0
    history = (*ASKED, said("thanks", at=10.0))
    assert case_of(history, (said("hi", at=20.0),)) == history
    assert case_of(history, (said("hi", at=week),)) == ()
    rated = Said(seq=9, author="system", text="", at=15.0, notice="rating")
    assert case_of((*history, rated), (said("hi", at=20.0),)) == ()


@given(st.text(max_size=300), st.text(max_size=100))
def test_no_text_breaks_it(text: str, before: str) -> None:
    look(text, said(before), said("answer", "assistant", passages=CITED), known=None)


@pytest.mark.parametrize("piece", ["tent ", "x", "é", "why? ", "\n", "hello "])
def test_a_huge_message_is_read_in_bounded_work(piece: str) -> None:
    look(piece * (100_000 // len(piece)), *ASKED)


def test_a_greeting_that_one_language_has_tells_the_language() -> None:
    greeting = Said(1, "customer", "Guten Tag", 0.0)
    assert CLASSIFIER.look([greeting], [], None).language == "de"


def test_a_mistyped_matter_speaks_of_the_business() -> None:
    said = Said(1, "customer", "my parsel is demaged", 0.0)
    (question,) = CLASSIFIER.look([said], [], None).questions
    assert question.matter.us


def test_a_mere_no_to_an_answer_says_that_it_did_not_help() -> None:
    asked = Said(1, "customer", "How do I wash my tent?", 0.0)
    answer = Said(2, "assistant", "Use a soft sponge.", 0.0, passages=("p1",))
    told = replace(answer, text="Use a soft sponge. Does it help?")
    no = Said(3, "customer", "Nope!", 0.0)
    assert CLASSIFIER.look([no], [asked, answer], "en").unsuccessful == "not_helpful"
    assert CLASSIFIER.look([no], [asked, told], "en").unsuccessful is None
