"""MAP@k against hand-worked numbers and against the grader's formula, written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.metrics.map_at_k import average_precision, map_at_k

EMPTY = -9


def by_the_formula(guesses: list[int], truth: int) -> float:
    """Kaggle's sum over the cut-offs: precision at i where guess i is right and was not given before."""
    right, total = 0, 0.0
    for i, guess in enumerate(guesses, start=1):
        if guess == truth and guess not in guesses[: i - 1]:
            right += 1
            total += right / i
    return total


@pytest.mark.parametrize(
    ("guesses", "expected"),
    [
        ([7, 1, 2, 3, 4], 1.0),
        ([1, 7, 2, 3, 4], 1 / 2),
        ([1, 2, 3, 4, 7], 1 / 5),
        ([1, 2, 3, 4, 5], 0.0),
        ([7, 7, 7, 7, 7], 1.0),
        ([1, 1, 7, 2, 3], 1 / 3),  # the repeated 1 wastes its place: not 1/2
        ([EMPTY, EMPTY, EMPTY, 7, EMPTY], 1 / 4),
    ],
)
def test_average_precision_is_one_over_the_rank(guesses: list[int], expected: float) -> None:
    assert average_precision(np.array([guesses]), np.array([7])) == pytest.approx([expected])


def test_map_is_the_mean_over_photographs() -> None:
    candidates = np.array([[1, 2], [3, 4], [5, 6]])
    assert map_at_k(candidates, np.array([1, 4, 9])) == pytest.approx((1 + 0.5 + 0) / 3)


def test_unknown_is_an_answer_like_any_other() -> None:
    assert map_at_k(np.array([[-1, 3]]), np.array([-1])) == 1.0


def test_no_photographs_have_no_mean() -> None:
    assert np.isnan(map_at_k(np.empty((0, 5), int), np.empty(0, int)))


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"must be \(n, k\) and truth \(n,\), not \(2, 5\) and \(3,\)"):
        average_precision(np.zeros((2, 5), int), np.zeros(3, int))


identity = st.integers(-1, 6)


@given(st.integers(1, 6).flatmap(lambda k: st.lists(st.tuples(st.lists(identity, min_size=k, max_size=k), identity))))
def test_agrees_with_the_formula(rows: list[tuple[list[int], int]]) -> None:
    width = len(rows[0][0]) if rows else 5
    candidates = np.array([guesses for guesses, _ in rows], int).reshape(len(rows), width)
    truth = np.array([right for _, right in rows], int)
    assert average_precision(candidates, truth) == pytest.approx([by_the_formula(g, t) for g, t in rows])
