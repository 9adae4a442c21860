"""The drawn kinds hold what their table says, and the two trainings are compared photograph by photograph."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import preset
from longtail.preset.survey import Facts
from longtail.synthetic.plan import UNKNOWN


@pytest.mark.parametrize("kind", preset.KINDS)
def test_a_kind_holds_as_many_photographs_of_as_many_individuals_as_it_says(kind: str) -> None:
    counts, unknown, look, *_ = preset.KINDS[kind]
    plan = preset.plan(kind, 3)
    of_each = Counter(shot.label for shot in plan.labelled)
    assert of_each.pop(UNKNOWN, 0) == unknown
    assert Counter(of_each.values()) == counts
    assert {shot.look for shot in plan.labelled} == {look}
    names = [shot.name for shot in plan.labelled]
    assert names == sorted(set(names))
    assert preset.plan(kind, 3) == plan != preset.plan(kind, 4)


def test_the_difference_is_that_of_the_preset_over_the_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = Facts(600, 100, 0, 0, 0, short_side=250, grey=0.0, cores=2, device="cpu")
    asked: list[int] = []

    def scored(raw: Path, root: Path, sections: dict[str, dict[str, int]]) -> pd.DataFrame:
        asked.append(sections["train"]["unfrozen_epochs"])
        score = 0.2 if root.name == "sample" else 0.7
        images = [f"{number}.jpg" for number in range(120)]
        return pd.DataFrame({"image": images, "ap": np.full(120, score), "cluster": np.arange(120) // 2})

    monkeypatch.setattr(preset, "write_sample", lambda *_: None)
    monkeypatch.setattr(preset, "_from_afar", lambda *_: None)
    monkeypatch.setattr(preset.survey, "survey", lambda *_: facts)
    monkeypatch.setattr(preset, "scored", scored)
    row = preset.compared("catalogue", 0, tmp_path / "catalogue")
    assert asked == [5, 9]
    assert row["changed"] == "train.unfrozen_epochs=9 train.warm_epochs=4"
    assert (row["sample"], row["preset"], row["difference"]) == (0.2, 0.7, 0.5)
    assert (row["low"], row["high"], row["verdict"]) == (0.5, 0.5, "better")
