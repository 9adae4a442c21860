"""Hashes propose exactly the near pairs, and shapes those that a small crop has moved."""

from __future__ import annotations

import time
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from longtail.splitting.proposing import by_hash, by_shape


def proposed(hashes: NDArray[np.uint64], max_distance: int) -> list[tuple[int, int]]:
    return [(int(i), int(j)) for block in by_hash(hashes, max_distance) for i, j in block]


def of_one_shape(*pictures: Image.Image) -> list[tuple[int, int]]:
    stack = np.stack([np.asarray(one.resize((32, 32), Image.Resampling.BOX), np.float32) for one in pictures])
    return [(int(i), int(j)) for block in by_shape(stack) for i, j in block]


def landscape(seed: int) -> Image.Image:
    """Slow light and shade over 320 x 320 pixels."""
    coarse = np.random.default_rng(seed).integers(20, 220, (5, 5), dtype=np.uint8)
    return Image.fromarray(coarse).resize((320, 320), Image.Resampling.BICUBIC)


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
    blocks = [len(block) for block in by_hash(np.zeros(3_000, np.uint64), 4)]
    assert sum(blocks) == 3_000 * 2_999 // 2
    assert max(blocks) <= 2_010_000


def test_25000_hashes_take_seconds() -> None:
    hashes = np.random.default_rng(0).integers(0, 2**64, 25_000, np.uint64)
    started = time.process_time()
    assert sum(len(block) for block in by_hash(hashes, 8)) == 0
    assert time.process_time() - started < 10


def test_a_crop_in_another_light_has_the_same_shape_and_another_picture_has_not() -> None:
    whole = landscape(1)
    cropped = whole.crop((13, 13, 307, 307)).point([grey * 0.8 + 10 for grey in range(256)])
    assert of_one_shape(whole, cropped, landscape(2)) == [(0, 1)]


def test_a_mirror_image_has_another_shape() -> None:
    assert of_one_shape(landscape(1), landscape(1).transpose(Image.Transpose.FLIP_LEFT_RIGHT)) == []


def test_what_has_no_shape_is_like_nothing() -> None:
    assert of_one_shape(*[Image.new("L", (32, 32), 128)] * 2) == []


def test_each_pair_of_one_shape_comes_once() -> None:
    assert sorted(of_one_shape(*[landscape(1)] * 3)) == [(0, 1), (0, 2), (1, 2)]
