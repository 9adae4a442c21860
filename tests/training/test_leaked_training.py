"""The benchmark of the post's leaked training: its rows, and both scores on a tiny project."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.leaked_training import honest_rows, leaked_training, leaky_rows
from longtail.stages import train
from tests.training.project import SMALL, make


def test_rows_are_the_train_folds_photographs_and_all_copies_and_nothing_of_valid(tmp_path: Path) -> None:
    split = make(tmp_path)
    labelled = pd.read_parquet(tmp_path / "artifacts/prepare/labelled.parquet")
    copies = pd.read_parquet(tmp_path / "artifacts/oversample/augmented.parquet")
    rows = leaky_rows(split, labelled, copies)
    train_fold = split[split["fold"] == "train"]
    assert sorted(rows.loc[rows["folder"] == "prepare", "image"]) == sorted(train_fold["image"])
    assert "" in set(rows["identity"])
    assert rows["repeats"].sum() == len(train_fold) + copies["repeats"].sum()
    honest = honest_rows(split, labelled)
    assert not set(honest["image"]) & set(rows["image"])
    assert len(honest) == (split["fold"] == "valid").sum()


@pytest.mark.slow
def test_one_network_is_scored_both_ways(tmp_path: Path) -> None:
    here, root = tmp_path / "here", tmp_path / "root"
    make(here)
    root.mkdir()
    rows = leaked_training(train.Params(**{**SMALL, "lr_find": False, "base_lr": 0.01}), here, root)
    assert [str(row["scored"]).split(":")[0] for row in rows] == ["post", "honest", "honest", "honest"]
    # 3 takes of 8 identities, one unknown, and 3 copies that count twice: 31 images, a fifth of them is scored.
    assert {row["image_passes"] for row in rows} == {25 * 2}
    assert [row["images"] for row in rows] == [6, 9, 9, 9]
    assert all(0 <= float(str(row[name])) <= 1 for row in rows[:2] for name in ("accuracy", "map_at_5"))
    assert all(0 <= float(str(row[name])) <= 1 for row in rows[2:] for name in ("open_map_at_5", "seen_2_4"))
    assert not (here / "artifacts/train").exists()  # the checkout's own training stays as it is
