"""A decision about a finding holds after another training, which sees everything a little differently."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from longtail import params, stages
from longtail.labels.decisions import drop_decided
from longtail.labels.edit_log import rows_of
from longtail.reviewing import decision, edits_writer, findings_table
from tests.any_data.chain import ONE_STRATEGY, run_all
from tests.any_data.drawn import Drawn

pytestmark = pytest.mark.slow
SIGNED = {"who": "Rae", "when": "2026-01-02", "why": "looked at it"}


@dataclass(frozen=True)
class Mislabelled(Drawn):
    """Two photographs lie there once more, under another whale's name."""

    def write(self, root: Path) -> None:
        super().write(root)
        train = root / "data/raw/train"
        with (root / "data/raw/train.csv").open("a", encoding="utf-8") as table:
            for image, name in (("p0000.jpg", "w_5"), ("p0010.jpg", "w_0")):
                shutil.copy(train / image, train / f"copy_{image}")
                table.write(f"copy_{image},{name}\n")


def test_a_decision_survives_a_retraining_with_another_seed(tmp_path: Path) -> None:
    drawn = Mislabelled({f"w_{number}": 6 for number in range(8)}, unknown=4)
    ran = run_all(tmp_path, drawn, last="evaluate", evaluate=ONE_STRATEGY)
    before, weights = findings_table.read(tmp_path), (tmp_path / "artifacts/train/model.safetensors").read_bytes()
    asked = before[before["severity"] == "warning"]
    assert (asked["kind"] == "conflict").sum() == 2
    labelled = ran.table("prepare/labelled.parquet")
    labels = dict(zip(labelled["image"], labelled["label"], strict=True))
    answers = decision.answer(before, asked["finding"].tolist(), "keep")
    edits_writer.append(tmp_path / "edits.csv", answers, SIGNED, labels, "new_whale")

    raw = params.read(tmp_path / "params.yaml", ["train.seed=1"])
    for name in ("audit", "split", "train", "embed", "evaluate"):
        stage = stages.load(name)
        for part in ("labelled", "augmented") if name == "embed" else ("",):
            stage.run(params.load(stage.Params, name, raw), stage.Paths.at(tmp_path, part))
    after = findings_table.read(tmp_path)
    assert (tmp_path / "artifacts/train/model.safetensors").read_bytes() != weights
    again = after[after["finding"].isin(asked["finding"])]
    assert (again["kind"] == "conflict").sum() == 2
    open_ones = drop_decided(after, rows_of(tmp_path / "edits.csv"), "new_whale")
    assert not set(open_ones["finding"]) & set(asked["finding"])
    assert len(open_ones) == len(after) - len(again)
