"""The wish for a person: found however it is said, and not where people are merely mentioned."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.triage import wish
from brain.triage.vocabulary import LANGUAGES, load

VOCABULARIES = [load(language) for language in LANGUAGES]

WISHES = """
I want to talk to a person
hooman
can I talk 2 some1
agent pls
AGENT!!!
human
person
Operator
real person please
live agent
let me speak to your manager
i need to spek to sombody
can i tlak to a humn
connect me with an agnet
tranfser me to a representitve
give me a human already
I don't want to talk to a bot, I want a person
i dont want a bot i want a human
why can't I just speak to a human?
Don't you have a person I can talk to?
no more bot
stop with the robot answers
is there a real human I can chat with
can someone call me
please call me back
h u m a n please
I'd rather talk to a real person about it
hey gimme a real person
whatever, human please
That did not help. Agent.
put me through to customer service
what do I need to do to speak with an agent?
echte Person
Mensch
Mitarbeiter bitte
Ich möchte mit einem Menschen sprechen
kann ich mit jemandem reden?
kann ich bitte mit nem Mitarbeiter sprechn
Verbinden Sie mich bitte mit einem Mitarbeiter
ich will keinen bot, ich will einen menschen
Ich brauche einen richtigen Ansprechpartner
gib mir einen echten menschen
parler à quelqu'un
je veux parler à un humain
je voudrais parler a un conseillé
Puis-je parler à un conseiller s'il vous plaît ?
passez-moi un agent
une vraie personne svp
humain
j'en ai marre de ce robot
mettez-moi en relation avec quelqu'un
hablar con una persona
quiero hablar con un humano
quiero ablar con alguien
persona real por favor
pásame con un agente
necesito un asesor ya
¿Puedo hablar con alguien?
agente
no quiero hablar con un robot
parlare con una persona
voglio parlare con un operatore
vorrei parlare con qualcuno
operatore
passatemi un operatore
una persona vera per favore
posso parlare con un umano?
non voglio parlare con un bot
falar com uma pessoa
quero falar com um atendente
quero falar com alguém
atendente
me passa para um atendente humano
pessoa real por favor
preciso falar com um humano
não quero falar com robô
met een mens praten
ik wil een medewerker spreken
kan ik met iemand praten?
medewerker
verbind me door met een medewerker
een echt persoon graag
ik wil met een echt mens spreken
mag ik een medewerker aub
"""

OTHERS = """
is the guide written by a person?
what happens to my personal data
he is a person of interest
I'm a sales agent at a tour company, do you have trade prices?
I don't want a person
no need for an agent
I do not want to talk to a human, just tell me the price
please don't transfer me to an agent
No, you don't need to transfer me to a real person
can I do this without talking to anyone
no human needed
are you a human?
are you a real person or a bot?
am I talking to a real person?
is this a bot?
how many people fit in the tent
a tent for one person
someone stole my parcel
can another person pick up my order?
I want to buy a gift for a person who hikes
can I return something
how do I track my order
what does shipping cost
my son needs boots
Are humans allowed to enter the contest?
is the stove safe for humans
I spoke to an agent yesterday and he said it was shipped
do you have a live chat widget
I need help with my order
the agency never answered
Human Resources address?
can someone else sign for the parcel
Wie viele Personen passen in das Zelt?
Ich suche ein Zelt für eine Person
Was passiert mit meinen personenbezogenen Daten?
ich brauche keinen Mitarbeiter
ich will nicht mit einem Menschen sprechen
Bist du ein Mensch?
Kann jemand anderes mein Paket abholen?
une tente pour une personne
mes données personnelles
je ne veux pas parler à un conseiller
pas besoin d'un agent
Êtes-vous un humain ?
Combien de temps pour retourner un article ?
una tienda para una persona
¿Qué hacen con mis datos personales?
no quiero hablar con una persona
no necesito un agente
¿Eres una persona real?
¿Cuánto cuesta el envío?
una tenda per una persona
i miei dati personali
non voglio parlare con un operatore
sei una persona?
quanto costa la spedizione
uma tenda para uma pessoa
os meus dados pessoais
não quero falar com um atendente
você é um robô?
quanto custa o envio
een tent voor één persoon
mijn persoonlijke gegevens
ik wil niet met een mens praten
geen medewerker nodig
ben je een mens?
wat kost verzenden
"""


def rows(table: str) -> list[str]:
    return [row for row in table.strip().splitlines() if row]


@pytest.mark.parametrize("text", rows(WISHES))
def test_a_wish_is_found(text: str) -> None:
    assert wish.find(text, VOCABULARIES) is not None


@pytest.mark.parametrize("text", rows(OTHERS))
def test_a_mention_is_no_wish(text: str) -> None:
    assert wish.find(text, VOCABULARIES) is None


@pytest.mark.parametrize("form", ["{upper}", "{title}", "  {text} ...?!\n"])
@pytest.mark.parametrize("text", rows(WISHES)[::7])
def test_case_and_punctuation_change_nothing(text: str, form: str) -> None:
    said = form.format(text=text, upper=text.upper(), title=text.title())
    assert wish.find(said, VOCABULARIES) is not None


def test_the_wish_counts_at_either_end_of_a_long_mail() -> None:
    filling = "My parcel came on Monday and the box was wet. " * 2000
    assert wish.find(f"I want to speak to a person. {filling}", VOCABULARIES)
    assert wish.find(f"{filling} I want to speak to a person.", VOCABULARIES)
    assert wish.find(filling, VOCABULARIES) is None


@given(st.text(max_size=400))
def test_no_text_breaks_it(text: str) -> None:
    wish.find(text, VOCABULARIES)


@given(st.sampled_from(rows(WISHES)), st.text(alphabet=" \n!?.…", max_size=5))
def test_signs_after_a_wish_do_not_hide_it(text: str, signs: str) -> None:
    assert wish.find(text + signs, VOCABULARIES) is not None


@pytest.mark.parametrize("piece", ["human ", "a", "talk to ", "i want ", "?", "ﷺ", "́"])
def test_a_huge_message_is_read_in_bounded_work(piece: str) -> None:
    wish.find(piece * (100_000 // len(piece)), VOCABULARIES)
