"""Hashes propose exactly the near pairs, and pixels decide."""

from __future__ import annotations

import time
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from longtail.images.hashes import THUMB_SIDE
from longtail.splitting.pictures import alike, differences, proposals
from tests.splitting.making import pattern

FAR = 2**64 - 1


def thumb(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return pixels.reshape(THUMB_SIDE, 2, THUMB_SIDE, 2).mean(axis=(1, 3)).round().astype(np.uint8).ravel()


def proposed(hashes: NDArray[np.uint64], max_distance: int) -> list[tuple[int, int]]:
    return [(int(i), int(j)) for block in proposals(hashes, max_distance) for i, j in block]


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
    blocks = [len(block) for block in proposals(np.zeros(3_000, np.uint64), 4)]
    assert sum(blocks) == 3_000 * 2_999 // 2
    assert max(blocks) <= 2_010_000


def test_25000_hashes_take_seconds() -> None:
    hashes = np.random.default_rng(0).integers(0, 2**64, 25_000, np.uint64)
    started = time.perf_counter()
    assert sum(len(block) for block in proposals(hashes, 8)) == 0
    assert time.perf_counter() - started < 10


def test_difference_by_hand() -> None:
    one = np.zeros(1024, np.uint8)
    half = np.where(np.arange(1024) < 512, 10, 0).astype(np.uint8)  # mean 5: each pixel is 5 off
    assert differences(np.stack([one, half]), np.array([[0, 1]])) == pytest.approx([5.0])


def test_brightness_alone_is_no_difference() -> None:
    dark = thumb(pattern(1)) // np.uint8(2)
    assert differences(np.stack([dark, dark + np.uint8(25)]), np.array([[0, 1]])) == pytest.approx([0.0])


def test_hash_alone_does_not_join() -> None:
    thumbs = np.stack([thumb(pattern(1)), thumb(pattern(2))])
    assert len(alike(np.zeros(2, np.uint64), thumbs, 8, 5.0).first) == 0


def test_pixels_alone_do_not_join() -> None:
    thumbs = np.stack([thumb(pattern(1))] * 2)
    assert len(alike(np.array([0, FAR], np.uint64), thumbs, 8, 5.0).first) == 0


def test_copies_are_found_with_their_difference() -> None:
    thumbs = np.stack([thumb(pattern(1)), thumb(pattern(2)), thumb(pattern(1, copy=1))])
    pairs = alike(np.zeros(3, np.uint64), thumbs, 8, 5.0)
    assert (pairs.first.tolist(), pairs.second.tolist()) == ([0], [2])
    assert 0 < pairs.difference[0] < 1.5


def test_a_mirror_image_is_another_whale() -> None:
    thumbs = np.stack([thumb(pattern(1)), thumb(np.ascontiguousarray(pattern(1)[:, ::-1]))])
    assert len(alike(np.zeros(2, np.uint64), thumbs, 8, 5.0).first) == 0


def test_two_pictures_in_fog_are_not_one() -> None:
    """Their grey differs by little, as everything in them does."""
    fog = [(thumb(pattern(shows)) // 16 + 200).astype(np.uint8) for shows in (1, 2)]
    assert differences(np.stack(fog), np.array([[0, 1]]))[0] < 5.0
    assert len(alike(np.zeros(2, np.uint64), np.stack(fog), 8, 5.0).first) == 0


def test_nothing_is_alike_in_nothing() -> None:
    assert len(alike(np.empty(0, np.uint64), np.empty((0, 1024), np.uint8), 8, 5.0).first) == 0
