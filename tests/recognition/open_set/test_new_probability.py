"""P(new) from the best scores: the four kinds, fitted and applied."""

from __future__ import annotations

import numpy as np
import pytest

from longtail.recognition.open_set.new_probability import KINDS, features, fit, logits, sigmoid


def drawn(slope: float, intercept: float, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores of five candidates, and whether each photograph is new, by a known curve over the best of them."""
    rng = np.random.default_rng(seed)
    scores = -np.sort(-rng.uniform(-1, 1, (count, 5)), axis=1)
    return scores, rng.random(count) < 1 / (1 + np.exp(-(intercept + slope * scores[:, 0])))


def best_only(best: list[float]) -> np.ndarray:
    scores = np.full((len(best), 5), -np.inf)
    scores[:, 0] = best
    return scores


def probability(kind: str, scores: np.ndarray, new: np.ndarray, at: np.ndarray) -> list[float]:
    return sigmoid(logits(kind, fit(kind, scores, new), at)).tolist()


def test_the_curve_that_made_the_data_comes_back() -> None:
    scores, new = drawn(-6.0, 3.5, 40_000)
    [(intercept, slope)] = fit("platt", scores, new)
    assert (intercept, slope) == pytest.approx((3.5, -6.0), abs=0.3)


def test_two_scores_have_the_shares_seen_at_each() -> None:
    # At 0 three of four are new, at 1 one of four; Platt's targets are 5/6 and 1/6 for four of each kind.
    scores = best_only([0.0] * 4 + [1.0] * 4)
    new = np.array([True, True, True, False, True, False, False, False])
    at_0 = 0.75 * 5 / 6 + 0.25 * 1 / 6
    for kind in ("platt", "isotonic"):
        assert probability(kind, scores, new, best_only([0.0, 1.0])) == pytest.approx([at_0, 1 - at_0], abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_scores_that_separate_both_kinds_stay_inside(kind: str) -> None:
    scores, new = best_only([0.1, 0.2, 0.8, 0.9]), np.array([True, True, False, False])
    low, high = probability(kind, scores, new, best_only([0.9, 0.1]))
    assert 0.2 < low < 0.3
    assert 0.7 < high < 0.8


@pytest.mark.parametrize("kind", KINDS)
def test_equal_scores_give_the_share(kind: str) -> None:
    scores, new = best_only([0.5] * 8), np.array([True] * 2 + [False] * 6)
    assert probability(kind, scores, new, scores[:1]) == pytest.approx([0.25 * 3 / 4 + 0.75 / 8], abs=1e-3)


def test_no_candidate_counts_as_the_lowest_score() -> None:
    inside = features("margins", np.array([[0.5, 0.25, -np.inf, -np.inf, -np.inf], [-np.inf] * 5]))
    assert inside.tolist() == [[0.5, 0.25, 1.5], [-1.0, 0.0, 0.0]]


def test_a_margin_tells_what_the_best_score_does_not() -> None:
    rng = np.random.default_rng(1)
    scores = np.full((2_000, 5), 0.2)
    scores[:, 0] = rng.uniform(0.5, 0.9, 2_000)
    new = rng.random(2_000) < 0.5
    scores[:, 1] = scores[:, 0] - np.where(new, 0.05, 0.25) * rng.random(2_000)
    close, far = np.array([0.7, 0.69, 0.2, 0.2, 0.2]), np.array([0.7, 0.48, 0.2, 0.2, 0.2])
    low, high = probability("margin", scores, new, np.stack([far, close]))
    assert low < 0.2 < 0.6 < high
    low, high = probability("platt", scores, new, np.stack([far, close]))
    assert low == high


def test_isotonic_falls_and_follows_what_no_curve_does() -> None:
    best = np.linspace(0, 1, 600)
    new = np.where(best < 0.3, np.arange(600) % 10 != 0, np.arange(600) % 10 == 0)
    of_new = probability("isotonic", best_only(best.tolist()), new, best_only([0.0, 0.1, 0.2, 0.4, 0.7, 1.0]))
    assert of_new == sorted(of_new, reverse=True)
    assert of_new[2] > 0.85
    assert of_new[3] < 0.15


def test_the_same_photographs_give_the_same_numbers_in_any_order() -> None:
    scores, new = drawn(-4.0, 2.0, 300)
    order = np.random.default_rng(2).permutation(300)
    for kind in KINDS:
        np.testing.assert_allclose(fit(kind, scores, new)[-1], fit(kind, scores[order], new[order])[-1], atol=1e-6)
