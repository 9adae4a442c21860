"""The comparison of a warm start with one from scratch: what is held out, and that it runs on the tiny network."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from benchmarks import measuring, warm_start
from longtail.labels.findings import COLUMNS
from tests.training import project

ROOT = Path(__file__).resolve().parents[2]


def test_each_step_adds_its_share_and_no_photograph_twice() -> None:
    images = pd.Series([f"{at}.jpg" for at in range(4000)])
    step_of = warm_start.steps_of(images, 0.05, 3, seed=1)
    counts = np.bincount(step_of)
    assert len(counts) == 4
    assert (abs(counts[1:] - 200) < 60).all()
    assert (warm_start.steps_of(images, 0.05, 1, seed=1) == np.where(step_of == 1, 1, 0)).all()
    assert (warm_start.steps_of(images, 0.05, 3, seed=2) != step_of).any()


def test_the_difference_is_paired_and_told_for_known_and_new() -> None:
    scratch = pd.DataFrame({"image": list("abcd"), "identity": ["w", "w", "v", ""], "ap": [0.5, 1.0, 0.0, 1.0]})
    warm = scratch.assign(known=[True, True, False, False], ap=[1.0, 1.0, 0.5, 1.0]).iloc[::-1]
    rows = {str(row["scored"]): row for row in warm_start.compared(warm, scratch, {"seed": 0})}
    assert {part: (row["photographs"], row["difference"]) for part, row in rows.items()} == {
        "open": (4, 0.25), "known": (2, 0.25), "new": (2, 0.25),
    }  # fmt: skip
    assert (rows["open"]["warm"], rows["open"]["scratch"]) == (0.875, 0.625)


def stop(*_: object) -> None:
    """Stands for Ctrl-C."""
    raise KeyboardInterrupt


@pytest.mark.slow
def test_it_goes_on_after_a_stop_and_keeps_its_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    split = project.make(tmp_path / "run", takes=6)
    groups = split[["image", "identity", "group"]].assign(label=split["identity"], conflict=False)
    groups.to_parquet(tmp_path / "run/artifacts/audit/groups.parquet", index=False)
    pd.DataFrame(columns=[*COLUMNS, "finding"]).to_csv(tmp_path / "run/artifacts/audit/findings.csv", index=False)
    small = {key: value for key, value in project.SMALL.items() if key != "compute"}
    sections = {
        "train": {**small, "warm_epochs": 1, "base_lr": 0.01, "lr_find": False},
        "compute": project.SMALL["compute"],
    }
    with (tmp_path / "run/params.yaml").open("w") as file:
        YAML().dump(sections, file)
    monkeypatch.setattr(measuring, "RESULTS", tmp_path)
    command = ["--run", str(tmp_path / "run"), "--share", "0.1", "--steps", "2", "--seeds", "0"]
    command += ["--work", str(tmp_path / "work")]
    with monkeypatch.context() as patch:
        patch.setattr(warm_start, "scored", stop)  # which comes after the trainings of the first step
        with pytest.raises(KeyboardInterrupt):
            warm_start.main(command)
    networks = {path: path.stat().st_mtime_ns for path in (tmp_path / "work").rglob("model.safetensors")}
    assert networks
    warm_start.main(command)
    assert {path: path.stat().st_mtime_ns for path in networks} == networks  # none of them was trained again
    with (tmp_path / "warm_start.csv").open(encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    assert {row["step"] for row in rows} == {"1", "2"}
    assert all(0 <= float(row["warm"]) <= 1 and row["machine"] for row in rows)
