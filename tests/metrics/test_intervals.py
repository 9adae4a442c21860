"""The bootstrap over identities: known widths, clusters, seeds, speed."""

from __future__ import annotations

import time
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.metrics.intervals import Interval, bootstrap, bootstrap_columns, bootstrap_statistic


def every_draw(values: list[float], clusters: list[int]) -> list[float]:
    """The mean of each of the c ** c equally likely draws of clusters, sorted."""
    groups = [[v for v, c in zip(values, clusters, strict=True) if c == name] for name in sorted(set(clusters))]
    draws = product(groups, repeat=len(groups))
    return sorted(float(np.mean([value for group in draw for value in group])) for draw in draws)


def test_two_clusters_by_hand() -> None:
    # Draws: (a, a) 0, (a, b) and (b, a) 1/2, (b, b) 1: a quarter of them at each end.
    values, clusters = np.array([0.0, 1.0]), np.array(["a", "b"])
    assert bootstrap(values, clusters, seed=0, level=0.95) == Interval(0.0, 1.0)
    assert bootstrap(values, clusters, seed=0, level=0.40) == Interval(0.5, 0.5)  # 0.30 to 0.70: inside the half


def test_a_cluster_is_drawn_whole_and_weighs_by_its_photographs() -> None:
    values, clusters = np.array([0.0, 1.0, 1.0, 1.0]), np.array([5, 8, 8, 8])
    # One of each: 3 of 4 photographs right; never 1/3 or 2/4, which a draw of photographs would give.
    assert bootstrap(values, clusters, seed=1, level=0.40) == Interval(0.75, 0.75)


def test_agrees_with_all_draws_of_five_clusters() -> None:
    values, clusters = [0.0, 0.2, 1.0, 0.5, 0.5, 1.0, 0.0], [0, 0, 1, 2, 2, 3, 4]
    exact = np.quantile(every_draw(values, clusters), [0.025, 0.975])
    found = bootstrap(np.array(values), np.array(clusters), seed=3, resamples=20_000)
    assert found == pytest.approx(tuple(exact), abs=0.02)


def test_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    inside = 0
    for trial in range(200):
        interval = bootstrap(rng.random(80), np.arange(80), seed=trial, resamples=400)
        inside += interval.low <= 0.5 <= interval.high
    assert 0.89 <= inside / 200 <= 0.99


def test_clusters_of_equal_photographs_widen_the_interval() -> None:
    rng = np.random.default_rng(0)
    one_each = rng.random(50)
    values = np.repeat(one_each, 4)
    told = bootstrap(values, np.repeat(np.arange(50), 4), seed=0)
    untold = bootstrap(values, np.arange(200), seed=0)
    assert (told.high - told.low) / (untold.high - untold.low) == pytest.approx(2.0, rel=0.2)  # sqrt(4)


def test_a_paired_difference_is_narrower_than_its_parts() -> None:
    rng = np.random.default_rng(0)
    hard = rng.random(300)
    better, worse = hard + 0.01, hard
    low, high = bootstrap(better - worse, np.arange(300), seed=0)
    assert low == pytest.approx(0.01)
    assert high == pytest.approx(0.01)


def test_no_photographs_have_no_interval() -> None:
    assert np.isnan(bootstrap(np.array([]), np.array([]), seed=0)).all()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"not \(2,\) and \(3,\)"):
        bootstrap(np.zeros(2), np.zeros(3), seed=0)
    with pytest.raises(ValueError, match=r"not 0 and 0.95"):
        bootstrap(np.zeros(2), np.zeros(2), seed=0, resamples=0)


def test_a_thousand_resamples_of_2400_photographs_take_under_a_second() -> None:
    rng = np.random.default_rng(0)
    values, clusters = rng.random(2_400), rng.integers(0, 1_500, 2_400).astype(str)
    started = time.perf_counter()
    bootstrap(values, clusters, seed=0)
    assert time.perf_counter() - started < 1.0


photographs = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.2, 1 / 3, 0.5, 1.0]), st.integers(0, 6)), min_size=1)


@given(photographs, st.integers(0, 2**32), st.randoms())
@settings(max_examples=50)
def test_the_order_of_photographs_does_not_matter(rows: list[tuple[float, int]], seed: int, shuffler: object) -> None:
    shuffled = rows.copy()
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = ([np.array(column) for column in zip(*part, strict=True)] for part in (rows, shuffled))
    assert bootstrap(*first, seed=seed, resamples=50) == bootstrap(*second, seed=seed, resamples=50)


@given(photographs)
@settings(max_examples=50)
def test_lies_within_the_values(rows: list[tuple[float, int]]) -> None:
    values, clusters = (np.array(column) for column in zip(*rows, strict=True))
    low, high = bootstrap(values, clusters, seed=0, resamples=50)
    assert values.min() - 1e-12 <= low <= high <= values.max() + 1e-12


@given(photographs, st.integers(0, 2**32))
@settings(max_examples=25)
def test_columns_are_each_as_alone(rows: list[tuple[float, int]], seed: int) -> None:
    values, clusters = (np.array(column) for column in zip(*rows, strict=True))
    together = bootstrap_columns(np.stack([values, 1 - values], axis=1), clusters, seed, resamples=50)
    alone = [bootstrap(column, clusters, seed, resamples=50) for column in (values, 1 - values)]
    np.testing.assert_allclose(together, alone, atol=1e-12)


def test_columns_that_do_not_fit_are_refused_and_none_are_nan() -> None:
    with pytest.raises(ValueError, match=r"must be \(n, k\) and clusters \(n,\), not \(3, 2\) and \(2,\)"):
        bootstrap_columns(np.zeros((3, 2)), np.zeros(2), seed=0)
    assert np.isnan(bootstrap_columns(np.zeros((0, 2)), np.zeros(0), seed=0)).all()


def test_another_statistic_has_the_same_draws_as_the_mean() -> None:
    values, clusters = np.random.default_rng(0).random(40), np.arange(40) // 3
    mean = bootstrap_statistic(lambda rows: float(values[rows].mean()), clusters, seed=5, resamples=300)
    assert mean == pytest.approx(tuple(bootstrap(values, clusters, seed=5, resamples=300)))


def test_resamples_that_give_no_number_are_left_out() -> None:
    def largest(rows: np.ndarray) -> float:
        return float("nan") if len(rows) < 4 else float(rows.max())

    assert bootstrap_statistic(largest, np.array([0, 1, 1, 1]), 0, 50) == Interval(3.0, 3.0)
    assert np.isnan(bootstrap_statistic(lambda rows: float("nan"), np.arange(3), 0, 5)).all()
    assert np.isnan(bootstrap_statistic(largest, np.array([]), 0, 5)).all()
    with pytest.raises(ValueError, match=r"not 0 and 0.95"):
        bootstrap_statistic(largest, np.arange(3), 0, 0)
