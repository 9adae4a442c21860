"""Near chance or not, by the number of identities and of images."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from longtail.metrics.learning import HARDLY, TrainAccuracy, chance_of, wilson_low

# identities as frequent as each other, images; the least number right that is no longer near chance
EDGES = [(2, 24, 18), (2, 2_000, 1_094), (8, 24, 8), (8, 2_000, 371), (400, 1_000, 67), (8_000, 16_000, 856)]


@pytest.mark.parametrize(("identities", "images", "enough"), EDGES)
def test_the_edge_of_near_chance(identities: int, images: int, enough: int) -> None:
    assert TrainAccuracy(enough - 1, images, 1 / identities).hardly
    assert not TrainAccuracy(enough, images, 1 / identities).hardly


@given(st.integers(2, 500), st.integers(2, 3_000))
def test_guessing_is_near_chance_and_all_right_is_not(identities: int, images: int) -> None:
    assert TrainAccuracy(images // identities, images, 1 / identities).hardly
    # So few images that even all right could be luck prove nothing.
    lucky = wilson_low(images, images) < 1 / identities + HARDLY * (1 - 1 / identities)
    assert TrainAccuracy(images, images, 1 / identities).hardly == lucky
    assert not lucky or images < 5


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_scipys(counts: tuple[int, int]) -> None:
    right, images = counts
    theirs = binomtest(right, images).proportion_ci(0.95, method="wilson").low
    assert wilson_low(right, images) == pytest.approx(theirs, abs=1e-9)


def test_naming_the_most_frequent_always_is_chance() -> None:
    targets = np.array([0] * 900 + list(range(1, 101)))
    assert chance_of(targets) == 0.9
    assert TrainAccuracy(900, 1_000, chance_of(targets)).hardly
    assert not TrainAccuracy(940, 1_000, chance_of(targets)).hardly


def test_nothing_to_measure() -> None:
    assert math.isnan(chance_of(np.array([], dtype=np.int64)))
    assert TrainAccuracy(0, 0, 0.5).hardly
    assert TrainAccuracy(5, 5, 1.0).hardly
    assert math.isnan(TrainAccuracy(0, 0, 0.5).accuracy)
