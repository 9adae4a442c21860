"""Hashes propose exactly the near pairs, each once, whatever number of bands they are cut into."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from longtail.duplicates import hash_search as module
from longtail.duplicates.hash_search import pairs_by_hash


def proposed(hashes: NDArray[np.uint64], max_distance: int) -> list[tuple[int, int]]:
    return [(int(i), int(j)) for block in pairs_by_hash(hashes, max_distance) for i, j in block]


bits = st.integers(0, 63)
nearby = st.lists(
    st.tuples(st.sampled_from([0, 2**64 - 1, 0xF0F0F0F0F0F0F0F0]), st.sets(bits, max_size=7)), max_size=25
)


@given(nearby, st.integers(0, 12))
def test_proposes_every_near_pair_once_and_no_other(made: list[tuple[int, set[int]]], max_distance: int) -> None:
    values = [base ^ sum(1 << bit for bit in flipped) for base, flipped in made]
    expected = [(i, j) for i, j in combinations(range(len(values)), 2)
                if (values[i] ^ values[j]).bit_count() <= max_distance]  # fmt: skip
    assert sorted(proposed(np.array(values, np.uint64), max_distance)) == expected


def test_equal_hashes_come_in_blocks_that_fit_in_memory() -> None:
    blocks = [len(block) for block in pairs_by_hash(np.zeros(3_000, np.uint64), 4)]
    assert sum(blocks) == 3_000 * 2_999 // 2
    assert max(blocks) <= 2_010_000


@pytest.mark.parametrize("agreed", [1, 2, 3, 4])
def test_every_number_of_bands_proposes_the_same(agreed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(1)
    flipped = np.uint64(1) << draw.integers(0, 64, (3_000, 6), np.uint64)
    bases = draw.integers(0, 2**64, 30, np.uint64)[draw.integers(0, 30, 3_000)]
    hashes = bases ^ np.bitwise_xor.reduce(flipped, axis=1)
    expected = [(int(i), int(j)) for i, j in np.argwhere(np.triu(np.bitwise_count(hashes[:, None] ^ hashes) <= 8, 1))]
    monkeypatch.setattr(module, "_agreed", lambda count, max_distance: agreed)
    assert len(expected) > 1_000
    assert sorted(proposed(hashes, 8)) == expected
