"""What evaluate tells of saying "new", on the drawn world."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from longtail.recognition.open_set.ranking import rank_by_probability
from longtail.stages import evaluate
from tests.recognition.world import build

LIGHT = evaluate.Params.model_validate(
    {"resamples": 100, "classifiers": ["nearest_neighbour"], "strategies": ["none"], "compute": {"threads": 1}}
)


def evaluated(root: Path, **params: Any) -> Callable[[str], Any]:
    """Evaluate the world under `root`; reads what was written."""
    evaluate.run(LIGHT.model_copy(update=params), evaluate.Paths.at(root))
    folder = root / "artifacts/evaluate"

    def read(name: str) -> Any:
        return json.loads((folder / name).read_text("utf-8")) if name.endswith("json") else pd.read_csv(folder / name)

    return read


def test_the_curves_agree_with_the_reported_score(tmp_path: Path) -> None:
    read = evaluated(build(tmp_path, noise=0.8, unknown=30))
    reported = read("metrics.json")["open_map_at_5"]
    assert read("choice.json")["ranking"]["rule"] == "probability"
    assert read("threshold_curve.csv").empty
    own = read("share_curve.csv").query("is_valid")
    assert own["open_map_at_5"].tolist() == pytest.approx([reported], abs=1e-6)
    curve = read("share_curve.csv").sort_values("unknown_share")
    assert curve["unknown_called_new"].is_monotonic_increasing
    assert curve["known_called_new"].is_monotonic_increasing
    assert curve["unknown_called_new"].iloc[-1] > 0.9 > 0.3 > curve["known_called_new"].iloc[0]


def test_where_probabilities_score_lower_the_threshold_ranks_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from longtail.evaluation import calibrated, ranking_rule

    for module in (calibrated, ranking_rule):
        monkeypatch.setattr(module, "rank_by_probability", lambda *given: rank_by_probability(*given)[:, ::-1])
    read = evaluated(build(tmp_path, noise=0.8, unknown=90))
    ranking, metrics = read("choice.json")["ranking"], read("metrics.json")
    assert ranking["rule"] == "threshold"
    assert {read("choice.json")[f"chosen_on_half_{half}"]["ranking"] for half in "ab"} == {"threshold"}
    assert f"{metrics['ranking_gain']:+.3f} [" in ranking["why"]
    assert metrics["ranking_gain_high"] < 0
    chosen = read("threshold_curve.csv").query("chosen")
    assert chosen["open_map_at_5"].tolist() == pytest.approx([metrics["open_map_at_5"]], abs=1e-6)
    assert chosen["threshold"].tolist() == pytest.approx([read("choice.json")["threshold"]])
    own = read("share_curve.csv").query("is_valid")
    assert own["open_map_at_5"].tolist() == pytest.approx([metrics["open_map_at_5"]], abs=1e-6)
    assert own["threshold"].tolist() == pytest.approx([read("choice.json")["threshold"]])


def test_new_is_first_exactly_where_it_is_most_probable(tmp_path: Path) -> None:
    read = evaluated(build(tmp_path, noise=0.8, unknown=30))
    rows = pd.read_parquet(tmp_path / "artifacts/evaluate/predictions.parquet")
    assert ((rows["probability_new"] > rows["probability_known"]) == rows["new"]).all()
    assert 0 < rows["new"].sum() < len(rows)
    assert read("metrics.json")["ranking_gain_low"] <= read("metrics.json")["ranking_gain"]


def test_the_probability_of_being_new_beats_who_always_says_the_share(tmp_path: Path) -> None:
    read = evaluated(build(tmp_path, unknown=30))
    metrics = read("metrics.json")
    assert metrics["brier_new"] < 0.5 * metrics["brier_new_base"]
    assert metrics["brier_new_base"] == pytest.approx(30 / 44 * 14 / 44, abs=0.01)
    table = read("reliability.csv").query("event == 'new'")
    assert table["photographs"].sum() == metrics["photographs"]
    assert np.average(table["observed"], weights=table["photographs"]) == pytest.approx(30 / 44, abs=1e-5)
    assert read("choice.json")["calibration"]["kind"] == "platt"  # too few photographs to compare
    assert read("calibrators.csv").empty
    figures = read("calibration.csv").set_index(["event", "metric"])
    assert figures.loc[("new", "brier"), "value"] == metrics["brier_new"]
    assert figures.loc[("new", "brier"), "difference_high"] < 0


def test_the_leakage_demo_stands_beside_the_honest_score(tmp_path: Path) -> None:
    table = evaluated(build(tmp_path))("leakage_demo.csv")
    assert table["protocol"].tolist() == ["post", "honest"]
    assert (table[["accuracy", "map_at_5"]] > 0.4).all(axis=None)
    assert table["photographs"].tolist()[1] == 26


@pytest.mark.parametrize("known", [True, False])
def test_with_one_kind_of_photograph_only_it_says_less_and_does_not_fail(tmp_path: Path, known: bool) -> None:
    build(tmp_path, unknown=0 if known else 12)
    if not known:
        path = tmp_path / "artifacts/split/split.parquet"
        split = pd.read_parquet(path)
        split[(split["fold"] == "train") | ~split["known"]].to_parquet(path, index=False)
    read = evaluated(tmp_path)
    assert read("metrics.json")["brier_new"] is None
    assert read("metrics.json")["ranking_gain"] is None
    assert read("choice.json")["ranking"]["rule"] == "threshold"
    assert pd.read_parquet(tmp_path / "artifacts/evaluate/predictions.parquet")["probability_new"].isna().all()
    assert read("choice.json")["calibration"] is None
    assert read("reliability.csv").empty
    assert len(read("share_curve.csv")) == 1
    assert read("threshold_curve.csv").empty == known
