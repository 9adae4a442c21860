"""Groups against individuals: worked by hand, and equal to scikit-learn where it has the figure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from longtail.metrics.clustering import PairCounts, b_cubed, count_pairs, f_measure

numbers = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=25)


@settings(max_examples=60)
@given(numbers)
def test_the_adjusted_rand_index_is_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    groups, truth = np.array(pairs).T
    assert count_pairs(groups, truth).adjusted_rand == pytest.approx(adjusted_rand_score(truth, groups))


@settings(max_examples=60)
@given(numbers)
def test_pairs_and_b_cubed_are_what_counting_gives(pairs: list[tuple[int, int]]) -> None:
    groups, truth = np.array(pairs).T
    together, same = groups[:, None] == groups[None, :], truth[:, None] == truth[None, :]
    above = np.triu_indices(len(pairs), 1)
    kinds = ((together, same), (together, ~same), (~together, same), (~together, ~same))
    assert tuple(count_pairs(groups, truth)) == tuple(int((one & other)[above].sum()) for one, other in kinds)
    precision, recall = b_cubed(groups, truth)
    assert precision.tolist() == pytest.approx(((together & same).sum(1) / together.sum(1)).tolist())
    assert recall.tolist() == pytest.approx(((together & same).sum(1) / same.sum(1)).tolist())


def test_b_cubed_by_hand() -> None:
    """Two of whale 0 and one of whale 1 in a group; whale 0's third and whale 2 are alone."""
    precision, recall = b_cubed(np.array([0, 0, 0, 1, 2]), np.array([0, 0, 1, 0, 2]))
    assert precision.tolist() == pytest.approx([2 / 3, 2 / 3, 1 / 3, 1, 1])
    assert recall.tolist() == pytest.approx([2 / 3, 2 / 3, 1, 1 / 3, 1])


def test_what_is_not_defined_is_no_number() -> None:
    alone = PairCounts(right=0, wrong=0, missed=3, apart=7)
    assert np.isnan(alone.precision)
    assert alone.recall == 0
    assert np.isnan(f_measure(0.0, 0.0))
    assert f_measure(0.5, 1.0) == pytest.approx(2 / 3)


def test_counts_may_be_arrays() -> None:
    counts = PairCounts(np.array([1, 0]), np.array([1, 0]), np.array([0, 2]), np.array([8, 8]))
    assert counts.precision.tolist()[0] == 0.5
    assert np.isnan(counts.precision[1])
    assert counts.recall.tolist() == [1.0, 0.0]
