"""Accuracies against hand-worked numbers and scikit-learn."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, top_k_accuracy_score

from longtail.metrics.accuracy import balanced_accuracy, top_k_accuracy

CANDIDATES = np.array([[1, 2, 3], [2, 1, 3], [3, 2, 1], [4, 5, 6]])
TRUTH = np.array([1, 1, 1, 1])


@pytest.mark.parametrize(("k", "expected"), [(1, 1 / 4), (2, 2 / 4), (3, 3 / 4)])
def test_top_k_accuracy_counts_photographs_found_among_k(k: int, expected: float) -> None:
    assert top_k_accuracy(CANDIDATES[:, :k], TRUTH) == expected


def test_balanced_accuracy_weighs_identities_alike() -> None:
    truth = np.array([1, 1, 1, 1, 2])
    predicted = np.array([1, 1, 1, 2, 1])  # 3 of 4 and 0 of 1: plain accuracy would be 0.6
    assert balanced_accuracy(predicted, truth) == pytest.approx((3 / 4 + 0) / 2)


def test_no_photographs_have_no_accuracy() -> None:
    assert np.isnan(top_k_accuracy(np.empty((0, 5), int), np.empty(0, int)))
    assert np.isnan(balanced_accuracy(np.empty(0, int), np.empty(0, int)))


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"not \(4, 3\) and \(3,\)"):
        top_k_accuracy(CANDIDATES, TRUTH[:3])
    with pytest.raises(ValueError, match=r"not \(4,\) and \(3,\)"):
        balanced_accuracy(TRUTH, TRUTH[:3])


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1))
def test_balanced_accuracy_agrees_with_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    predicted, truth = np.array(pairs).T
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it remarks on predictions that are nobody's truth
        expected = balanced_accuracy_score(truth, predicted)
    assert balanced_accuracy(predicted, truth) == pytest.approx(expected)


@given(st.integers(1, 4), st.lists(st.tuples(st.permutations(range(5)), st.integers(0, 4)), min_size=1, max_size=20))
def test_top_k_accuracy_agrees_with_scikit_learn(k: int, rows: list[tuple[list[int], int]]) -> None:
    scores, truth = np.array([row for row, _ in rows], float), np.array([right for _, right in rows])
    candidates = np.argsort(-scores, axis=1)[:, :k]
    expected = top_k_accuracy_score(truth, scores, k=k, labels=range(5))
    assert top_k_accuracy(candidates, truth) == pytest.approx(expected)
