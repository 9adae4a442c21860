"""Slices, gains and flat numbers of six photographs whose scores one can add up."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from longtail.evaluation.baselines import all_new
from longtail.evaluation.model_selection import CrossFitResult
from longtail.evaluation.scorecard import BootstrapConfig, gains, metrics, predictions, scorecard
from longtail.recognition.eval_set import EvalSet
from longtail.recognition.top_k import NEW, NONE

DRAWING = BootstrapConfig(seed=0, resamples=200)
HALF_B = np.array([True, False, True, False, True, False])


@pytest.fixture
def scored() -> EvalSet:
    """Two photographs of a (seen once), one of b (three times), one of c (ten times), two unknown."""
    table = pd.DataFrame(
        {
            "image": [f"{i}.jpg" for i in range(6)],
            "identity": ["a", "a", "b", "c", "", "stranger"],
            "group": [f"g{i}" for i in range(6)],
            "known": [True, True, True, True, False, False],
            "class_count": [1, 1, 3, 10, 0, 0],
        }
    )
    truth = np.array([0, 0, 1, 2, NEW, NEW])
    return EvalSet(table, np.arange(6), truth, ["a", "a", "b", "c", "g4", "stranger"])


@pytest.fixture
def result() -> CrossFitResult:
    """a: right, second after new; b: second; c: wrong; unknown: new first, new second."""
    guesses = np.full((6, 5), NONE)
    guesses[:, :2] = [[0, NEW], [NEW, 0], [2, 1], [0, 1], [NEW, 0], [0, NEW]]
    closed = np.full((6, 5), NONE)
    closed[:, :2] = [[0, 1], [0, 1], [2, 1], [0, 1], [0, 1], [0, 1]]
    return CrossFitResult(guesses, closed, np.array([0.9, 0.2, 0.8, 0.7, 0.1, 0.6], np.float32))


def test_every_slice_has_its_count_and_its_mean(scored: EvalSet, result: CrossFitResult) -> None:
    card = scorecard(scored, result, all_new(6), DRAWING).set_index("slice")
    assert card["photographs"].to_dict() == {
        "all (open)": 6, "known (closed)": 4, "unknown": 2, "1": 2, "2-4": 1, "5-9": 0, "10+": 1,
    }  # fmt: skip
    assert card["identities"].to_dict() == {
        "all (open)": 5, "known (closed)": 3, "unknown": 2, "1": 1, "2-4": 1, "5-9": 0, "10+": 1,
    }  # fmt: skip
    assert card.loc["all (open)", "map_at_5"] == pytest.approx((1 + 0.5 + 0.5 + 0 + 1 + 0.5) / 6, abs=1e-6)
    assert card.loc["known (closed)", "map_at_5"] == pytest.approx((1 + 1 + 0.5 + 0) / 4)
    assert card.loc["unknown", "map_at_5"] == pytest.approx(0.75)
    assert card["map_at_5"][["1", "2-4", "10+"]].tolist() == [1.0, 0.5, 0.0]
    assert math.isnan(card.loc["5-9", "map_at_5"])
    assert card["frozen_1nn"].dropna().tolist() == pytest.approx([2 / 6, 0, 1, 0, 0, 0], abs=1e-6)  # here: new of all


def test_accuracy_counts_photographs_and_balanced_accuracy_identities(scored: EvalSet, result: CrossFitResult) -> None:
    card = scorecard(scored, result, all_new(6), DRAWING).set_index("slice")
    assert card.loc["all (open)", "accuracy"] == pytest.approx(2 / 6, abs=1e-6)  # the first of a, and an unknown
    assert card.loc["all (open)", "balanced_accuracy"] == pytest.approx((0.5 + 0 + 0 + 0.5) / 4)  # a, b, c, new
    assert card.loc["known (closed)", "balanced_accuracy"] == pytest.approx((1 + 0 + 0) / 3, abs=1e-6)


def test_intervals_hold_their_mean(scored: EvalSet, result: CrossFitResult) -> None:
    card = scorecard(scored, result, all_new(6), DRAWING).dropna()
    assert (card["low"] <= card["map_at_5"]).all()
    assert (card["map_at_5"] <= card["high"]).all()


def test_gain_is_the_paired_difference(scored: EvalSet, result: CrossFitResult) -> None:
    table = gains(scored, result, {"all_new": all_new(6), "itself": result}, DRAWING).set_index("baseline")
    assert table.loc["all_new", "open_map_at_5"] == pytest.approx(2 / 6, abs=1e-6)
    assert table.loc["all_new", "gain"] == pytest.approx(3.5 / 6 - 2 / 6, abs=1e-6)
    assert table.loc["itself", ["gain", "gain_low", "gain_high"]].tolist() == [0, 0, 0]


def test_metrics_are_flat_and_what_cannot_be_said_is_null(scored: EvalSet, result: CrossFitResult) -> None:
    card, gained = (
        scorecard(scored, result, all_new(6), DRAWING),
        gains(scored, result, {"all_new": all_new(6)}, DRAWING),
    )
    values = metrics(scored, result, HALF_B, card, gained)
    assert values["open_map_at_5"] == pytest.approx(3.5 / 6, abs=1e-6)
    assert (values["photographs"], values["identities"], values["unknowns"]) == (6, 3, 2)
    # Half b: 0.9, 0.8 known above 0.1: 1. Half a: 0.2 below and 0.7 above 0.6: one half.
    assert values["auroc_known"] == pytest.approx(0.75)
    assert values["gain_over_all_new"] == pytest.approx(1.5 / 6, abs=1e-6)
    none_known = EvalSet(scored.table, scored.rows, np.full(6, NEW), scored.clusters)
    card = scorecard(none_known, result, all_new(6), DRAWING)
    assert metrics(none_known, result, HALF_B, card, gained)["closed_map_at_5"] is None


def test_predictions_tell_each_photograph_with_its_guesses(scored: EvalSet, result: CrossFitResult) -> None:
    table = predictions(scored, result, HALF_B, ["a", "b", "c"], ["x.jpg"] * 5 + [None])
    row = table.iloc[1]
    assert row[["image", "identity", "half", "first", "second"]].tolist() == ["1.jpg", "a", "a", "", "a"]
    assert row["new"]
    assert row["ap"] == 0.5
    assert table["closed_rank"].tolist() == [1, 1, 2, 0, 0, 0]  # of known identities alone
    assert table["third"].isna().all()
    assert table["nearest"].isna().tolist() == [False] * 5 + [True]
