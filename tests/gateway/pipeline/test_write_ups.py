"""What a case is remembered by: proposed from its rows, kept as staff write it, read next time."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.conversations.promises import promises
from gateway.conversations.write_ups import WriteUp, write_up_of
from gateway.desk.actions import Asked, Desk
from gateway.desk.histories import history, last_before, ratings_by_path
from gateway.privacy.masking import STANDING
from gateway.store.schema.conversation import cases
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.after import After
from tests.gateway.pipeline.rig import ADA, Rig

SAID = "Hello, Ada here. Your parcel left our store this morning. I'll send you the number by noon."


@pytest.fixture
def after(rig: Rig) -> After:
    return After(rig)


@pytest.fixture
def light(sqlite_store: Store, clock: ManualClock, tmp_path: Path) -> After:
    """For what does not depend on the engine."""
    return After(Rig(sqlite_store, clock, tmp_path))


@pytest.mark.parametrize(
    ("text", "promised"),
    [
        ("I'll call you tomorrow. Bye", ["I'll call you tomorrow."]),
        ("We will refund 20.50 euros today.", ["We will refund 20.50 euros today."]),
        ("Ich melde mich morgen bei Ihnen.", ["Ich melde mich morgen bei Ihnen."]),
        ("Wir werden das prüfen.", ["Wir werden das prüfen."]),
        ("Nous allons vous rembourser.", ["Nous allons vous rembourser."]),
        ("Le enviaremos otro paquete.", ["Le enviaremos otro paquete."]),
        ("Le invieremo un nuovo pacco.", ["Le invieremo un nuovo pacco."]),
        ("Vamos enviar outro pacote.", ["Vamos enviar outro pacote."]),
        ("We sturen u morgen een nieuwe.", ["We sturen u morgen een nieuwe."]),
        ("Will you be at home? It is here.", []),
        ("I will not refund this.", []),
        ("Your parcel left our store.", []),
    ],
)
def test_promises_are_found_as_they_stand(text: str, promised: list[str]) -> None:
    assert promises(text) == promised


async def test_three_lines_are_proposed_and_head_the_next_case(after: After) -> None:
    rig = after.rig
    await after.resolved(said=SAID)
    await after.step()
    row = await after.closing()
    assert row["asked"] == "Where is my parcel?"
    assert row["done"] == "Your parcel left our store this morning."
    assert row["promised"] == "I'll send you the number by noon."
    assert (row["path"], row["outcome"], row["written_by"]) == ("human", "staff", None)
    await rig.say("It has not come")
    conversation = await rig.conversation()
    found = await rig.store.read(lambda r: last_before(r, conversation, STANDING))
    assert found is not None
    assert found["promised"] == "I'll send you the number by noon."
    items = await rig.store.read(lambda r: history(r, conversation["id"], {}, STANDING))
    assert items is not None
    assert [(one["number"], one["write_up"] is not None) for one in items] == [
        (2, False),
        (1, True),
    ]


async def test_what_staff_write_is_kept(after: After) -> None:
    rig = after.rig
    await rig.say("Where is my parcel?")
    await rig.staff("say", "Here.")
    row = await rig.conversation()
    desk = Desk(rig.store, rig.rendering, lambda: rig.notices)
    written = WriteUp("Parcel 7", "Found it", "Nothing")
    await desk.resolve(Asked(ADA, row["id"], "r1", "resolve"), written)
    await after.step()
    kept = await after.closing()
    assert (kept["asked"], kept["done"], kept["promised"]) == ("Parcel 7", "Found it", "Nothing")
    assert (kept["written_by"], kept["path"]) == (ADA.id, "human")
    assert (await after.rating())["state"] == "asked"


async def test_what_is_masked_is_not_written_down(light: After) -> None:
    await light.rig.say("My card 4111 1111 1111 1111 was charged twice")
    await light.rig.staff("resolve")
    await light.step()
    assert "4111" not in (await light.closing())["asked"]


async def test_a_case_that_is_opened_again_is_closed_anew(light: After) -> None:
    rig = light.rig
    await light.rated(1)
    await rig.press("rating_yes")
    await light.step(1.0)
    await rig.staff("say", "Your money is on its way back to you.")
    await rig.staff("resolve")
    await light.step()
    assert (await light.closing())["done"] == "Your money is on its way back to you."


async def test_who_answered_is_the_path(after: After) -> None:
    rig = after.rig
    await rig.say("Hello there", "assistant")
    await rig.settle()
    await rig.staff("resolve", chat="assistant")
    await rig.say("Hello there", "mixed")
    await rig.settle()
    await rig.staff("say", "Hello, Ada here.", chat="mixed")
    await rig.staff("resolve", chat="mixed")
    await rig.say("Hello there", "none")
    await rig.staff("resolve", chat="none")
    await after.step()
    await rig.press("rating_2", "mixed")
    paths = await rig.store.read(lambda reading: ratings_by_path(reading, 0.0))
    assert {path: found["resolved"] for path, found in paths.items()} == {
        "assistant": 1,
        "mixed": 1,
        "human": 0,
        "none": 1,
    }
    assert paths["mixed"] == {"resolved": 1, "asked": 1, "rated": 1, "mean": 2.0, "low": 1}
    assert paths["none"]["asked"] == 0


async def test_an_open_case_has_its_lines_proposed(light: After) -> None:
    await light.rig.say("Where is my parcel?")
    (case,) = await light.rows(cases)
    found = await light.rig.store.read(lambda reading: write_up_of(reading, case["id"]))
    assert found == {
        "asked": "Where is my parcel?",
        "done": "",
        "promised": "",
        "written": False,
    }
