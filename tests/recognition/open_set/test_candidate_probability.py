"""The probability of each candidate, if the individual is known."""

from __future__ import annotations

import numpy as np
import pytest

from longtail.recognition.open_set.candidate_probability import fit, shares
from longtail.recognition.top_k import NONE, rank_scores


def drawn(temperature: float, identities: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores of all identities, and the right one, drawn from the softmax at a temperature."""
    rng = np.random.default_rng(0)
    scores = rng.uniform(0, 1, (count, identities)).astype(np.float32)
    powers = np.exp(scores / temperature)
    powers /= powers.sum(axis=1, keepdims=True)
    truth = (powers.cumsum(axis=1) < rng.random((count, 1))).sum(axis=1)
    return scores, truth


def test_the_temperature_that_made_the_data_comes_back() -> None:
    scores, truth = drawn(0.1, 20, 8_000)
    inverse, log_tail = fit(rank_scores([scores]), truth)
    assert inverse == pytest.approx(10, abs=0.7)
    powers = np.exp(10 * scores)
    expected = powers.max(axis=1) / powers.sum(axis=1)
    first = shares(rank_scores([scores]).score, inverse, log_tail)[:, 0]
    assert np.abs(first - expected).mean() < 0.03
    assert first.mean() == pytest.approx((scores.argmax(axis=1) == truth).mean(), abs=0.02)


def test_a_better_score_is_never_less_probable_and_equal_ones_are_equally_probable() -> None:
    scores = np.array([[0.9, 0.9, 0.5, 0.4, 0.1]])
    for inverse in (0.0, 3.0, 400.0):
        [of_candidates] = shares(scores, inverse, 1.0)
        assert of_candidates[0] == of_candidates[1]
        assert (np.diff(of_candidates) <= 0).all()
        assert 0 < of_candidates.sum() <= 1


def test_with_fewer_than_five_candidates_nobody_else_is_left() -> None:
    [of_candidates] = shares(np.array([[0.9, 0.5, -np.inf, -np.inf, -np.inf]]), 5.0, 3.0)
    assert of_candidates.sum() == pytest.approx(1)
    assert of_candidates[2:].tolist() == [0, 0, 0]
    assert shares(np.full((1, 5), -np.inf), 5.0, 3.0).tolist() == [[0] * 5]


def test_a_classifier_that_is_never_wrong_has_finite_numbers_and_one_that_is_worthless_says_nothing() -> None:
    scores = np.eye(6, dtype=np.float32)
    right = np.isfinite(fit(rank_scores([scores]), np.arange(6)))
    assert right.all()
    inverse, _ = fit(rank_scores([scores]), (np.arange(6) + 1) % 6)
    assert inverse == pytest.approx(0, abs=0.1)  # never less than 0: that would turn the ranking round


def test_photographs_whose_individual_cannot_be_a_candidate_are_left_out() -> None:
    top_k = rank_scores([np.array([[0.9, -np.inf], [0.2, 0.8]], np.float32)])
    assert top_k.identity[0].tolist() == [0, NONE, NONE, NONE, NONE]
    assert fit(top_k, np.array([1, 1])) == fit(top_k[np.array([1])], np.array([1]))
    assert fit(top_k[np.array([0])], np.array([1])) == (0.0, 0.0)
