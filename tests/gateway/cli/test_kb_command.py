"""Help articles from files into the store and back out."""

from __future__ import annotations

from typing import Any

from tests.gateway.cli.desk import Desk, sentence


def real_channel(settings: dict[str, Any]) -> None:
    settings["channels"]["shop"] = {"kind": "web"}


def test_articles_are_added_once(fresh: Desk) -> None:
    folder = str(fresh.article().parent)
    first = fresh.json("kb", "add", folder)["sources"][0]
    assert (first["added"], first["problems"]) == (["loyalty"], [])
    again = fresh.json("kb", "add", folder)["sources"][0]
    assert (again["added"], again["changed"], again["unchanged"]) == ([], [], 1)


def test_a_removed_file_of_a_folder_goes(desk: Desk) -> None:
    desk.article("other", "# Other\n\nSomething else altogether.\n")
    file = desk.article()
    desk.json("kb", "add", str(file.parent))
    file.unlink()
    assert desk.json("kb", "add", str(file.parent))["sources"][0]["removed"] == ["loyalty"]


def test_the_list_says_what_an_article_is(desk: Desk) -> None:
    file = desk.article()
    desk.run("kb", "add", str(file), "--demo", "--audience", "customers", "--language", "en")
    (document,) = desk.json("kb", "list")["documents"]
    wanted = {"id": "loyalty", "title": "Loyalty card", "audience": "customers", "language": "en"}
    assert {name: document[name] for name in wanted} == wanted
    assert (document["demo"], document["draft"], document["passages"]) == (True, False, 1)
    assert "Loyalty card" in desk.run("kb", "list").stdout


def test_progress_stands_on_stderr_as_plain_lines(desk: Desk) -> None:
    done = desk.run("kb", "add", str(desk.article()), "--json")
    assert done.stderr == f"added 1/1 {desk.article()}\n"


def test_a_web_address_is_refused_before_anything_is_added(desk: Desk) -> None:
    done = desk.run("kb", "add", str(desk.article()), "https://shop.example/help")
    assert "not be added in this version" in sentence(done, 2).replace("cannot", "not")
    assert desk.json("kb", "list") == {"documents": []}


def test_a_path_that_is_not_there_is_refused(desk: Desk) -> None:
    assert "no such file" in sentence(desk.run("kb", "add", "nowhere.md"), 2)


def test_a_language_that_is_none_is_refused(desk: Desk) -> None:
    done = desk.run("kb", "add", str(desk.article()), "--language", "English")
    assert "no language" in sentence(done, 2)


def test_demo_articles_never_come_beside_a_real_channel(desk: Desk) -> None:
    desk.configure(real_channel)
    done = desk.run("kb", "add", str(desk.article()), "--demo")
    assert "must never reach customers" in sentence(done, 2)


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_added(desk: Desk) -> None:
    folder = desk.article().parent
    (folder / "broken.md").write_bytes(b"\xff\xfe\x00")
    (source,) = desk.json("kb", "add", str(folder), code=1)["sources"]
    assert source["added"] == ["loyalty"]
    assert "broken.md" in source["problems"][0]["message"]


def test_removing_tells_what_was_there_and_what_was_not(desk: Desk) -> None:
    desk.run("kb", "add", str(desk.article()))
    found = desk.json("kb", "remove", "loyalty", "nothing", code=1)
    assert (found["removed"], found["missing"]) == (["loyalty"], ["nothing"])
    assert desk.json("kb", "list") == {"documents": []}


def test_removing_a_configured_article_says_that_it_comes_back(desk: Desk) -> None:
    folder = str(desk.article().parent)

    def source(settings: dict[str, Any]) -> None:
        settings["brain"] = {"knowledge": {"sources": [{"path": folder}]}}

    desk.configure(source)
    desk.run("kb", "add", folder)
    done = desk.run("kb", "remove", "loyalty")
    assert done.exit_code == 0
    assert "will be back" in done.stderr


def test_searching_an_empty_store_says_what_to_do(fresh: Desk, desk: Desk) -> None:
    for place in (fresh, desk):
        said = sentence(place.run("kb", "search", "loyalty"), 1)
        assert "frontdesk kb add" in said
        assert "frontdesk run" in said


def test_a_search_without_a_gateway_builds_an_index_of_its_own(desk: Desk) -> None:
    desk.run("kb", "add", str(desk.article()))
    done = desk.run("kb", "search", "Is there a loyalty card?")
    assert done.exit_code == 0
    assert done.stdout.startswith("1. ")
    assert "Loyalty card" in done.stdout
    assert "building an index" in done.stderr
    assert not (desk.data / "index").exists()


def test_a_search_sees_what_its_audience_may_see(desk: Desk) -> None:
    desk.run("kb", "add", str(desk.article()), "--audience", "internal")
    assert desk.json("kb", "search", "loyalty card", code=1)["hits"] == []
    (hit,) = desk.json("kb", "search", "loyalty card", "--audience", "internal")["hits"]
    assert (hit["document"], hit["audience"]) == ("loyalty", "internal")


def test_a_question_without_words_is_refused(desk: Desk) -> None:
    assert "nothing to search" in sentence(desk.run("kb", "search", " "), 2)
