"""evaluate on a drawn world of embeddings whose answers are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest

from longtail.errors import BadInput
from longtail.record import Summary
from longtail.scoring.approaches import APPROACHES
from longtail.scoring.scorers import SCORERS
from longtail.stages import evaluate
from tests.scoring.world import IDENTITIES, build

ROWS = {
    ("nearest_neighbour", "none"),
    ("nearest_neighbour", "undersample"),
    ("nearest_neighbour", "threshold"),
    *(("linear_head", approach) for approach in APPROACHES),
    ("network_head", "as_trained"),
}
LIGHT = evaluate.Params.model_validate({"resamples": 100, "compute": {"threads": 1}})


def run(root: Path, **params: Any) -> Summary:
    return evaluate.run(LIGHT.model_copy(update=params), evaluate.Paths.at(root))


def table(root: Path, name: str) -> pd.DataFrame:
    path = root / "artifacts/evaluate" / name
    return pd.read_csv(path, keep_default_na=False) if path.suffix == ".csv" else pd.read_parquet(path)


def values(root: Path, name: str) -> dict[str, Any]:
    return json.loads((root / "artifacts/evaluate" / name).read_text("utf-8"))


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    """Read only."""
    root = build(tmp_path_factory.mktemp("world"))
    return root, run(root)


def test_every_approach_and_scorer_is_a_row_where_it_makes_a_difference(evaluated: tuple[Path, Summary]) -> None:
    rows = table(evaluated[0], "approaches.csv")
    assert set(zip(rows["scorer"], rows["approach"], strict=True)) == ROWS
    assert rows["chosen"].astype(str).value_counts().to_dict() == {"False": len(ROWS) - 1, "True": 1}


def test_rows_and_images_added_are_counted(evaluated: tuple[Path, Summary]) -> None:
    rows = table(evaluated[0], "approaches.csv").set_index(["scorer", "approach"])
    originals = sum(IDENTITIES.values())
    rare = [count for count in IDENTITIES.values() if count < 10]
    filtered = 2 * 2 * sum(rare)  # two variants, each standing for two equal images
    heads = rows.loc["linear_head", ["rows", "added"]]
    assert heads.loc["none"].tolist() == [originals, 0]
    assert heads.loc["undersample"].tolist() == [originals - 2, 0]
    assert heads.loc["threshold"].tolist() == [originals + filtered, filtered]
    copied = sum(10 - count for count in rare)
    assert heads.loc["copies"].tolist() == [originals + copied, copied]
    assert rows.loc[("network_head", "as_trained"), "rows"] == 99


def test_the_right_answers_are_found(evaluated: tuple[Path, Summary]) -> None:
    metrics = values(evaluated[0], "metrics.json")
    assert metrics["closed_map_at_5"] == 1.0  # each identity has a direction of its own
    assert metrics["open_map_at_5"] > 0.9
    assert metrics["gain_over_all_new_low"] > 0
    assert metrics["auroc_known"] > 0.9
    assert (metrics["photographs"], metrics["unknowns"], metrics["identities"]) == (26, 12, 7)


def test_the_summary_says_the_score_with_its_interval_beside_the_baselines(evaluated: tuple[Path, Summary]) -> None:
    root, summary = evaluated
    metrics = values(root, "metrics.json")
    score = f"open MAP@5 {metrics['open_map_at_5']:.3f} ({metrics['open_map_at_5_low']:.3f} to"
    assert summary.line.startswith(score)
    assert "all_new 0.462" in summary.line
    assert summary.facts["baselines"]["all_new"] == pytest.approx(12 / 26, abs=1e-6)
    json.dumps(summary.facts, allow_nan=False)


def test_predictions_have_a_row_a_scored_photograph(evaluated: tuple[Path, Summary]) -> None:
    rows = table(evaluated[0], "predictions.parquet")
    split = pd.read_parquet(evaluated[0] / "artifacts/split/split.parquet")
    assert rows["image"].tolist() == sorted(split.loc[split["scored"], "image"])
    assert rows["ap"].mean() == pytest.approx(values(evaluated[0], "metrics.json")["open_map_at_5"], abs=1e-6)
    assert rows.groupby("identity")["half"].nunique()[lambda halves: halves.index != ""].max() == 1
    supporters = rows["nearest"].map(split.set_index("image")["identity"])
    known = rows.apply(lambda row: next(row[place] for place in ("first", "second") if row[place]), axis=1)
    assert supporters.tolist() == known.tolist()


def test_the_choice_holds_what_predict_needs_and_says_why(evaluated: tuple[Path, Summary]) -> None:
    choice = values(evaluated[0], "choice.json")
    assert (choice["scorer"], choice["approach"]) == ("nearest_neighbour", "none")
    assert 0 < choice["threshold"] < 1
    assert choice["settings"]["head"]["dims"] == LIGHT.head_dims
    assert "nearest_neighbour under none has the highest open MAP@5 on valid" in choice["why"]
    assert "under 100 photographs that names no winner" in choice["why"]


def test_twice_gives_equal_bytes(evaluated: tuple[Path, Summary], tmp_path: Path) -> None:
    run(build(tmp_path))
    for path in sorted((evaluated[0] / "artifacts/evaluate").iterdir()):
        assert (tmp_path / "artifacts/evaluate" / path.name).read_bytes() == path.read_bytes(), path.name


def test_with_train_labels_shuffled_every_score_falls_to_the_baselines(tmp_path: Path) -> None:
    names = {f"whale_{i:02}": 4 for i in range(40)}
    build(tmp_path, identities=names, unknown=40)
    path = tmp_path / "artifacts/split/split.parquet"
    split = pd.read_parquet(path)
    learned = (split["fold"] == "train") & (split["identity"] != "")
    split.loc[learned, "identity"] = np.random.default_rng(0).permutation(split.loc[learned, "identity"])
    split.to_parquet(path, index=False)
    copies = pd.read_parquet(tmp_path / "artifacts/oversample/augmented.parquet")
    copies["identity"] = copies["image"].map(split.set_index("image")["identity"])
    copies.to_parquet(tmp_path / "artifacts/oversample/augmented.parquet", index=False)
    run(tmp_path, scorers=["nearest_neighbour", "linear_head"])
    rows = table(tmp_path, "approaches.csv")
    assert rows["closed_map_at_5"].astype(float).max() < 0.15  # chance of five guesses among 40: 0.057
    baselines = table(tmp_path, "baselines.csv").set_index("baseline")
    assert rows["open_map_at_5"].astype(float).max() < baselines.loc["all_new", "open_map_at_5"] + 0.05


def test_without_unknowns_open_is_closed_and_it_is_said(tmp_path: Path) -> None:
    summary = run(build(tmp_path, unknown=0), scorers=["nearest_neighbour"])
    metrics, choice = values(tmp_path, "metrics.json"), values(tmp_path, "choice.json")
    assert metrics["open_map_at_5"] == metrics["closed_map_at_5"]
    assert choice["threshold"] is None
    assert metrics["auroc_known"] is None
    assert not table(tmp_path, "predictions.parquet")["new"].any()
    assert any("open = closed" in warning for warning in summary.warnings)
    assert "open = closed" in choice["why"]


def test_all_seen_once_leaves_only_new(tmp_path: Path) -> None:
    build(tmp_path, identities={"ada": 1, "bea": 1, "cleo": 1})
    path = tmp_path / "artifacts/split/split.parquet"
    split = pd.read_parquet(path)
    split[(split["fold"] == "train") | ~split["known"]].to_parquet(path, index=False)
    summary = run(tmp_path)
    metrics = values(tmp_path, "metrics.json")
    assert (metrics["closed_map_at_5"], metrics["open_map_at_5"]) == (None, 1.0)
    assert any("nothing but 'new' can be right" in warning for warning in summary.warnings)


def test_two_identities_are_enough(tmp_path: Path) -> None:
    run(build(tmp_path, identities={"ada": 4, "bea": 3}, unknown=6))
    rows = table(tmp_path, "predictions.parquet")
    assert rows[["fourth", "fifth"]].isna().all(axis=None)  # two identities and new
    assert values(tmp_path, "metrics.json")["closed_map_at_5"] == 1.0


def test_without_mirrored_copies_the_nearest_neighbour_does_without_them(tmp_path: Path) -> None:
    summary = run(build(tmp_path, mirrored_copies=False))
    rows = table(tmp_path, "approaches.csv")
    assert set(zip(rows["scorer"], rows["approach"], strict=True)) == ROWS - {("nearest_neighbour", "threshold")}
    assert any("embed.augmented_mirror" in warning for warning in summary.warnings)


def test_without_filtered_copies_it_works_too(tmp_path: Path) -> None:
    run(build(tmp_path, identities={"ada": 12, "bea": 10}))
    rows = table(tmp_path, "approaches.csv").set_index(["scorer", "approach"])
    assert rows.loc[("linear_head", "threshold"), "added"] == 0
    assert ("nearest_neighbour", "threshold") not in rows.index


def test_nothing_to_learn_from_is_told(tmp_path: Path) -> None:
    build(tmp_path)
    path = tmp_path / "artifacts/split/split.parquet"
    split = pd.read_parquet(path)
    split[(split["fold"] == "valid") | (split["identity"] == "")].to_parquet(path, index=False)
    with pytest.raises(BadInput, match="no photograph of a named identity to learn from"):
        run(tmp_path)


def test_parameters_offer_every_approach_and_scorer() -> None:
    assert get_args(evaluate.ApproachName) == tuple(APPROACHES)
    assert set(get_args(evaluate.ScorerName)) == set(SCORERS)
