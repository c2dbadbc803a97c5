"""``frontdesk eval``: figures of a labelled folder, what came of each row, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.cli.desk import Desk, sentence

ARTICLES = {
    "returns": "# Returns\n\nYou can send a tent back within thirty days of delivery.\n",
    "care/lamp": "# Lamp care\n\nCharge the camping lamp for four hours before its first use.\n",
    "vouchers": "# Vouchers\n\nA gift voucher is valid for three years from its purchase.\n",
}
RETRIEVAL: list[dict[str, Any]] = [
    {"id": "r1", "kb": "shop", "query": "how long is a gift voucher valid", "gold": ["vouchers"]},
    {"id": "r2", "kb": "shop", "query": "charge the camping lamp", "gold": ["care__lamp"]},
    {"id": "r3", "kb": "shop", "query": "send a tent back"},
]
OOS: list[dict[str, Any]] = [
    {"id": "o1", "kb": "shop", "query": "charge the camping lamp", "in_scope": True},
    {"id": "o2", "kb": "shop", "query": "zebra quantum flux", "in_scope": False, "kind": "far"},
]
TRIAGE: list[dict[str, Any]] = [
    {"id": "t1", "text": "a real person please", "label": "human_request", "escalate": True},
    {"id": "t2", "text": "when does my parcel come", "label": "routine", "escalate": False},
]
DEV = Path(__file__).parents[4] / "shared" / "data" / "dev"
PARTS = {
    "retrieval", "oos", "triage", "triage_reliability", "human", "sent_without_person",
    "calibration",
}  # fmt: skip


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


@pytest.fixture
def labelled(fresh: Desk) -> Path:
    folder = fresh.folder / "set"
    for name, text in ARTICLES.items():
        file = folder / "kb" / "shop" / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (folder / "retrieval.jsonl").write_text(lines(RETRIEVAL))
    (folder / "oos.jsonl").write_text(lines(OOS))
    (folder / "triage.jsonl").write_text(lines(TRIAGE))
    return folder


@pytest.fixture
def quick(fresh: Desk) -> Desk:
    """Without the sentence model."""
    brain = {"knowledge": {"embedding": {"model": "characters"}}}
    fresh.configure(lambda settings: settings.update(brain=brain))
    return fresh


def test_a_folder_is_graded_and_each_row_written_down(quick: Desk, labelled: Path) -> None:
    file = quick.folder / "rows.jsonl"
    found = quick.json("eval", str(labelled), "--rows", str(file))
    assert set(found) == PARTS
    assert found["retrieval"]["shop"] == {"hit1": 1.0, "hit5": 1.0, "mrr10": 1.0, "n": 2}
    assert found["oos"]["auroc"] == 1.0
    assert found["human"] == {"recall": 1.0, "false_on_routine": 0.0, "n": 1}
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row["id"] for row in rows] == ["r1", "r2", "r3", "o1", "o2", "t1", "t2"]
    assert all(set(row) == {"id", "ranked", "confidence", "label", "escalate"} for row in rows)
    assert rows[1]["ranked"][0] == "care__lamp"
    assert rows[2]["ranked"][0] == "returns"
    assert (rows[5]["label"], rows[5]["escalate"], rows[5]["ranked"]) == (
        "human_request",
        True,
        None,
    )
    assert not (quick.data / "frontdesk.db").exists()


def test_people_read_tables_and_see_progress(quick: Desk, labelled: Path) -> None:
    (labelled / "oos.jsonl").unlink()
    done = quick.run("eval", str(labelled))
    assert done.exit_code == 0
    assert "Retrieval\nKNOWLEDGE BASE" in done.stdout
    assert "Out of scope" not in done.stdout
    assert "(5 of 5 rows)" in done.stderr


def test_without_a_configuration_the_defaults_are_graded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from gateway.cli.commands import frontdesk

    monkeypatch.chdir(tmp_path)
    (tmp_path / "triage.jsonl").write_text(lines(TRIAGE))
    done = CliRunner().invoke(frontdesk, ["eval", ".", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["human"]["recall"] == 1.0
    refused = CliRunner().invoke(frontdesk, ["eval", ".", "-c", "absent.yaml"])
    assert refused.exit_code == 2


def test_what_cannot_be_graded_is_refused(quick: Desk, labelled: Path) -> None:
    empty = quick.folder / "empty"
    empty.mkdir()
    assert "nothing to grade" in sentence(quick.run("eval", str(empty)), 2)
    (labelled / "retrieval.jsonl").write_text(lines(RETRIEVAL) + "{no json}\n")
    assert "retrieval.jsonl:4: " in sentence(quick.run("eval", str(labelled)), 2)
    assert quick.run("eval", str(quick.folder / "absent")).exit_code == 2


def test_a_file_that_cannot_be_written_is_told_before_the_work(quick: Desk, labelled: Path) -> None:
    done = quick.run("eval", str(labelled), "--rows", str(quick.folder / "absent" / "rows"))
    assert "absent" in sentence(done, 1)
    assert "answered" not in done.stderr


@pytest.mark.skipif(not DEV.is_dir(), reason=f"labelled questions are not at {DEV}")
@pytest.mark.timeout(120)  # builds the sentence model anew, beside whatever else runs
def test_a_sample_of_the_labelled_questions_is_answered_well(fresh: Desk) -> None:
    folder = fresh.folder / "sample"
    articles = folder / "kb" / "stackfaq"
    articles.mkdir(parents=True)
    written = (DEV / "retrieval.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in written]
    asked = [row for row in rows if row["kb"] == articles.name][::12]
    source = DEV / "kb" / articles.name
    gold = [source / f"{name}.md" for row in asked for name in row["gold"]]
    for file in {*gold, *sorted(source.glob("*.md"))[:12]}:
        shutil.copy(file, articles)
    (folder / "retrieval.jsonl").write_text(lines(asked))
    messages = (DEV / "triage.jsonl").read_text("utf-8").splitlines()
    (folder / "triage.jsonl").write_text("\n".join(messages[::10]))
    found = fresh.json("eval", str(folder))
    assert found["retrieval"]["stackfaq"]["hit1"] >= 0.8
    assert found["human"]["recall"] >= 0.8
    assert found["human"]["false_on_routine"] == 0.0
