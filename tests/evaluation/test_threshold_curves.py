"""The two curves of saying "new": over thresholds, over shares of unknowns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from longtail.evaluation.grid import Candidate
from longtail.evaluation.model_selection import select, two_fold_select
from longtail.evaluation.threshold_curves import SHARES, by_threshold, share_curve, threshold_curve
from longtail.metrics.map_at_k import map_at_k
from longtail.recognition.open_set.threshold import insert_new
from longtail.recognition.top_k import NEW, NONE, TopK


def single(first: list[int], scores: list[float]) -> TopK:
    """One candidate a photograph."""
    identity = np.full((len(first), 5), NONE)
    identity[:, 0] = first
    score = np.full((len(first), 5), -np.inf, np.float32)
    score[:, 0] = scores
    return TopK(identity, score)


TRUTH = np.array([0, 0, NEW, NEW])
FOUND = single([0, 0, 0, 0], [0.9, 0.5, 0.6, 0.1])


def test_every_point_says_what_its_threshold_does() -> None:
    table = threshold_curve(FOUND, TRUTH, 0.75, insert_new(FOUND, 0.75))
    sweep = table[~table["chosen"].astype(bool)]
    for row in sweep.itertuples():
        guesses = insert_new(FOUND, row.threshold)
        assert row.open_map_at_5 == pytest.approx(map_at_k(guesses, TRUTH))
    assert sweep.iloc[0, 1:4].tolist() == pytest.approx([0, 0, 0.75])  # never new first: two right, two second
    assert sweep.iloc[-1, 1:4].tolist() == pytest.approx([1, 1, 0.75])  # always: the other way round
    middle = sweep[(sweep["threshold"] > 0.6) & (sweep["threshold"] <= 0.9)].iloc[0]
    assert middle[["unknown_called_new", "known_called_new", "open_map_at_5"]].tolist() == pytest.approx(
        [1, 0.5, 0.875]
    )
    assert table["threshold"].is_monotonic_increasing
    assert len(table) <= 101


def test_the_chosen_point_is_what_the_two_halves_really_score() -> None:
    guesses = insert_new(FOUND, None)  # as if the halves had never said new
    chosen = threshold_curve(FOUND, TRUTH, 0.3, guesses).query("chosen == True")
    assert chosen.to_numpy().tolist() == [[0.3, 0.0, 0.0, 0.5, True]]


def test_a_thousand_photographs_still_make_a_hundred_points() -> None:
    rng = np.random.default_rng(0)
    top_k = single([0] * 1000, rng.random(1000).tolist())
    table = threshold_curve(top_k, np.array([0, NEW] * 500), 0.5, insert_new(top_k, 0.5))
    assert 90 <= len(table) <= 101
    assert table["unknown_called_new"].is_monotonic_increasing


def test_without_new_photographs_there_is_no_curve_over_thresholds() -> None:
    table = threshold_curve(FOUND, np.zeros(4, int), None, FOUND.identity)
    assert table.empty
    assert list(table) == ["threshold", "unknown_called_new", "known_called_new", "open_map_at_5", "chosen"]


def test_with_new_photographs_alone_nothing_is_said_of_known_ones() -> None:
    table = threshold_curve(FOUND, np.full(4, NEW), 2.0, insert_new(FOUND, 2.0))
    assert table["known_called_new"].isna().all()


def world(seed: int = 0) -> tuple[TopK, np.ndarray, np.ndarray]:
    """400 photographs, 120 of them new with lower scores; half of each kind in either half."""
    rng = np.random.default_rng(seed)
    new = np.arange(400) % 10 < 3
    scores = np.where(new, rng.normal(0.3, 0.15, 400), rng.normal(0.6, 0.15, 400)).clip(-1, 1)
    truth = np.where(new, NEW, np.where(rng.random(400) < 0.8, 0, 7))
    return single([0] * 400, scores.tolist()), truth, np.arange(400) // 10 % 2 == 1


def shares(top_k: TopK, truth: np.ndarray, half_b: np.ndarray) -> pd.DataFrame:
    """The curve of answers by the threshold."""
    folds = ((top_k, ~half_b), (top_k, half_b))
    return share_curve(lambda share: by_threshold(folds, truth, share), truth, top_k)


def test_at_valids_own_share_both_scores_are_the_reported_one() -> None:
    top_k, truth, half_b = world()
    candidate = Candidate("none", "one", top_k, images=1, added=0)
    result, _, _ = two_fold_select([candidate], truth, half_b)
    table = shares(top_k, truth, half_b)
    own = table[table["is_valid"]]
    assert own["unknown_share"].tolist() == [0.3]
    reported = map_at_k(result.open, truth)
    assert own[["open_map_at_5", "open_map_at_5_shifted"]].iloc[0].tolist() == pytest.approx([reported] * 2, abs=1e-6)
    assert own["threshold"].iloc[0] == select([candidate], truth, half_b | ~half_b).threshold


def test_far_from_valids_share_the_shifted_threshold_scores_higher() -> None:
    table = shares(*world())
    assert len(table) == len(SHARES)  # valid's own share is one of the grid
    assert table["unknown_share"].tolist() == sorted(table["unknown_share"])
    assert table["threshold"].is_monotonic_increasing
    ends = table.iloc[[0, -1]]
    assert (ends["open_map_at_5_shifted"] > ends["open_map_at_5"]).all()


def test_the_expected_score_is_the_weighted_mean_of_both_kinds() -> None:
    # All scores alike in both halves: known right at 0.8, new below the threshold; then nothing depends on the share.
    top_k = single([0, 0, 0, 0], [0.9, 0.2, 0.9, 0.2])
    truth, half_b = np.array([0, NEW, 7, NEW]), np.array([False, False, True, True])
    table = shares(top_k, truth, half_b).set_index("unknown_share")
    # Known: one right, one wrong: 0.5. New: half b's by a's threshold 0.55: 1; half a's by b's: all new: 1, but then
    # the known one of half a is told new first and keeps 0.5.
    assert table.loc[0.5, "open_map_at_5"] == pytest.approx(0.5 * 1 + 0.5 * 0.25)
    assert table.loc[0.9, "open_map_at_5"] == pytest.approx(0.9 * 1 + 0.1 * 0.25)


@pytest.mark.parametrize(("answer", "share", "score"), [(0, 0.0, 1.0), (NEW, 1.0, 1.0)])
def test_with_one_kind_only_there_is_one_row(answer: int, share: float, score: float) -> None:
    half_b = np.array([False, False, True, True])
    table = shares(FOUND, np.full(4, answer), half_b)
    assert table[["unknown_share", "open_map_at_5", "open_map_at_5_shifted"]].to_numpy().tolist() == [
        [share, score, score]
    ]
