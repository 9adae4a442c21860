"""Two people decide on two branches: git merges their rows line by line, and every decision and undo still holds."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from longtail.labels.edit_log import COLUMNS, rows_of
from longtail.reviewing import decision, edits_writer
from longtail.reviewing.decision import Decision
from longtail.splitting.edits import Pair, read_edits

ROOT = Path(__file__).resolve().parents[2]
LABELS = {"a.jpg": "w_1", "b.jpg": "w_2", "c.jpg": "", "d.jpg": ""}
NO_FINDINGS = pd.DataFrame(columns=["finding", "kind", "image", "other", "label", "other_label"], dtype="str")


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Rae", "-c", "user.email=rae@example.org"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A project with one decision on its branch, `main`, and another branch, `theirs`."""
    shutil.copy(ROOT / ".gitattributes", tmp_path)
    (tmp_path / "edits.csv").write_text(",".join(COLUMNS) + "\n")
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    decide(tmp_path, "ann", [Decision("", "a.jpg", "relabel", "w_2")])
    git(tmp_path, "branch", "theirs")
    return tmp_path


def decide(root: Path, who: str, new: Sequence[Decision], undo: Sequence[str] | None = None) -> list[str]:
    """Decide, or take back, and commit; the names of the new rows."""
    signed = {"who": who, "why": f"as {who} sees it"}
    if undo is None:
        names = edits_writer.append(root / "edits.csv", new, signed, LABELS, "new_whale")
    else:
        names = edits_writer.undo(root / "edits.csv", undo, NO_FINDINGS, "new_whale", signed)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", f"{who} decides")
    return names


def test_rows_of_both_are_kept_and_an_undo_finds_its_row(checkout: Path) -> None:
    decide(checkout, "ann", decision.name(["c.jpg", "d.jpg"], "n_1"))
    decide(checkout, "ann", [decision.of_individual("rename", "n_1", "n_2")])
    decide(checkout, "ann", [], undo=[])
    git(checkout, "checkout", "--quiet", "theirs")
    first = edits_writer.row_name(rows_of(checkout / "edits.csv")[0])
    decide(checkout, "bob", [], undo=[first])
    decide(checkout, "bob", [Decision("", "b.jpg", "together", "c.jpg"), Decision("", "a.jpg", "relabel", "w_3")])
    git(checkout, "merge", "--quiet", "main", "--message", "both")

    rows = rows_of(checkout / "edits.csv")
    assert sorted(row[1] for row in rows) == sorted(
        ["relabel", "name", "name", "rename", "undo", "undo", "together", "relabel"]
    )
    held = read_edits(checkout / "edits.csv", LABELS, "new_whale")
    assert held.relabel == {"a.jpg": "w_3"}
    assert held.named == {"c.jpg": "n_1", "d.jpg": "n_1"}
    assert held.present == {}
    assert [pair[:2] for pair in held.together] == [Pair("b.jpg", "c.jpg", 0)[:2]]


def test_both_take_one_row_back_and_one_decides_again(checkout: Path) -> None:
    decide(checkout, "ann", [], undo=[])
    decide(checkout, "ann", [Decision("", "a.jpg", "relabel", "w_2")])
    git(checkout, "checkout", "--quiet", "theirs")
    decide(checkout, "bob", [], undo=[])
    git(checkout, "merge", "--quiet", "main", "--message", "both")
    assert read_edits(checkout / "edits.csv", LABELS, "new_whale").relabel == {"a.jpg": "w_2"}
