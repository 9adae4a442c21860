"""Marks that match: measured beside the selected classifier, and used only where they help."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from longtail.evaluation import local_matching
from longtail.evaluation.grid import Candidate
from longtail.evaluation.local_matching import NOT_COMPUTED
from longtail.evaluation.model_selection import CrossFitResult, Selection
from longtail.evaluation.paired_choice import HeldOut
from longtail.evaluation.scorecard import BootstrapConfig
from longtail.evaluation.selection_report import Selections
from longtail.recognition.eval_set import EvalSet
from longtail.recognition.local_matching import keypoint_table
from longtail.recognition.local_matching.shortlist import Shortlist
from longtail.recognition.local_matching.verification import match_all
from longtail.recognition.top_k import TopK
from longtail.stages import evaluate
from tests.recognition.world import build, plant_keypoints

pytestmark = pytest.mark.slow  # four evaluations

WORLD: dict[str, Any] = {
    "identities": {f"one_{number:02}": 2 + number % 3 for number in range(40)},
    "noise": 1.1,
    "unknown": 60,
    "test": 0,
}
LIGHT = evaluate.Params.model_validate(
    {"classifiers": ["nearest_neighbour"], "strategies": ["none"], "resamples": 200, "compute": {"threads": 1}}
)


def values(root: Path, name: str) -> dict[str, Any]:
    return json.loads((root / "artifacts/evaluate" / name).read_text("utf-8"))


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Without keypoints, and with marks that an individual's photographs share, nobody's do, or all do; read only."""
    names = ("without", "telling", "telling_nothing", "outline")
    roots = {name: build(tmp_path_factory.mktemp(name), **WORLD) for name in names}
    plant_keypoints(roots["telling"], shared_by="individual", fewest=12)
    plant_keypoints(roots["telling_nothing"], shared_by="nobody", fewest=12)
    plant_keypoints(roots["outline"], shared_by="everybody", fewest=12)
    for root in roots.values():
        evaluate.run(LIGHT, evaluate.Paths.at(root))
    return roots


def test_without_keypoints_nothing_is_compared_and_it_is_said(worlds: dict[str, Path]) -> None:
    assert values(worlds["without"], "choice.json")["local_matching"] == {"used": False, "why": NOT_COMPUTED}
    assert values(worlds["without"], "metrics.json")["local_matching_gain"] is None


def test_marks_that_tell_individuals_apart_are_used_and_raise_every_score(worlds: dict[str, Path]) -> None:
    before, after = (values(worlds[name], "metrics.json") for name in ("without", "telling"))
    choice = values(worlds["telling"], "choice.json")
    assert choice["local_matching"]["used"]
    assert choice["chosen_on_half_a"]["local_matching"]
    assert choice["chosen_on_half_b"]["local_matching"]
    assert after["local_matching_gain_low"] > 0.1
    for name in ("open_map_at_5", "closed_map_at_5", "auroc_known"):
        assert after[name] > before[name] + 0.1
    assert 0 < choice["local_matching"]["weight"] <= 1
    assert choice["threshold"] != values(worlds["without"], "choice.json")["threshold"]
    assert choice["chosen_on_half_a"]["threshold"] != choice["chosen_on_half_b"]["threshold"]


def test_the_marks_that_each_photograph_shares_with_its_best_match_are_written_to_be_drawn(
    worlds: dict[str, Path],
) -> None:
    marks = pd.read_parquet(worlds["telling"] / "artifacts/evaluate/marks.parquet")
    predictions = pd.read_parquet(worlds["telling"] / "artifacts/evaluate/predictions.parquet").set_index("image")
    assert (marks["other"] == predictions["nearest"].reindex(marks["image"]).to_numpy()).all()
    right = predictions.index[(predictions["closed_rank"] == 1) & predictions["known"]]
    assert set(right) <= set(marks["image"])
    drawn = marks.groupby("image").size()
    assert drawn.max() <= 10
    assert (drawn <= marks.groupby("image")["marks"].first()).all()
    assert marks[["x", "y", "other_x", "other_y"]].stack().between(0, 1).all()
    assert marks["weight"].between(0, 1, inclusive="right").all()
    assert (marks["common"] <= marks["marks"]).all()
    nothing = pd.read_parquet(worlds["without"] / "artifacts/evaluate/marks.parquet")
    assert (len(nothing), list(nothing)) == (0, list(marks))


def test_where_marks_are_used_the_best_match_is_the_photograph_that_shares_most(worlds: dict[str, Path]) -> None:
    """Not the most similar one: with the same first candidate it changes, and only for one with more marks."""
    names = ("without", "telling")
    plain, marked = (pd.read_parquet(worlds[name] / "artifacts/evaluate/predictions.parquet") for name in names)
    table = keypoint_table.read(worlds["telling"] / "artifacts/keypoints/labelled")
    right = marked["known"] & (marked["closed_rank"] == 1) & (plain["closed_rank"] == 1)
    changed = right & (plain["nearest"] != marked["nearest"])
    assert 5 < changed.sum() < right.sum()
    rows = zip(marked["image"][changed], plain["nearest"][changed], marked["nearest"][changed], strict=True)
    pairs = [match_all(table.of(image), [table.of(one), table.of(other)]) for image, one, other in rows]
    gained = np.array([other.inliers - one.inliers for one, other in pairs])
    assert gained.min() >= -1, "a mark that other candidates share counts less"
    assert gained.mean() > 1


@pytest.mark.parametrize("name", ["telling_nothing", "outline"])
def test_marks_that_tell_nothing_are_not_used_and_change_no_answer(worlds: dict[str, Path], name: str) -> None:
    """Marks that match hardly anything, and marks that match everybody, as the outline of a fluke does."""
    choice = values(worlds[name], "choice.json")
    assert not choice["local_matching"]["used"]
    assert "weight" not in choice["local_matching"]
    plain, same = (values(worlds[one], "choice.json") for one in ("without", name))
    for one in (plain, same):
        assert not any(one[half]["local_matching"] for half in ("chosen_on_half_a", "chosen_on_half_b"))
        del one["local_matching"]
    assert plain == same
    tables = [pd.read_parquet(worlds[one] / "artifacts/evaluate/predictions.parquet") for one in ("without", name)]
    pd.testing.assert_frame_equal(*tables)


def test_an_outline_that_everybody_has_matches_and_is_drawn_as_common(worlds: dict[str, Path]) -> None:
    marks = pd.read_parquet(worlds["outline"] / "artifacts/evaluate/marks.parquet")
    assert marks["marks"].min() >= 12
    assert (marks["common"] == marks["marks"]).all()
    assert marks["weight"].median() < 0.25, "some 20 of 30 candidates share a mark"


def test_no_photographs_answer_depends_on_the_labels_of_its_own_half() -> None:
    """Whether marks are used, curve, weight and threshold come from the other half: other labels change it alone."""
    rng = np.random.default_rng(0)
    truth, half_b = rng.integers(-1, 30, 400), np.arange(400) % 2 == 1
    identity = np.stack([rng.permutation(30)[:20] for _ in range(400)])
    score = -np.sort(-rng.uniform(0.2, 0.6, identity.shape), axis=1)
    inliers = rng.poisson(np.where(identity == truth[:, None], 8, 3))
    wide = TopK(identity.astype(np.int64), score.astype(np.float32))
    first = TopK(wide.identity[:, :5], wide.score[:, :5])
    lists = {("nearest_neighbour", "none", "none", "trained"): Shortlist(wide, inliers)}
    selection = Selection(0, 0.5)
    plain = local_matching.Procedure(
        [Candidate("none", "nearest_neighbour", first, 0, 0)],
        Selections(selection, selection, selection),
        CrossFitResult(first.identity, first.identity, first.best),
    )
    names = [f"p{number}" for number in range(400)]
    others = np.where(half_b, rng.permutation(truth), truth)
    decided = []
    for labels in (truth, others):
        eval_set = EvalSet(pd.DataFrame({"image": names}), np.arange(400), labels, names)
        decided.append(local_matching.decide(plain, lists, HeldOut(eval_set, half_b, BootstrapConfig(0, 100))))
    assert [one.decisions[0].fusion is None for one in decided] == [False, False]
    opened = [one.procedure.result.open for one in decided]
    assert np.array_equal(opened[0][half_b], opened[1][half_b])
    assert not np.array_equal(opened[0][~half_b], opened[1][~half_b])
