"""evaluate on a drawn world of embeddings whose answers are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import pytest

from longtail.errors import BadInput
from longtail.recognition.balancing.strategies import STRATEGIES
from longtail.recognition.classifiers.base import CLASSIFIERS
from longtail.run_record import Summary
from longtail.stages import evaluate
from tests.recognition.world import IDENTITIES, build

GALLERY = ("none", "random_undersampling", "augmented_oversampling", "smote")
COSINES = [name for name in STRATEGIES if name not in ("tau_normalised", "crt")]  # a softmax network
ROWS = {
    *((scorer, approach) for scorer in ("nearest_neighbour", "nearest_class_mean") for approach in GALLERY),
    *((scorer, approach) for scorer in ("cosine_classifier", "ensemble") for approach in COSINES),
    *(("linear_probe", approach) for approach in STRATEGIES),
    ("trained_head", "as_trained"),
}
SEEDS = 2
ONCE = {
    ("trained_head", "as_trained"),
    *(
        (scorer, approach)
        for scorer in ("nearest_neighbour", "nearest_class_mean")
        for approach in ("none", "augmented_oversampling")
    ),
}
LIGHT = evaluate.Params.model_validate(
    {"resamples": 100, "seeds": SEEDS, "head_epochs": 1, "cosine_epochs": 1, "compute": {"threads": 1}}
)
QUICK = {"classifiers": ["nearest_neighbour", "linear_probe"], "strategies": ["augmented_oversampling"], "seeds": 1}


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
    rows = table(evaluated[0], "leaderboard.csv")
    counts = rows.groupby(["classifier", "strategy"]).size().to_dict()
    assert counts == {pair: 1 if pair in ONCE else SEEDS for pair in ROWS}
    assert rows["chosen"].astype(str).value_counts().to_dict() == {"False": len(rows) - 1, "True": 1}
    assert set(rows["seed"]) == {0, 1}
    chosen = rows[rows["chosen"].astype(str) == "True"].iloc[0]
    assert (chosen["classifier"], chosen["strategy"], chosen["seed"]) == ("nearest_neighbour", "none", 0)


def test_rows_images_added_and_identities_skipped_are_counted(evaluated: tuple[Path, Summary]) -> None:
    rows = table(evaluated[0], "leaderboard.csv").drop_duplicates(["classifier", "strategy"])
    rows = rows.set_index(["classifier", "strategy"])
    originals = sum(IDENTITIES.values())
    rare = [count for count in IDENTITIES.values() if count < 10]
    filtered = 2 * 2 * sum(rare)  # two variants, each standing for two equal images
    heads = rows.loc["linear_probe", ["rows", "added", "skipped"]]
    for plain in ("none", "class_balanced", "class_weights", "logit_adjustment", "tau_normalised", "crt"):
        assert heads.loc[plain].tolist() == [originals, 0, 0], plain
    assert heads.loc["random_undersampling"].tolist() == [originals - 2, 0, 0]
    assert heads.loc["augmented_oversampling"].tolist() == [originals + filtered, filtered, 0]
    copied = sum(10 - count for count in rare)
    assert heads.loc["random_oversampling"].tolist() == [originals + copied, copied, 0]
    once = sum(count == 1 for count in rare)
    made = copied - 9 * once  # nothing lies between one photograph
    assert heads.loc["smote"].tolist() == [originals + made, made, once]
    assert rows.loc[("trained_head", "as_trained"), ["rows", "added"]].tolist() == [originals + filtered, filtered]
    assert evaluated[1].facts["skipped_by_smote"] == once


def test_the_comparison_by_class_count_has_a_row_an_entry_and_slice(evaluated: tuple[Path, Summary]) -> None:
    rows = table(evaluated[0], "per_class_count.csv")
    assert len(rows) == 6 * len(ROWS)
    assert set(zip(rows["classifier"], rows["strategy"], strict=True)) == ROWS
    means = table(evaluated[0], "leaderboard.csv").groupby(["classifier", "strategy"])["open_map_at_5"].mean()
    whole = rows[rows["slice"] == "all (open)"].set_index(["classifier", "strategy"])
    for pair in ROWS:
        assert whole.loc[pair, "map_at_5"] == pytest.approx(means[pair], abs=1e-5)
    as_trained = rows["strategy"] == "as_trained"
    assert set(rows.loc[as_trained, "gain"]) == {""}
    assert (rows.loc[~as_trained, "gain"] != "").all()


def test_no_winner_is_named_among_few_photographs(evaluated: tuple[Path, Summary]) -> None:
    rows = table(evaluated[0], "winners.csv")
    assert rows["slice"].tolist() == ["1", "2-4", "5-9", "10+", "known (closed)", "all (open)"]
    assert set(rows["verdict"]) == {"too_few"}


def test_the_mean_recall_is_the_balanced_accuracy(evaluated: tuple[Path, Summary]) -> None:
    rows = table(evaluated[0], "recall.csv")
    assert rows["identity"].tolist() == ["", *sorted(IDENTITIES)]
    assert rows["recall"].mean() == pytest.approx(values(evaluated[0], "metrics.json")["balanced_accuracy"], abs=1e-5)


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
    score = f"open MAP@5 {metrics['open_map_at_5']:.3f} (95% interval [{metrics['open_map_at_5_low']:.3f}, "
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
    best_match = rows["nearest"].map(split.set_index("image")["identity"])
    known = rows.apply(lambda row: next(row[place] for place in ("first", "second") if row[place]), axis=1)
    assert best_match.tolist() == known.tolist()


def test_the_choice_holds_what_predict_needs_and_says_why(evaluated: tuple[Path, Summary]) -> None:
    choice = values(evaluated[0], "choice.json")
    assert (choice["classifier"], choice["strategy"]) == ("nearest_neighbour", "none")
    assert 0 < choice["threshold"] < 1
    assert choice["settings"]["head"]["dims"] == LIGHT.head_dims
    assert "nearest_neighbour under none has the highest open MAP@5 on the held-out photographs" in choice["why"]
    assert "too few photographs to say which is better" in choice["why"]


def test_twice_gives_equal_bytes(evaluated: tuple[Path, Summary], tmp_path: Path) -> None:
    run(build(tmp_path))
    for path in sorted((evaluated[0] / "artifacts/evaluate").iterdir()):
        if path.name != "seconds.csv":
            assert (tmp_path / "artifacts/evaluate" / path.name).read_bytes() == path.read_bytes(), path.name


def test_without_unknowns_open_is_closed_and_it_is_said(tmp_path: Path) -> None:
    summary = run(build(tmp_path, unknown=0), classifiers=["nearest_neighbour"])
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
    rows = table(tmp_path, "leaderboard.csv")
    assert rows[["classifier", "strategy"]].to_numpy().tolist() == [["nearest_neighbour", "none"]]
    assert any("only the nearest neighbour is compared" in warning for warning in summary.warnings)
    assert (metrics["closed_map_at_5"], metrics["open_map_at_5"]) == (None, 1.0)
    assert any("only 'new' can be right" in warning for warning in summary.warnings)


def test_two_identities_are_enough(tmp_path: Path) -> None:
    run(build(tmp_path, identities={"ada": 4, "bea": 3}, unknown=6), seeds=1)
    rows = table(tmp_path, "predictions.parquet")
    assert rows[["fourth", "fifth"]].isna().all(axis=None)  # two identities and new
    assert values(tmp_path, "metrics.json")["closed_map_at_5"] == 1.0
    assert table(tmp_path, "recall.csv")["identity"].tolist() == ["", "ada", "bea"]


def test_without_mirrored_copies_the_filtered_copies_are_not_compared(tmp_path: Path) -> None:
    summary = run(build(tmp_path, mirrored_copies=False), **QUICK)
    assert set(table(tmp_path, "leaderboard.csv")["strategy"]) == {"none"}
    assert any("embed.augmented_mirror" in warning for warning in summary.warnings)


def test_where_every_identity_is_large_there_are_no_filtered_copies(tmp_path: Path) -> None:
    run(build(tmp_path, identities={"ada": 12, "bea": 10}), **QUICK)
    rows = table(tmp_path, "leaderboard.csv").set_index(["classifier", "strategy"])
    assert rows.loc[("linear_probe", "augmented_oversampling"), "added"] == 0
    assert ("nearest_neighbour", "augmented_oversampling") not in rows.index


def test_nothing_to_learn_from_is_told(tmp_path: Path) -> None:
    build(tmp_path)
    path = tmp_path / "artifacts/split/split.parquet"
    split = pd.read_parquet(path)
    split[(split["fold"] == "valid") | (split["identity"] == "")].to_parquet(path, index=False)
    with pytest.raises(BadInput, match="no photograph of a named identity to learn from"):
        run(tmp_path)


def test_parameters_offer_every_approach_and_scorer() -> None:
    assert get_args(evaluate.StrategyName) == tuple(STRATEGIES)
    assert get_args(evaluate.ClassifierName) == CLASSIFIERS
