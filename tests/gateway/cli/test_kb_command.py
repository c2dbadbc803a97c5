"""Help articles from files into the store and back out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.gateway.cli.desk import Desk, sentence

RETURNS = (
    "# Returns\n\nYou can return unused boots and tents within 60 days of delivery. We pay for the"
    " parcel, and the money is back on your card as soon as we have seen what you sent.\n"
)


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


@pytest.mark.parametrize("url", ["https://me:pw@shop.example/", "http://", "https://10.0.0.1.5/"])
def test_what_is_no_web_address_is_refused_before_anything_is_added(desk: Desk, url: str) -> None:
    assert sentence(desk.run("kb", "add", str(desk.article()), url), 2)
    assert desk.json("kb", "list") == {"documents": []}


def test_a_private_address_is_refused_and_leaves_no_trace(desk: Desk) -> None:
    (source,) = desk.json("kb", "add", "http://127.0.0.1:9/help", code=1)["sources"]
    assert "private_networks" in source["error"]
    assert desk.json("kb", "list", "--sources") == {"sources": []}


def test_nothing_to_add_is_refused(desk: Desk) -> None:
    assert "nothing to add" in sentence(desk.run("kb", "add"), 2)


def test_adding_warns_of_what_contradicts(desk: Desk) -> None:
    desk.run("kb", "add", str(desk.article("returns", RETURNS)))
    done = desk.run("kb", "add", str(desk.article("refunds", RETURNS.replace("60", "30"))))
    assert done.exit_code == 0
    for said in ("60 days", "30 days", "Returns (returns)", "Returns (refunds)"):
        assert said in done.stderr
    found = desk.json("kb", "lint", code=1)["conflicts"]
    assert {found[0]["left"]["document"], found[0]["right"]["document"]} == {"returns", "refunds"}
    listed = desk.json("kb", "list", "--conflicts")["documents"]
    assert {document["id"] for document in listed} == {"returns", "refunds"}


def test_a_library_in_order_needs_no_look(desk: Desk) -> None:
    desk.run("kb", "add", str(desk.article("money-back", RETURNS)))
    assert desk.json("kb", "lint") == {"conflicts": [], "findings": []}
    assert desk.run("kb", "lint").stdout == "nothing needs a look\n"


def test_a_draft_contradicts_nobody_until_it_is_published(desk: Desk) -> None:
    draft = "---\ndraft: true\n---\n" + RETURNS.replace("60", "30")
    desk.run("kb", "add", str(desk.article("returns", RETURNS)))
    added = desk.json("kb", "add", str(desk.article("refunds", draft)))
    assert added["conflicts"] == []
    looked = desk.json("kb", "lint", code=1)
    assert looked["conflicts"] == []
    assert [(one["document"], one["code"]) for one in looked["findings"]] == [("refunds", "draft")]
    (listed,) = desk.json("kb", "list", "--drafts")["documents"]
    assert (listed["id"], listed["draft"], listed["passages"]) == ("refunds", True, 0)
    published = desk.json("kb", "publish", "refunds", "--yes")
    assert (published["published"], len(published["conflicts"])) == (["refunds"], 1)
    assert desk.json("kb", "unpublish", "refunds") == {"unpublished": ["refunds"]}
    assert desk.json("kb", "lint", code=1)["conflicts"] == []


def test_publishing_shows_the_draft_and_asks(desk: Desk) -> None:
    desk.run("kb", "add", str(desk.article("returns", f"---\ndraft: true\n---\n{RETURNS}")))
    refused = desk.run("kb", "publish", "returns", given="n\n")
    assert "within 60 days" in refused.stdout
    assert len(desk.json("kb", "list", "--drafts")["documents"]) == 1
    assert "published returns" in desk.run("kb", "publish", "returns", given="y\n").stdout
    assert desk.json("kb", "list", "--drafts")["documents"] == []
    assert "no article nothing" in sentence(desk.run("kb", "publish", "nothing"), 1)
    assert "--yes" in sentence(desk.run("kb", "publish", "returns", "--json"), 2)


def test_the_list_says_who_vouches_and_until_when(desk: Desk) -> None:
    dated = "---\nreview_by: 2020-01-31\n---\n# Old\n\nWords that were true once.\n"
    desk.run("kb", "add", str(desk.article("old", dated)), "--owner", "Kim")
    desk.run("kb", "add", str(desk.article()))
    (document,) = desk.json("kb", "list", "--review")["documents"]
    wanted = {"id": "old", "owner": "Kim", "review_by": "2020-01-31", "overdue": True}
    assert {name: document[name] for name in wanted} == wanted
    assert document["format"] == "markdown"
    assert "2020-01-31" in desk.run("kb", "list").stdout
    assert "exclude" in sentence(desk.run("kb", "list", "--review", "--drafts"), 2)


def test_a_whole_source_is_removed_by_its_place(desk: Desk) -> None:
    folder = str(desk.article().parent)
    desk.run("kb", "add", folder)
    (source,) = desk.json("kb", "list", "--sources")["sources"]
    assert (source["place"], source["state"], source["documents"]) == (folder, "ready", 1)
    assert desk.json("kb", "remove", folder)["sources"] == [folder]
    assert desk.json("kb", "list") == {"documents": []}
    assert desk.json("kb", "list", "--sources") == {"sources": []}


def test_the_desk_is_no_source_to_remove(desk: Desk) -> None:
    assert "by their ids" in sentence(desk.run("kb", "remove", "desk"), 1)


def test_resolved_conversations_without_any_add_none(desk: Desk) -> None:
    (source,) = desk.json("kb", "add", "--resolved", "--since", "2w")["sources"]
    assert (source["kind"], source["added"]) == ("conversations", [])
    assert "--since soon" in sentence(desk.run("kb", "add", "--resolved", "--since", "soon"), 2)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """A website of one page, on this machine."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "help.html").write_text(
        "<html><head><title>Loyalty card</title></head><body><main><h1>Loyalty card</h1>"
        f"<p>The loyalty card gives five percent off every order. {'It is free. ' * 20}</p>"
        "</main></body></html>"
    )
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_page_is_added_and_read_again_by_the_gateway(desk: Desk, site: str) -> None:
    def networks(settings: dict[str, Any]) -> None:
        settings["brain"] = {"knowledge": {"private_networks": ["127.0.0.1"]}}

    desk.configure(networks)
    added = desk.json("kb", "add", f"{site}/help.html", "--refresh-hours", "12")
    assert len(added["sources"][0]["added"]) == 1
    (document,) = desk.json("kb", "list")["documents"]
    assert (document["title"], document["format"]) == ("Loyalty card", "html")
    assert document["url"] == f"{site}/help.html"
    (source,) = desk.json("kb", "list", "--sources")["sources"]
    assert source["due_at"] == source["synced_at"] + 12 * 3600


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


def test_a_file_whose_name_no_database_takes_is_refused(fresh: Desk) -> None:
    file = fresh.article().with_name("\udcff.md")
    file.write_text(RETURNS, encoding="utf-8")
    assert "the path is not UTF-8" in sentence(fresh.run("kb", "add", str(file)), 2)
