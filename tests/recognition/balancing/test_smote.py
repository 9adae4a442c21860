"""SMOTE on embeddings: who gets new rows, where they lie, and who is skipped."""

from __future__ import annotations

import numpy as np
import pytest

from longtail.recognition.balancing import smote
from longtail.recognition.balancing.smote import interpolate

# Identity 0 at (0..3, 0), 1 at (10, 0) and (10, 4), 2 alone.
VECTORS = np.array([[0, 0], [1, 0], [2, 0], [3, 0], [10, 0], [10, 4], [50, 50]], np.float32)
CLASSES = np.array([0, 0, 0, 0, 1, 1, 2])


def test_identities_are_brought_up_to_min_count_and_those_seen_once_are_skipped() -> None:
    synthetic = interpolate(VECTORS, CLASSES, min_count=6, neighbours=5, seed=0)
    assert np.bincount(synthetic.classes, minlength=3).tolist() == [2, 4, 0]
    assert synthetic.skipped == 1


def test_new_rows_lie_between_photographs_of_their_identity() -> None:
    synthetic = interpolate(VECTORS, CLASSES, min_count=30, neighbours=5, seed=0)
    line, pillar = synthetic.vectors[synthetic.classes == 0], synthetic.vectors[synthetic.classes == 1]
    assert (line[:, 1] == 0).all()
    assert line[:, 0].min() >= 0
    assert line[:, 0].max() <= 3
    np.testing.assert_allclose(pillar[:, 0], 10)
    assert pillar[:, 1].min() >= 0
    assert pillar[:, 1].max() <= 4


def test_with_one_neighbour_rows_lie_between_nearest_ones_only() -> None:
    vectors = np.array([[0, 0], [1, 0], [9, 0], [10, 0], [0, 50]], np.float32)
    synthetic = interpolate(vectors, np.array([0, 0, 0, 0, 1]), min_count=40, neighbours=1, seed=0)
    assert not ((synthetic.vectors[:, 0] > 1) & (synthetic.vectors[:, 0] < 9)).any()


def test_the_seed_decides_what_is_drawn() -> None:
    first, again, other = (interpolate(VECTORS, CLASSES, 6, 5, seed).vectors for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_large_identities_are_left_alone() -> None:
    assert len(interpolate(VECTORS, CLASSES, min_count=2, neighbours=5, seed=0).classes) == 0


def test_where_nobody_can_be_interpolated_nothing_is_made() -> None:
    once = interpolate(VECTORS[4:], np.array([0, 1, 2]), min_count=10, neighbours=5, seed=0)
    assert (len(once.classes), once.skipped) == (0, 3)
    alone = interpolate(VECTORS[:4], CLASSES[:4], min_count=10, neighbours=5, seed=0)
    assert len(alone.classes) == 0


@pytest.mark.parametrize(("neighbours", "seed"), [(5, 0), (1, 3), (2, 2**32 - 2)])
def test_rows_are_imbalanced_learns(neighbours: int, seed: int) -> None:
    from imblearn.over_sampling import SMOTE

    rng = np.random.default_rng(seed)
    classes = rng.permutation(np.repeat(np.arange(8), [2, 4, 2, 9, 3, 4, 1, 2]))
    vectors = rng.standard_normal((len(classes), 12)).astype(np.float32)
    vectors[np.flatnonzero(classes == 2)] = vectors[classes == 2][0]  # two equal photographs
    synthetic = interpolate(vectors, classes, 9, neighbours, seed)
    for identity, count in enumerate(np.bincount(classes)):
        ours = synthetic.vectors[synthetic.classes == identity]
        if 1 < count < 9:
            k, state = min(neighbours, count - 1), (seed + int(count)) % 2**32
            theirs = SMOTE(sampling_strategy={identity: 9}, k_neighbors=k, random_state=state)
            expected = theirs.fit_resample(vectors, classes)[0][len(vectors) :]
            np.testing.assert_array_equal(ours, expected)
        else:
            assert not len(ours)


def test_blocks_of_identities_make_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    vectors, classes = rng.standard_normal((60, 5)).astype(np.float32), np.repeat(np.arange(20), 3)
    whole = interpolate(vectors, classes, 6, 5, seed=0)
    monkeypatch.setattr(smote, "_BLOCK", 7)
    parts = interpolate(vectors, classes, 6, 5, seed=0)
    np.testing.assert_array_equal(parts.vectors, whole.vectors)
    np.testing.assert_array_equal(parts.classes, whole.classes)
