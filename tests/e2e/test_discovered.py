"""A proposed individual is accepted: the next run learns it, and names a further photograph of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from longtail.cli import main
from longtail.params import DataParams
from tests.any_data.chain import Ran, run_all
from tests.e2e import test_the_gate

pytestmark = pytest.mark.slow

KNOWN, EACH, UNKNOWN = 24, 4, 3
SECTIONS = {
    "split": {"discover_share": 0.4},
    "train": {"unfrozen_epochs": 8},
    "evaluate": {"classifiers": ["nearest_neighbour"], "strategies": ["none"]},
    "discover": {"resamples": 100},
}


@dataclass(frozen=True)
class Coloured:
    """Individuals of two colours each, three of them labelled unknown; of these a test photograph each."""

    data: DataParams = field(default_factory=DataParams)

    def write(self, root: Path) -> None:
        raw, rng = root / "data/raw", np.random.default_rng(0)
        for part in ("train", "test"):
            (raw / part).mkdir(parents=True)
        shown = [who for who in range(KNOWN + UNKNOWN) for _ in range(EACH)]
        names = [f"p{at:03}.jpg" for at in range(len(shown))]
        for image, who in zip(names, shown, strict=True):
            test_the_gate.photograph(rng, who).save(raw / "train" / image)
        labels = [f"w_{who:02}" if who < KNOWN else "new_whale" for who in shown]
        pd.DataFrame({"Image": names, "Id": labels}).to_csv(raw / "train.csv", index=False)
        tested = [f"t{who}.jpg" for who in range(UNKNOWN)]
        for who, image in enumerate(tested):
            test_the_gate.photograph(rng, KNOWN + who).save(raw / "test" / image)
        pd.DataFrame({"Image": tested, "Id": "w_00"}).to_csv(raw / "sample_submission.csv", index=False)
        (root / "edits.csv").write_text("image,action,value,who,when,why\n", encoding="utf-8")


@dataclass(frozen=True)
class AsItIs:
    """The photographs that are there already."""

    data: DataParams = field(default_factory=DataParams)

    def write(self, root: Path) -> None:
        assert (root / "data/raw/train.csv").exists()


def individual(image: str) -> int:
    """Who is on a labelled photograph."""
    return int(image[1:4]) // EACH


def whole(ran: Ran) -> pd.DataFrame:
    """The findings about one unknown individual, which is proposed alone and with several photographs."""
    findings = ran.table("discover/findings.csv")
    proposals = ran.table("discover/proposals.parquet")
    for name, rows in findings.groupby("other_label"):
        group = proposals[(proposals["proposal"] == name) & (proposals["part"] == "labelled")]
        if len(group) > 1 and group["image"].map(individual).nunique() == 1:
            return rows
    raise AssertionError(f"no proposal of one individual among\n{proposals}\n{ran.values('discover/metrics.json')}")


def test_who_is_accepted_is_learned_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(test_the_gate, "IDENTITIES", KNOWN + UNKNOWN)
    accepted = whole(run_all(tmp_path, Coloured(), **SECTIONS))
    name, who = accepted["other_label"].iloc[0], individual(accepted["image"].iloc[0])
    monkeypatch.chdir(tmp_path)
    assert main(["review", "--accept", *accepted["finding"], "--why", "same colours", "--who", "Ada"]) == 0
    assert f"name {accepted['image'].iloc[0]} {name}" in capsys.readouterr().out

    again = run_all(tmp_path, AsItIs(), **SECTIONS)
    split = again.table("split/split.parquet")
    assert set(split.loc[split["identity"] == name, "image"]) == set(accepted["image"])
    labelled = set(split.loc[split["identity"] == "", "image"])
    assert not labelled & set(accepted["image"])
    if "discover" not in set(split.loc[split["identity"] == name, "fold"]):  # the hash of the name decides
        assert name in json.loads((tmp_path / "artifacts/train/model.json").read_text("utf-8"))["classes"]
    candidates = again.table("predict/candidates.parquet")
    further = candidates[candidates["image"] == f"t{who - KNOWN}.jpg"]
    assert name in further["identity"].tolist()[:2]
