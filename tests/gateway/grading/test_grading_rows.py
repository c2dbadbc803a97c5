"""Reading a labelled set: what may be missing, what is ignored, and which line is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.grading.rows import NotGradable, read


def write(folder: Path, **files: str) -> Path:
    (folder / "kb" / "shop").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.jsonl").write_text(text)
    return folder


def test_labels_may_be_missing_and_other_keys_are_ignored(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        retrieval='{"id": 1, "kb": "shop", "query": "q", "source": "s"}\n\n',
        oos='{"id": "o", "kb": "shop", "query": "q", "in_scope": null}\n',
        triage='{"id": "t", "text": "m", "tier_in": [3]}\n',
    )
    found = read(folder)
    assert [(row.id, row.gold) for row in found.retrieval] == [("1", None)]
    assert found.oos[0].in_scope is None
    assert found.triage[0].label is None
    assert found.folders == {"shop": folder / "kb" / "shop"}


def test_one_file_is_enough(tmp_path: Path) -> None:
    found = read(write(tmp_path, triage='{"id": "t", "text": "m"}'))
    assert (len(found.retrieval), len(found.oos), len(found.triage)) == (0, 0, 1)


@pytest.mark.parametrize("files", [{}, {"triage": "\n"}])
def test_a_folder_with_nothing_to_grade_is_refused(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(NotGradable, match=r"nothing to grade.*retrieval\.jsonl"):
        read(write(tmp_path, **files))


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{", "JSON"),
        ('{"id": "x", "kb": "shop"}', "query"),
        ('{"id": "x", "kb": "shop", "query": "q", "gold": "returns"}', "gold"),
        ('{"id": "x", "kb": "elsewhere", "query": "q"}', "no knowledge base 'elsewhere'"),
        ('{"id": "x", "kb": "..", "query": "q"}', "no knowledge base"),
        ('{"id": "x", "kb": "shop/inner", "query": "q"}', "no knowledge base"),
        ('{"id": "x", "kb": "shop", "query": "' + "q" * 2**20 + '"}', "longer"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, what: str) -> None:
    good = '{"id": "a", "kb": "shop", "query": "q", "gold": ["returns"]}'
    (tmp_path / "kb" / "shop" / "inner").mkdir(parents=True)
    with pytest.raises(NotGradable, match=what) as refused:
        read(write(tmp_path, retrieval=f"{good}\n{line}\n"))
    assert "retrieval.jsonl:2: " in str(refused.value)
