"""One distribution over new and the candidates: fitted, shifted to another share, written and read."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.recognition.open_set.calibration import Calibration, fit, probabilities
from longtail.recognition.open_set.new_probability import KINDS
from longtail.recognition.top_k import NEW, TopK, rank_scores


def drawn(count: int = 400, identities: int = 12, seed: int = 0) -> tuple[TopK, np.ndarray]:
    """Photographs of known ones, which score high at their own identity mostly, and of new ones."""
    rng = np.random.default_rng(seed)
    scores = rng.uniform(0, 0.7, (count, identities)).astype(np.float32)
    truth = rng.integers(0, identities, count)
    scores[np.arange(count), truth] += np.float32(0.3) * rng.random(count, dtype=np.float32)
    truth[rng.random(count) < 0.3] = NEW
    return rank_scores([np.where(truth[:, None] == NEW, scores - 0.15, scores).astype(np.float32)]), truth


TOP_K, TRUTH = drawn()


@pytest.mark.parametrize("kind", KINDS)
def test_the_distribution_sums_to_one_at_most_and_tells_both_kinds_apart(kind: str) -> None:
    calibration = fit(kind, TOP_K, TRUTH)
    assert calibration is not None
    calibrated = probabilities(TOP_K, calibration)
    assert calibrated.candidates is not None
    total = calibrated.new + calibrated.candidates.sum(axis=1)
    assert (total <= 1 + 1e-9).all()
    assert calibrated.new[TRUTH == NEW].mean() > calibrated.new[TRUTH != NEW].mean() + 0.05
    assert calibrated.new.mean() == pytest.approx((TRUTH == NEW).mean(), abs=0.02)
    assert calibrated.candidates[:, 0].mean() == pytest.approx((TOP_K.identity[:, 0] == TRUTH).mean(), abs=0.03)
    assert (np.diff(calibrated.candidates, axis=1) <= 0).all()


@pytest.mark.parametrize("truth", [np.full(400, NEW), np.zeros(400, int)])
def test_with_one_kind_of_photograph_only_there_is_none(truth: np.ndarray) -> None:
    assert fit("platt", TOP_K, truth) is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_as_json_gives_the_same_probabilities(kind: str) -> None:
    calibration = fit(kind, TOP_K, TRUTH)
    assert calibration is not None
    again = Calibration.from_dict(json.loads(json.dumps(calibration.to_dict())))
    assert again == calibration
    np.testing.assert_array_equal(probabilities(TOP_K, again).new, probabilities(TOP_K, calibration).new)


def test_a_calibration_of_an_earlier_version_tells_how_likely_new_is_and_nothing_of_candidates() -> None:
    old = Calibration.from_dict({"slope": -4.0, "intercept": 2.0, "share": 0.5})
    calibrated = probabilities(TOP_K, old, 0.2)
    odds = np.exp(2.0 - 4.0 * TOP_K.best.astype(np.float64)) * (0.2 / 0.8)
    assert calibrated.new == pytest.approx(odds / (1 + odds))
    assert calibrated.candidates is None


def test_another_share_moves_the_odds_and_what_is_left_is_shared_as_before() -> None:
    flat = Calibration("platt", ((0.0, 0.0),), 0.5, 5.0, 1.0)  # one half
    before, after = probabilities(TOP_K, flat), probabilities(TOP_K, flat, 0.2)
    assert after.new == pytest.approx(0.2)
    assert before.candidates is not None
    assert after.candidates is not None
    np.testing.assert_allclose(after.candidates / 0.8, before.candidates / 0.5)
    assert probabilities(TOP_K, flat, 0.0).new.tolist() == [0.0] * 400
    assert probabilities(TOP_K, flat, 1.0).new.tolist() == [1.0] * 400
    skewed = Calibration("platt", ((float(np.log(3)), 0.0),), 0.25)  # 3 to 1, where it is 1 to 3 beforehand
    assert probabilities(TOP_K, skewed, 0.5).new[0] == pytest.approx(0.9)


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_shift_there_and_back_changes_nothing(share: float, other: float) -> None:
    curve = Calibration("platt", ((1.0, -5.0),), share)
    moved = 1.0 + np.log(other / (1 - other)) - np.log(share / (1 - share))
    there = Calibration("platt", ((moved, -5.0),), other)
    np.testing.assert_allclose(probabilities(TOP_K, there, share).new, probabilities(TOP_K, curve).new)


def test_what_nothing_may_be_compared_with_is_new() -> None:
    nothing = rank_scores([np.full((1, 3), -np.inf, np.float32)])
    calibrated = probabilities(nothing, Calibration("platt", ((0.0, 0.0),), 0.5, 5.0, 1.0), 0.0)
    assert calibrated.new.tolist() == [1.0]
    assert calibrated.candidates is not None
    assert calibrated.candidates.tolist() == [[0.0] * 5]
