"""Passages follow the headings, keep their ids, and cut nothing that belongs together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.knowledge.chunking import MAX_WORDS, MIN_WORDS, passages
from brain.knowledge.documents import Unreadable
from tests.brain.knowledge.fake_store import document

WORDS = "word " * 40


def texts(body: str) -> list[str]:
    return [p.text for p in passages(document(body=body), "main")]


def test_headings_give_the_title_path() -> None:
    body = (
        f"# Returns\n\n{WORDS}\n\n## Sale *items*\n\n{WORDS}\n\n### Shoes\n\n{WORDS}\n\n"
        f"## Refunds\n\n{WORDS}"
    )
    paths = [p.title_path for p in passages(document(body=body), "main")]
    assert paths == [
        ("Returns",),
        ("Returns", "Sale items"),
        ("Returns", "Sale items", "Shoes"),
        ("Returns", "Refunds"),
    ]


def test_a_passage_carries_what_its_document_says() -> None:
    source = replace(
        document(audience="internal", demo=True), url="https://fernhill.example/r", language="de"
    )
    (passage,) = passages(source, "brand")
    assert (passage.tenant, passage.document, passage.title) == ("brand", "returns", "Returns")
    assert (passage.audience, passage.demo, passage.language) == ("internal", True, "de")
    assert passage.url == "https://fernhill.example/r"
    assert passage.text == "Unused things go back within 30 days."


def test_an_unchanged_passage_keeps_its_id() -> None:
    before = passages(document(body=f"# R\n\n{WORDS}\n\n## A\n\none {WORDS}"), "main")
    after = passages(document(body=f"# R\n\nnew {WORDS}\n\n## A\n\none {WORDS}"), "main")
    assert before[1].id == after[1].id
    assert before[0].id != after[0].id
    assert len(before[0].id) == 32


def test_ids_differ_between_tenants_and_documents() -> None:
    ids = {
        passages(document(), "main")[0].id,
        passages(document(), "other")[0].id,
        passages(document("faq"), "main")[0].id,
    }
    assert len(ids) == 3


def test_equal_passages_of_one_document_have_ids_of_their_own() -> None:
    both = passages(document(body=f"## A\n\n{WORDS}\n\n## A\n\n{WORDS}"), "main")
    assert len({p.id for p in both}) == 2


def test_long_text_is_cut_to_size_between_paragraphs() -> None:
    found = texts("# R\n\n" + "\n\n".join(f"paragraph {i} {WORDS}".strip() for i in range(20)))
    assert all(MIN_WORDS <= len(text.split()) <= MAX_WORDS + MIN_WORDS for text in found)
    assert "\n\n".join(found).count("paragraph") == 20
    assert all(text.startswith("paragraph") for text in found)


def test_list_items_stay_whole() -> None:
    items = [f"{i}. step {i} {WORDS}\n   - detail {i}" for i in range(1, 12)]
    found = texts("# R\n\nDo this:\n\n" + "\n".join(items))
    assert len(found) > 1
    for i in range(1, 12):
        (holder,) = [t for t in found if f"{i}. step {i} " in t]
        assert f"   - detail {i}" in holder


def test_a_table_and_a_code_block_stay_whole() -> None:
    table = "| a | b |\n|---|---|\n" + "\n".join(f"| {i} | x y z |" for i in range(20))
    code = "```bash\n" + "\n".join(f"run --{i} now # why" for i in range(30)) + "\n```"
    found = texts(f"# R\n\n{WORDS}{WORDS}{WORDS}\n\n{table}\n\n{WORDS}\n\n{code}\n\nend")
    assert any(table in text for text in found)
    assert any(code in text for text in found)


def test_what_is_too_long_alone_is_cut_and_stays_readable() -> None:
    table = "| a | b |\n|---|---|\n" + "\n".join(f"| {i} | {WORDS}|" for i in range(20))
    code = "```bash\n" + "\n".join(f"run {i} {WORDS}" for i in range(20)) + "\n```"
    for text in texts(f"# R\n\n{table}"):
        assert text.startswith("| a | b |\n|---|---|\n| ")
    for text in texts(f"# R\n\n{code}"):
        assert text.startswith("```bash\n")
        assert text.endswith("\n```")
    sentences = " ".join(f"Sentence {i} {WORDS.strip()}." for i in range(20))
    assert all(text.endswith(".") for text in texts(f"# R\n\n{sentences}"))
    endless = texts("# R\n\n" + "word " * 3000)
    assert sum(len(text.split()) for text in endless) == 3000


def test_a_lead_in_reads_with_what_follows() -> None:
    found = texts(f"# R\n\nNew here?\n\n## First\n\n{WORDS}\n\n## Second\n\n{WORDS}")
    assert found[0] == f"New here?\n\n{WORDS.strip()}"
    assert len(found) == 2


def test_html_keeps_its_words_only() -> None:
    body = "<!-- secret -->\n\n<div class='x'>\nFish &amp; chips\n</div>\n\n<script>x()</script>"
    assert texts(body) == ["Fish & chips"]


def test_hidden_words_without_an_end_are_shown_and_cost_no_time() -> None:
    body = "<div>\n<STYLE>a</style> b <script>c" + " <!-- <script x" * 20_000
    assert texts(body)[0].startswith("b c ")


def test_an_empty_document_has_no_passages() -> None:
    assert texts("") == []
    assert texts("# Only a heading") == []


def test_nesting_beyond_any_article_is_refused() -> None:
    with pytest.raises(Unreadable, match="deep in each other"):
        texts("> " * 1000 + "x")
    with pytest.raises(Unreadable, match="deep in each other"):
        texts("\n".join("  " * i + "- x" for i in range(200)))


@given(st.text(st.sampled_from("ab #->|`~*1.\n\t[]()<>!\\'\"é"), max_size=400))
def test_any_text_gives_unique_ids_and_no_empty_passage(body: str) -> None:
    found = passages(document(body=body), "main")
    assert len({p.id for p in found}) == len(found)
    assert all(p.text.strip() for p in found)
    assert found == passages(document(body=body), "main")


@pytest.mark.parametrize("piece", ["[", "![", "# [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n"])
def test_what_stands_inside_lines_costs_no_more_than_its_length(piece: str) -> None:
    assert len(passages(document(body=piece * (600_000 // len(piece))), "main")) <= 1


def test_a_heading_is_read_without_its_markup_and_its_links() -> None:
    body = f"## Sale [items][1] and *more* [here](/a)\n\n{WORDS}\n\n[1]: /items\n"
    (passage,) = passages(document(title="T", body=body), "main")
    assert passage.title_path == ("T", "Sale items and more here")
