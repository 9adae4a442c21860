"""The trivial baselines, by hand."""

from __future__ import annotations

import numpy as np

from longtail.evaluation.baselines import all_new, duplicates_only, most_frequent
from longtail.recognition.top_k import NEW, NONE

NOTHING = [NONE] * 4


def test_all_new_says_new_and_nothing_else() -> None:
    result = all_new(2)
    assert result.open.tolist() == [[NEW, *NOTHING]] * 2
    assert result.closed.tolist() == [[NONE] * 5] * 2


def test_most_frequent_says_the_same_five_for_all() -> None:
    identity = np.array([0, 1, 1, 2, 2, 2, 3, 4, 4, 5, 6, 6])
    result = most_frequent(3, identity)
    assert result.open.tolist() == [[2, 1, 4, 6, 0]] * 3  # of equals the first


def test_duplicates_only_copies_the_nearest_within_four_bits() -> None:
    train = np.array([0b0, 0b11111111, 0xFFFF_0000_0000_0000], np.uint64)
    identity = np.array([7, 8, NEW])
    hashes = np.array(
        [
            0b0,  # equal to the first
            0b11111,  # 5 bits from the first, 3 from the second
            0b1111 << 20,  # 4 bits from the first
            0b11111 << 20,  # 5 bits from the first: too far
            0xFFFF_0000_0000_0001,  # nearest is of unknown label
        ],
        np.uint64,
    )
    result = duplicates_only(hashes, train, identity)
    assert result.open[:, :2].tolist() == [[7, NEW], [8, NEW], [7, NEW], [NEW, NONE], [NEW, NONE]]
    assert result.closed[:, :2].tolist() == [[7, NONE], [8, NONE], [7, NONE], [NONE, NONE], [NONE, NONE]]


def test_without_train_photographs_everything_is_new() -> None:
    result = duplicates_only(np.array([1], np.uint64), np.empty(0, np.uint64), np.empty(0, np.int64))
    assert result.open.tolist() == [[NEW, *NOTHING]]
