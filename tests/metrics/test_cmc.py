from __future__ import annotations

import numpy as np
import pytest

from longtail.metrics.accuracy import top_k_accuracy
from longtail.metrics.cmc import identified


def test_a_curve_worked_by_hand() -> None:
    rank = np.array([1, 1, 3, 0, 2])  # the fourth is not among the three
    assert identified(rank, 3).mean(axis=0).tolist() == [0.4, 0.6, 0.8]


def test_each_point_is_the_top_k_accuracy() -> None:
    rng = np.random.default_rng(3)
    predicted = np.array([rng.permutation(9)[:5] for _ in range(200)])
    truth = rng.integers(0, 9, 200)
    hits = predicted == truth[:, None]
    rank = np.where(hits.any(axis=1), hits.argmax(axis=1) + 1, 0)
    curve = identified(rank, 5).mean(axis=0)
    assert curve.tolist() == pytest.approx([top_k_accuracy(predicted[:, :k], truth) for k in range(1, 6)])
    assert (np.diff(curve) >= 0).all()


def test_no_photographs_give_no_rows() -> None:
    assert identified(np.array([], dtype=np.int64), 5).shape == (0, 5)


@pytest.mark.parametrize("rank", [[6], [-1], [[1]]])
def test_ranks_outside_the_places_are_refused(rank: list[int]) -> None:
    with pytest.raises(ValueError, match="each from 0 to 5"):
        identified(np.array(rank), 5)
