"""The settings over HTTP: who may read and change them, what a change is answered, and that nothing
of the configuration but what leads may change is shown or taken."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from gateway.config.editable import EDITABLE
from tests.gateway.web.house import Site

URL = "/api/v1/settings"
HANDOFF = "business.texts.handoff"


def save(seen: int, *changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "seen": seen, "changes": list(changes), "why": "A test", **more}


def change(value: object, key: str = HANDOFF) -> dict[str, Any]:
    return {"key": key, "value": value}


async def test_a_change_its_conflict_and_its_undo(site: Site) -> None:
    lead = await site.bearer("Lea", "lead")
    first = save(0, change("I call {business}."))
    assert await site.post(URL, first, lead) == (200, {"version": 1})
    assert await site.post(URL, first, lead) == (200, {"version": 1})
    _, state = await site.get(URL, await site.bearer())
    assert state["version"] == 1
    key = next(one for one in state["keys"] if one["key"] == HANDOFF)
    assert (key["value"], key["written"], key["version"], key["section"], key["locked"]) == (
        "I call {business}.", "I fetch somebody.", 1, "texts", False,
    )  # fmt: skip
    # Somebody else has looked at what was there before.
    status, refused = await site.post(URL, save(0, change("Mine")), lead)
    assert (status, refused["version"]) == (409, 1)
    assert [(one["by"], one["why"]) for one in refused["since"]] == [("Lea", "A test")]
    assert refused["since"][0]["changes"] == {HANDOFF: {"value": "I call {business}."}}
    back = {"id": str(uuid4()), "seen": 1, "number": 1, "why": "It was better"}
    assert await site.post(f"{URL}/undo", back, lead) == (200, {"version": 2})
    _, found = await site.get(f"{URL}/versions", lead)
    assert [(one["number"], one["undoes"]) for one in found["items"]] == [(2, 1), (1, None)]
    assert found["items"][0]["before"] == {HANDOFF: {"value": "I call {business}."}}
    assert (found["items"][1]["before"], found["next"]) == ({HANDOFF: {}}, None)
    _, found = await site.get(f"{URL}/versions?before=2", lead)
    assert [one["number"] for one in found["items"]] == [1]


async def test_who_the_business_is_can_be_said_here(site: Site) -> None:
    lead = await site.bearer("Lea", "lead")
    changes = (change("Big Hills", "business.name"), change(["de", "en"], "business.languages"))
    assert (await site.post(URL, save(0, *changes), lead))[0] == 200
    _, state = await site.get(URL, lead)
    assert [(one["key"], one["section"]) for one in state["keys"] if one["version"]] == [
        ("business.languages", "business"), ("business.name", "business"),
    ]  # fmt: skip
    assert site.parts.leading is not None
    now = site.parts.leading.desk.current().business
    assert (now.name, now.languages) == ("Big Hills", ("de", "en"))
    status, problem = await site.post(URL, save(1, change("", "business.name")), lead)
    assert (status, problem["problems"][0]["key"]) == (422, "business.name")


async def test_what_is_refused_and_why(site: Site) -> None:
    lead, agent = await site.bearer("Lea", "lead"), await site.bearer()
    table: list[tuple[dict[str, Any], int, str]] = [
        (change("I {nonsense}"), 422, "this text has no value {nonsense}"),
        (change("auto", "rollout.channels.wob"), 422, 'did you mean "web"?'),
        (change("x", "channels.web.demo"), 422, "stands in config.yaml alone"),
        (change("x", "brain.models.a.api_key"), 422, "stands in config.yaml alone"),
        (change({"usd": 1}, "brain.budgets.tenant"), 409, "is locked in config.yaml"),
        (change("auto", "rollout.hours"), 409, "is locked in config.yaml"),
        ({"key": HANDOFF, "yaml": "${HOME}"}, 422, "takes nothing from the environment"),
        ({"key": HANDOFF, "yaml": "a: ["}, 422, "line 1: not valid YAML"),
        ({"key": HANDOFF, "reset": True}, 409, "Nothing would be other"),
        (change("x" * 70_000), 422, "is too long"),
        (change(7), 422, "must be text"),
    ]
    for asked, status, words in table:
        got, problem = await site.post(URL, save(0, asked), lead)
        assert (got, words in str(problem)) == (status, True), problem
        assert not words.startswith("this text") or problem["problems"][0]["key"] == HANDOFF
    for body, status in (
        (save(0, change("a"), change("b")), 422),
        (save(0), 422),
        (save(0, change("a"), why="    "), 422),
        (save(-1, change("a")), 422),
    ):
        assert (await site.post(URL, body, lead))[0] == status
    assert (await site.post(URL, save(0, change("Mine")), agent))[0] == 403
    assert (await site.get(f"{URL}/versions", agent))[1]["items"] == []


async def test_what_the_settings_may_name_and_the_texts(site: Site) -> None:
    agent = await site.bearer()
    _, choices = await site.get(f"{URL}/choices", agent)
    assert choices["channels"] == [{"name": "web", "kind": "web", "demo": True}]
    assert len(choices["keys"]) == len(EDITABLE)
    assert {"name": "returns", "topic": None, "shipped": 1, "tier": 1} in choices["intents"]
    assert "Europe/Berlin" in choices["zones"]
    _, texts = await site.get(f"{URL}/texts?language=de&channel=web", agent)
    said = {one["key"]: one for one in texts["items"]}
    assert said["handoff"]["said"] == "I fetch somebody."
    assert said["handoff"]["own"] == {"*": "I fetch somebody."}
    assert "{business}" in said["disclosure"]["shipped"]
    assert "Fernhill Outdoor" in said["disclosure"]["said"]
    assert (said["disclosure"]["buttons"], said["handoff"]["values"]) == (1, ["wait"])
    for query in ("language=xx", "language=en&channel=wob"):
        assert (await site.get(f"{URL}/texts?{query}", agent))[0] == 400


async def test_a_preview_puts_the_last_words_to_both_and_changes_nothing(site: Site) -> None:
    lead, house = await site.bearer("Lea", "lead"), site.house
    for visitor in range(22):
        await house.says(f"Question {visitor}", f"visitor-{visitor}")
    await house.says("My card is 4111 1111 1111 1111", "visitor-7")
    body: dict[str, Any] = {
        "changes": [
            change("draft", "rollout.channels.web"),
            change("{business} calls somebody."),
            change({"mon": "09:00-17:00"}, "business.hours"),
        ]
    }
    status, found = await site.post(f"{URL}/preview", body, lead)
    assert (status, len(found["conversations"]), found["differ"]) == (200, 20, 20)
    one = next(one for one in found["conversations"] if one["asked"].startswith("My card"))
    assert "4111" not in str(found)
    assert (one["now"]["mode"], one["after"]["mode"]) == ("auto", "draft")
    assert (one["now"]["decision"], one["after"]["decision"]) == ("reply", "draft")
    assert one["after"]["reasons"][0]["code"] == "draft"
    assert "mode" in one["differs"]
    texts = {(one["key"], one["language"]): one for one in found["texts"]}
    handoff = texts["handoff", "de"]
    assert (handoff["now"], handoff["after"], handoff["channel"]) == (
        "I fetch somebody.", "Fernhill Outdoor calls somebody.", None,
    )  # fmt: skip
    # When the team is there next is in the sentence.
    assert texts["off_hours", "en"]["now"] != texts["off_hours", "en"]["after"]
    _, state = await site.get(URL, lead)
    assert state["version"] == 0
    wrong = {"changes": [change("I {nonsense}")]}
    status, problem = await site.post(f"{URL}/preview", wrong, lead)
    assert (status, problem["problems"][0]["key"]) == (422, HANDOFF)
    assert (await site.post(f"{URL}/preview", {"undoes": 9}, lead))[0] == 404
    assert (await site.post(f"{URL}/preview", body, await site.bearer()))[0] == 403


async def test_the_prompt_as_it_would_be_sent(site: Site) -> None:
    lead = await site.bearer("Lea", "lead")
    voice = save(0, change(["cheap"], "business.voice.never"))
    assert (await site.post(URL, voice, lead))[0] == 200
    asked = {"question": "Is 4111 1111 1111 1111 charged?", "channel": "web", "language": "de"}
    status, found = await site.post(f"{URL}/prompt", asked, lead)
    assert status == 200
    system = "\n".join(one["text"] for one in found["system"])
    assert "cheap" in system
    assert "German" in system
    told = found["messages"][0]["text"]
    assert "About" in told
    assert "4111" not in told
    assert (await site.post(f"{URL}/prompt", asked | {"channel": "no"}, lead))[0] == 422
