"""Photographs labelled unknown are named, the next run learns them, and a further photograph is named by it."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from longtail.params import DataParams
from longtail.reviewing import decision, edits_writer
from longtail.splitting.edits import read_edits
from tests.any_data.chain import run_all

pytestmark = pytest.mark.slow
KNOWN, EACH, STRANGERS = 8, 8, 6
NEW = "nova"


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
        edits = root / "edits.csv"
        edits.write_text("image,action,value,who,when,why\n", encoding="utf-8")
        labels = {image: "" if label == "new_whale" else label for image, (label, _) in hues.items()}
        named = decision.name([f"u{take}.jpg" for take in range(EACH)], NEW)
        edits_writer.append(edits, named, {"who": "Rae", "why": "one new notch"}, labels, "new_whale")
        assert read_edits(edits, labels, "new_whale").identity("u0.jpg", "") == NEW


def test_a_named_individual_is_learned_and_a_further_photograph_of_it_is_named(tmp_path: Path) -> None:
    ran = run_all(
        tmp_path,
        Painted(),
        split={"discover_share": 0.0},
        train={"unfrozen_epochs": 6},
        evaluate={"classifiers": ["nearest_neighbour"], "strategies": ["none"]},
    )
    split = ran.table("split/split.parquet").set_index("image")
    assert set(split.loc[[f"u{take}.jpg" for take in range(EACH)], "identity"]) == {NEW}
    learned = split.index[(split["identity"] == NEW) & (split["fold"] == "train")]
    assert len(learned) >= 2
    assert set(learned) <= set(ran.table("train/learned_from.parquet")["image"])
    candidates = ran.table("predict/candidates.parquet").sort_values("rank")
    known = candidates[candidates["identity"] != ""]
    assert known.iloc[0][["image", "identity"]].tolist() == ["further.jpg", NEW]
    submitted = ran.table("predict/submission.csv")["Id"].iloc[0].split()
    assert NEW in submitted[:2]
