"""The benchmark of the probabilities measures what evaluate measured, and keeps a block of rows a run."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmarks import calibration, scored_run
from longtail.evaluation.scorecard import BootstrapConfig
from longtail.stages import evaluate
from tests.evaluation.test_open_set_metrics import LIGHT
from tests.recognition.world import build


def test_the_figures_are_those_of_evaluate_and_those_of_a_run_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "RESULTS", tmp_path)
    monkeypatch.setattr(scored_run, "bootstrap", lambda run: BootstrapConfig(run.seed, 20))
    root = build(tmp_path / "run", noise=0.8, unknown=30)
    evaluate.run(LIGHT, evaluate.Paths.at(root))
    path = root / "artifacts/split/split.parquet"
    split = pd.read_parquet(path)  # two photographs of an individual that nothing learned from
    kept_out = split[(split["fold"] == "train") & (split["identity"] == "")].index[:2]
    split.loc[kept_out, ["fold", "identity"]] = ["discover", "nobody"]
    split.to_parquet(path, index=False)
    (tmp_path / "calibration.csv").write_text("run,calibrator\nother,platt\nmine,old\n")
    calibration.main([str(root), "--name", "mine"])
    rows = pd.read_csv(tmp_path / "calibration.csv")
    assert rows["run"].tolist().count("other") == 1
    assert "old" not in rows["calibrator"].tolist()
    own = rows[rows["calibrator"].str.startswith("chosen")].set_index(["event", "metric"])["value"]
    measured = pd.read_csv(root / "artifacts/evaluate/calibration.csv").set_index(["event", "metric"])["value"]
    pd.testing.assert_series_equal(own, measured.round(4), check_index_type=False)
    assert {"platt", "margin", "margins", "isotonic"} < set(rows["calibrator"])
    together = pd.read_csv(tmp_path / "together.csv")
    assert together.groupby("individuals")["count"].first().to_dict() == {"known": 2, "new": 1, "all": 3}
    assert set(together["rule"]) == {"alone", "mean score", "mean log odds", "highest score"}
    alone = together[together["rule"] == "alone"]
    assert (alone["map_at_5_gain"] == 0).all()
