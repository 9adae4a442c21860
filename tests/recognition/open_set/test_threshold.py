"""Where "new" takes its place, and the threshold that puts it there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.metrics.map_at_k import average_precision
from longtail.recognition.open_set.threshold import ALWAYS_NEW, NEVER_NEW, fit_threshold, insert_new, share_weights
from longtail.recognition.top_k import NEW, NONE, TopK


def top_k_of(*scores: list[float]) -> TopK:
    """Identities 0..4 in this order with these scores; fewer scores are fewer identities."""
    identity = np.array([[column if column < len(row) else NONE for column in range(5)] for row in scores])
    padded = [row + [-np.inf] * (5 - len(row)) for row in scores]
    return TopK(identity, np.array(padded, np.float32))


@pytest.mark.parametrize(
    ("threshold", "guesses"),
    [
        (0.95, [NEW, 0, 1, 2, 3]),
        (0.75, [0, NEW, 1, 2, 3]),
        (0.15, [0, 1, 2, 3, NEW]),
        (0.05, [0, 1, 2, 3, 4]),
        (0.5, [0, 1, 2, NEW, 3]),  # a score at the threshold is not below it
        (None, [0, 1, 2, 3, 4]),
    ],
)
def test_new_takes_its_place_where_the_score_falls_below_the_threshold(
    threshold: float | None, guesses: list[int]
) -> None:
    assert insert_new(top_k_of([0.9, 0.7, 0.5, 0.3, 0.1]), threshold).tolist() == [guesses]


def test_with_few_identities_new_comes_last_for_nothing() -> None:
    assert insert_new(top_k_of([0.9, 0.2]), NEVER_NEW).tolist() == [[0, 1, NEW, NONE, NONE]]
    assert insert_new(top_k_of([0.9, 0.2]), None).tolist() == [[0, 1, NONE, NONE, NONE]]


def test_the_threshold_parts_sure_from_unsure() -> None:
    top_k = top_k_of([0.9, 0.1], [0.8, 0.1], [0.4, 0.1], [0.3, 0.1])
    assert fit_threshold(top_k, np.array([0, 0, NEW, NEW])) == pytest.approx(0.6)


def test_a_trade_off_is_decided_by_map_at_5() -> None:
    # Photograph 1 is known with 0.4, and three new ones score 0.5: above 0.5 they gain 3 x 0.5, photograph 1 loses 0.5.
    top_k = top_k_of([0.9], [0.4], [0.5], [0.5], [0.5])
    assert fit_threshold(top_k, np.array([0, 0, NEW, NEW, NEW])) == pytest.approx(0.7)


def test_without_unknowns_no_threshold_is_fitted() -> None:
    assert fit_threshold(top_k_of([0.9], [0.1]), np.array([0, 0])) is None


def test_only_unknowns_always_new() -> None:
    assert fit_threshold(top_k_of([0.9], [0.1]), np.array([NEW, NEW])) == ALWAYS_NEW


def test_new_is_never_said_where_it_never_pays() -> None:
    known = [[0.9, 0.8, 0.7, 0.6, 0.5]] * 9
    top_k = top_k_of(*known, [0.9, 0.8, 0.7, 0.6, 0.55])
    assert fit_threshold(top_k, np.array([0] * 9 + [NEW])) == pytest.approx(0.85)  # second: no known one loses
    assert fit_threshold(top_k, np.array([4] * 9 + [NEW])) == NEVER_NEW


def test_weights_make_up_another_share_of_new_photographs() -> None:
    new = np.array([True, False, False, False])
    weight = share_weights(new, 0.5)
    assert weight.tolist() == pytest.approx([2, 2 / 3, 2 / 3, 2 / 3])
    assert weight.sum() == pytest.approx(4)
    assert weight[new].sum() / weight.sum() == pytest.approx(0.5)
    assert share_weights(new, 0.25).tolist() == pytest.approx([1, 1, 1, 1])
    assert share_weights(new, 0.0).tolist() == pytest.approx([0, 4 / 3, 4 / 3, 4 / 3])


def test_where_one_kind_is_missing_nothing_can_be_weighed() -> None:
    assert share_weights(np.array([True, True]), 0.3).tolist() == [1, 1]
    assert share_weights(np.array([False]), 0.3).tolist() == [1]
    assert share_weights(np.empty(0, dtype=bool), 0.3).tolist() == []


def test_the_more_new_ones_are_expected_the_higher_the_threshold() -> None:
    # One known photograph at 0.4, one new at 0.6, each worth 0.5 at first place; a sure one at 0.9.
    top_k, truth = top_k_of([0.9], [0.4], [0.6]), np.array([0, 0, NEW])
    few, many = (fit_threshold(top_k, truth, share_weights(truth == NEW, share)) for share in (0.2, 0.6))
    # At 0.2 the new one weighs 0.6 and the known 1.2: 0.4 is worth more. At 0.6: 1.8 against 0.6.
    assert few == NEVER_NEW
    assert many == pytest.approx(0.75)


@given(
    st.lists(
        st.tuples(st.lists(st.integers(0, 9), min_size=5, max_size=5), st.sampled_from([NEW, 0, 1, 2, 3, 4, 7])),
        min_size=1,
        max_size=12,
    ),
    st.one_of(st.none(), st.floats(0.02, 0.98)),
)
def test_no_other_threshold_scores_higher(rows: list[tuple[list[int], int]], share: float | None) -> None:
    top_k = top_k_of(*(sorted((score / 10 for score in scores), reverse=True) for scores, _ in rows))
    truth = np.array([answer for _, answer in rows])
    weight = np.ones(len(rows)) if share is None else share_weights(truth == NEW, share)
    fitted = fit_threshold(top_k, truth, None if share is None else weight)
    best = max(
        (average_precision(insert_new(top_k, limit), truth) * weight).sum()
        for limit in [NEVER_NEW, ALWAYS_NEW, *np.arange(-0.05, 1.1, 0.1)]
    )
    if fitted is not None:
        assert (average_precision(insert_new(top_k, fitted), truth) * weight).sum() == pytest.approx(best)


def test_a_threshold_between_neighbouring_float32_scores_parts_them() -> None:
    low = np.float32(0.3)
    high = np.nextafter(low, np.float32(1))
    top_k = top_k_of([float(high)], [float(low)])
    limit = fit_threshold(top_k, np.array([0, NEW]))
    assert insert_new(top_k, limit)[:, 0].tolist() == [0, NEW]
