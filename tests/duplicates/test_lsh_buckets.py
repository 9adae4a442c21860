"""Pairs that share a key: against all with all."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from longtail.duplicates import lsh_buckets


@given(keys=st.lists(st.sampled_from([0, 1, 2, 1 << 20, (1 << 20) + 1, 1 << 31]), max_size=40), wide=st.booleans())
def test_exactly_the_pairs_with_one_key_are_given_each_once(keys: list[int], wide: bool) -> None:
    blocks = lsh_buckets.pairs_with_equal_keys(np.array(keys, np.uint64 if wide else np.uint32))
    candidates = [
        tuple(sorted((int(i), int(j)))) for first, second in blocks for i, j in zip(first, second, strict=True)
    ]
    assert sorted(candidates) == [(i, j) for i, j in combinations(range(len(keys)), 2) if keys[i] == keys[j]]


def test_more_pairs_than_a_block_holds_come_in_several() -> None:
    count = 1_000
    blocks = list(lsh_buckets.pairs_with_equal_keys(np.zeros(count, np.uint32)))
    assert len(blocks) > 1
    assert sum(len(first) for first, _ in blocks) == count * (count - 1) // 2
