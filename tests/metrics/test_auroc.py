"""The area under the curve against hand-worked numbers and against counting all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from longtail.metrics.auroc import auroc


def by_pairs(score: list[float], known: list[bool]) -> float:
    """Every known against every new one: 1 above, 1/2 equal, 0 below."""
    wins = [(a > b) + (a == b) / 2 for a, k in zip(score, known, strict=True) if k
            for b, other in zip(score, known, strict=True) if not other]  # fmt: skip
    return sum(wins) / len(wins) if wins else float("nan")


@pytest.mark.parametrize(
    ("score", "known", "expected"),
    [
        ([0.9, 0.8, 0.2, 0.1], [True, True, False, False], 1.0),
        ([0.1, 0.2, 0.8, 0.9], [True, True, False, False], 0.0),
        ([0.5, 0.5, 0.5], [True, False, False], 0.5),
        ([0.9, 0.5, 0.5, 0.1], [True, True, False, False], 3.5 / 4),  # pairs: 1, 1, 1/2, 1
    ],
)
def test_share_of_pairs_in_the_right_order(score: list[float], known: list[bool], expected: float) -> None:
    assert auroc(np.array(score), np.array(known)) == pytest.approx(expected)


def test_one_kind_alone_gives_nan() -> None:
    assert np.isnan(auroc(np.array([0.1, 0.2]), np.array([True, True])))
    assert np.isnan(auroc(np.array([]), np.array([], bool)))


def test_nan_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="a score is NaN"):
        auroc(np.array([np.nan, 0.2]), np.array([True, False]))


def test_known_must_be_bool_since_numbers_would_index() -> None:
    with pytest.raises(ValueError, match="int64"):
        auroc(np.array([0.3, 0.2]), np.array([1, 0]))


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.25, 0.5, float("inf"), -1.0]), st.booleans())))
def test_agrees_with_counting_all_pairs(rows: list[tuple[float, bool]]) -> None:
    score, known = [s for s, _ in rows], [k for _, k in rows]
    expected = by_pairs(score, known)
    assert auroc(np.array(score, float), np.array(known, bool)) == pytest.approx(expected, nan_ok=True)


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.25, 0.5, -1.0]), st.booleans()), min_size=2))
def test_agrees_with_scikit_learn_ties_included(rows: list[tuple[float, bool]]) -> None:
    score, known = np.array([s for s, _ in rows]), np.array([k for _, k in rows])
    if known.all() or not known.any():
        return
    assert auroc(score, known) == pytest.approx(roc_auc_score(known, score))
