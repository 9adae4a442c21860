"""The probability of being new: fitted, shifted to another share, and held against what was."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from longtail.recognition.open_set.calibration import (
    BINS,
    Calibration,
    brier,
    cross_fit_probabilities,
    fit,
    probability_new,
    reliability,
)


def drawn(slope: float, intercept: float, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores and what came of them, by a known curve."""
    rng = np.random.default_rng(seed)
    score = rng.uniform(-1, 1, count)
    return score, rng.random(count) < 1 / (1 + np.exp(-(intercept + slope * score)))


def test_the_curve_that_made_the_data_is_found() -> None:
    found = fit(*drawn(-6.0, 1.5, 40_000))
    assert found is not None
    assert found.slope == pytest.approx(-6.0, abs=0.2)
    assert found.intercept == pytest.approx(1.5, abs=0.1)


def test_it_is_the_curve_of_an_independent_implementation() -> None:
    from sklearn.linear_model import LogisticRegression

    score, new = drawn(-3.0, 0.5, 4_000)
    count, known = new.sum(), (~new).sum()
    high, low = (count + 1) / (count + 2), 1 / (known + 2)  # Platt's targets, as weights of either answer
    weight = np.concatenate([np.where(new, high, low), np.where(new, 1 - high, 1 - low)])
    answer = np.repeat([1, 0], len(new))
    theirs = LogisticRegression(C=1e9, tol=1e-10).fit(np.tile(score, 2)[:, None], answer, sample_weight=weight)
    ours = fit(score, new)
    assert ours is not None
    assert ours.slope == pytest.approx(theirs.coef_[0, 0], abs=1e-4)
    assert ours.intercept == pytest.approx(theirs.intercept_[0], abs=1e-4)


def test_two_scores_give_the_shares_seen_at_each() -> None:
    # At 0 three of four are new, at 1 one of four; Platt's targets are 5/6 and 1/6 for four of each kind.
    score = np.repeat([0.0, 1.0], 4)
    new = np.array([True, True, True, False, True, False, False, False])
    found = fit(score, new)
    assert found is not None
    at_0 = 0.75 * 5 / 6 + 0.25 * 1 / 6
    assert probability_new(np.array([0.0, 1.0]), found).tolist() == pytest.approx([at_0, 1 - at_0], abs=1e-6)


def test_scores_that_part_without_a_slip_stay_finite() -> None:
    found = fit(np.array([0.1, 0.2, 0.8, 0.9]), np.array([True, True, False, False]))
    assert found is not None
    assert np.isfinite([found.slope, found.intercept]).all()
    assert probability_new(np.array([0.1, 0.9]), found).tolist() == pytest.approx([0.75, 0.25], abs=0.05)


@pytest.mark.parametrize("new", [[True, True], [False, False], []])
def test_with_one_kind_only_there_is_no_curve(new: list[bool]) -> None:
    assert fit(np.linspace(0, 1, len(new)), np.array(new, dtype=bool)) is None


def test_equal_scores_say_the_share_and_no_candidate_counts_as_the_lowest_score() -> None:
    found = fit(np.full(8, 0.5, np.float32), np.array([True] * 2 + [False] * 6))
    assert found is not None
    assert probability_new(np.array([0.5]), found).tolist() == pytest.approx([0.25 * 3 / 4 + 0.75 / 8], abs=1e-6)
    curve = Calibration(-4.0, 0.0, 0.5)
    assert probability_new(np.array([-np.inf]), curve) == probability_new(np.array([-1.0]), curve)


def test_another_share_moves_the_odds() -> None:
    curve = Calibration(slope=0.0, intercept=0.0, share=0.5)  # says one half
    said = [float(probability_new(np.zeros(1), curve, share)[0]) for share in (0.5, 0.2, 0.0, 1.0)]
    assert said == pytest.approx([0.5, 0.2, 0.0, 1.0])
    curve = Calibration(slope=0.0, intercept=np.log(3), share=0.25)  # 3 to 1, where it is 1 to 3 beforehand
    assert float(probability_new(np.zeros(1), curve, 0.5)[0]) == pytest.approx(0.9)


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(-1, 1))
def test_a_shift_there_and_back_changes_nothing(share: float, other: float, score: float) -> None:
    curve = Calibration(-5.0, 1.0, share)
    there = Calibration(-5.0, 1.0 + np.log(other / (1 - other)) - np.log(share / (1 - share)), other)
    x = np.array([score])
    assert probability_new(x, there, share)[0] == pytest.approx(probability_new(x, curve)[0])


def test_each_photograph_is_told_by_the_half_that_does_not_hold_it() -> None:
    score, new = drawn(-6.0, 0.0, 400)
    half_b = np.arange(400) % 2 == 1
    probability, base = cross_fit_probabilities(score, score, new, half_b)
    garbage = np.where(half_b, ~new, new)  # other answers in half b move nothing that is said of half b
    np.testing.assert_array_equal(
        cross_fit_probabilities(score, score, garbage, half_b)[0][half_b], probability[half_b]
    )
    curve = fit(score[~half_b], new[~half_b])
    assert curve is not None
    np.testing.assert_array_equal(probability[half_b], probability_new(score[half_b], curve))
    assert base[half_b] == pytest.approx(new[~half_b].mean())


def test_each_half_is_told_with_the_scorer_that_the_other_half_chose() -> None:
    score, new = drawn(-6.0, 0.0, 400)
    half_b = np.arange(400) % 2 == 1
    mixed, _ = cross_fit_probabilities(score, score / 100, new, half_b)
    alone, _ = cross_fit_probabilities(score, score, new, half_b)
    np.testing.assert_array_equal(mixed[half_b], alone[half_b])
    assert mixed[~half_b] == pytest.approx(alone[~half_b], abs=1e-4)  # a curve does not mind the scale


def test_a_half_with_one_kind_only_says_its_share() -> None:
    new = np.array([True, False, False, False])
    probability, _ = cross_fit_probabilities(np.zeros(4), np.zeros(4), new, np.array([False, False, True, True]))
    assert probability[:2].tolist() == [0.0, 0.0]


def test_reliability_counts_what_was_said_against_what_was() -> None:
    table = reliability(np.array([0.05, 0.12, 0.18, 1.0]), np.array([False, False, True, True]))
    assert len(table) == 10
    assert table.loc[1].tolist() == pytest.approx([0.1, 0.2, 2, 0.15, 0.5])
    assert table.loc[9].tolist() == pytest.approx([0.9, 1.0, 1, 1.0, 1.0])
    assert table["photographs"].tolist() == [1, 2, 0, 0, 0, 0, 0, 0, 0, 1]
    assert table.loc[4, ["predicted", "observed"]].isna().all()
    assert reliability(np.array([0.5]), np.array([True])).empty


def test_brier_is_the_mean_squared_distance() -> None:
    assert brier(np.array([0.9, 0.2]), np.array([True, False])) == pytest.approx((0.01 + 0.04) / 2)
    assert brier(np.array([0.3] * 10), np.array([True] * 3 + [False] * 7)) == pytest.approx(0.21)  # s (1 - s)
    assert brier(np.array([0.9]), np.array([True])) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=40))
def test_brier_agrees_with_scikit_learn(rows: list[tuple[float, bool]]) -> None:
    probability, new = np.array([p for p, _ in rows]), np.array([n for _, n in rows])
    if new.any() and not new.all():
        assert brier(probability, new) == pytest.approx(brier_score_loss(new, probability), abs=1e-6)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=40))
def test_the_reliability_diagram_agrees_with_scikit_learn(rows: list[tuple[float, bool]]) -> None:
    probability, new = np.array([p for p, _ in rows]), np.array([n for _, n in rows])
    edges = np.linspace(0, 1, BINS + 1)
    if not new.any() or new.all() or np.isin(probability.round(9), edges[1:-1].round(9)).any():
        return  # scikit-learn counts a probability on an edge to the bin below
    observed, predicted = calibration_curve(new, probability, n_bins=BINS)
    table = reliability(probability, new).dropna()
    np.testing.assert_allclose(table["observed"], observed, atol=1e-6)
    np.testing.assert_allclose(table["predicted"], predicted, atol=1e-6)
