"""A proposed new individual is accepted, the next run learns it, and a further photograph of it is named."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from longtail import params, stages
from longtail.labels.edit_log import rows_of
from longtail.params import DataParams
from longtail.reviewing import decision, edits_writer, findings_table
from tests.any_data.chain import run_all

pytestmark = pytest.mark.slow
KNOWN, EACH, STRANGERS = 16, 6, 6
NEW = "nova"
SECTIONS: dict[str, dict[str, Any]] = {
    "split": {"discover_share": 0.4},
    "train": {"unfrozen_epochs": 6},
    "evaluate": {"classifiers": ["nearest_neighbour"], "strategies": ["none"]},
}


def painted(rng: np.random.Generator, hue: float) -> Image.Image:
    """A photograph of the individual of this hue: two colours that are its own, under light that is not."""
    halves = [colorsys.hsv_to_rgb((hue * step) % 1, 0.8, 0.7) for step in (1, 3)]
    colours = np.repeat(np.array(halves), 30, axis=0)[:, None, :] * np.ones((60, 90, 3))
    shade = np.kron(rng.uniform(0.6, 1.4, (12, 18)), np.ones((5, 5)))[:, :, None]
    return Image.fromarray((colours * shade * 255).clip(0, 255).astype(np.uint8))


@dataclass(frozen=True)
class Painted:
    """Known individuals, EACH photographs of an unnamed one (u0, u1, ...), a further one in test, other unknowns."""

    data: DataParams = field(default_factory=DataParams)

    def write(self, root: Path) -> None:
        raw, rng = root / "data/raw", np.random.default_rng(3)
        (raw / "train").mkdir(parents=True)
        (raw / "test").mkdir()
        shots = [(who, take) for who in range(KNOWN) for take in range(EACH)]
        hues = {f"k{who}_{take}.jpg": (f"w_{who}", (who + 1) / (KNOWN + 2)) for who, take in shots}
        hues |= {f"u{take}.jpg": ("new_whale", 0.0) for take in range(EACH)}
        hues |= {f"s{number}.jpg": ("new_whale", rng.uniform()) for number in range(STRANGERS)}
        for image, (_, hue) in hues.items():
            painted(rng, hue).save(raw / "train" / image)
        table = pd.DataFrame({"Image": [*hues], "Id": [label for label, _ in hues.values()]})
        table.to_csv(raw / "train.csv", index=False)
        painted(rng, 0.0).save(raw / "test/further.jpg")
        pd.DataFrame({"Image": ["further.jpg"], "Id": ["w_0"]}).to_csv(raw / "sample_submission.csv", index=False)
        (root / "edits.csv").write_text("image,action,value,who,when,why\n", encoding="utf-8")


def test_an_accepted_proposal_is_learned_and_a_further_photograph_is_named(tmp_path: Path) -> None:
    ran = run_all(tmp_path, Painted(), last="discover", **SECTIONS)
    findings = findings_table.read(tmp_path)
    asked = findings[(findings["kind"] == "new_individual") & findings["image"].str.startswith("u")]
    assert sorted(asked["image"]) == [f"u{take}.jpg" for take in range(EACH)]
    assert asked["other_label"].nunique() == 1
    before = ran.table("predict/candidates.parquet")
    assert before.sort_values("rank").iloc[0]["identity"] == "", "it is new to the first run"

    labelled = ran.table("prepare/labelled.parquet")
    labels = dict(zip(labelled["image"], labelled["label"], strict=True))
    accepted = decision.accept(findings, asked["finding"].tolist(), "name", NEW, "new_whale")
    signed = {"who": "Rae", "why": "one new notch"}
    edits_writer.append(tmp_path / "edits.csv", accepted, signed, labels, "new_whale", findings)

    raw = params.read(tmp_path / "params.yaml")
    for name in ("audit", "split", "oversample", "train", "embed", "evaluate", "predict"):
        stage = stages.load(name)
        for part in stage.Paths.PARTS or ("",):
            stage.run(params.load(stage.Params, name, raw), stage.Paths.at(tmp_path, part))
    split = ran.table("split/split.parquet").set_index("image")
    assert set(split.loc[asked["image"], "identity"]) == {NEW}
    assert {"train", "valid", "discover"} == set(split["fold"])
    learned = split.index[(split["identity"] == NEW) & (split["fold"] == "train")]
    assert len(learned) >= 2
    assert set(learned) <= set(ran.table("train/learned_from.parquet")["image"])
    known = ran.table("predict/candidates.parquet").sort_values("rank").query("identity != ''")
    assert known.iloc[0]["identity"] == NEW
    assert ran.table("predict/submission.csv")["Id"].iloc[0].split()[0] == NEW
    decided = findings_table.with_decisions(findings, tmp_path, rows_of(tmp_path / "edits.csv"), "new_whale")
    assert set(decided.loc[decided["finding"].isin(asked["finding"]), "decided"]) == {"name"}
