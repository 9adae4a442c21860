"""What is proposed is decided by the pixels: their fine detail, whatever the light, wherever they lie."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from longtail.duplicates.verify import Pairs, compare_pairs, find_alike
from tests.splitting.making import pattern

FAR = 2**64 - 1
STILL = np.zeros((1, 4), np.float32)
ONE_PAIR = np.array([[0, 1]])


def joined(*pictures: NDArray[np.generic], hashes: tuple[int, ...] = (), min_similarity: float = 0.83) -> Pairs:
    thumbs = np.stack([picture.astype(np.uint8).ravel() for picture in pictures])
    return find_alike(np.array(hashes or [0] * len(pictures), np.uint64), thumbs, 8, min_similarity)


def test_likeness_and_difference_by_hand() -> None:
    """b = a / 2 + 30 is a in another light: similarity 1, no difference left."""
    one = pattern(1).astype(np.float32)
    comparison = compare_pairs(np.stack([one, one / 2 + 30]), ONE_PAIR, STILL, steps=0)
    assert comparison.similarity == pytest.approx([1.0], abs=1e-5)
    assert comparison.difference == pytest.approx([0.0], abs=1e-3)


def test_a_negative_is_unlike() -> None:
    one = pattern(1).astype(np.float32)
    assert compare_pairs(np.stack([one, 255 - one]), ONE_PAIR, STILL, steps=0).similarity == pytest.approx(
        [-1.0], abs=1e-5
    )


def test_difference_of_a_chequerboard_by_hand() -> None:
    """3 grey levels up and down on every other pixel are a mean difference of 3, on the scale of the flatter one."""
    one = pattern(1).astype(np.float32)
    chequers = np.where(np.add.outer(np.arange(64), np.arange(64)) % 2, 3, -3).astype(np.float32)
    comparison = compare_pairs(np.stack([2 * one, one + chequers]), ONE_PAIR, STILL, steps=0)
    assert comparison.difference == pytest.approx([3.0], abs=0.05)


def test_which_of_the_two_comes_first_does_not_matter() -> None:
    """The steeper one is moved onto the flatter one, wherever it stands."""
    steep, flat = pattern(1), pattern(1, copy=1) // 2
    there, back = joined(steep, flat), joined(flat, steep)
    assert len(there.first) == 1
    assert (there.similarity, there.difference) == (back.similarity, back.difference)


def test_hash_alone_does_not_join() -> None:
    assert len(joined(pattern(1), pattern(2)).first) == 0


def test_pixels_join_where_hashes_are_far_apart() -> None:
    """A crop of 4% changes more bits than a hash forgives: its shape proposes the pair."""
    pairs = joined(pattern(1), pattern(1, copy=1), hashes=(0, FAR))
    assert (pairs.first.tolist(), pairs.second.tolist()) == ([0], [1])


def test_copies_are_found_with_their_difference() -> None:
    pairs = joined(pattern(1), pattern(2), pattern(1, copy=1))
    assert (pairs.first.tolist(), pairs.second.tolist()) == ([0], [2])
    assert 0 < pairs.difference[0] < 2.5
    assert 0.95 < pairs.similarity[0] < 1


def test_how_alike_is_a_parameter() -> None:
    assert len(joined(pattern(1), pattern(1, copy=1), min_similarity=0.9999).first) == 0


def test_a_mirror_image_is_another_whale() -> None:
    assert len(joined(pattern(1), pattern(1)[:, ::-1]).first) == 0


def test_one_outline_in_one_light_is_not_one_picture() -> None:
    """Two dark flukes on a white sky: only what is on them tells them apart."""
    fluke = np.where(np.hypot(*np.mgrid[-32:32, -32:32]) < 25, 20, 170)
    one, other = (fluke + pattern(shows) // 4 for shows in (1, 2))
    assert compare_pairs(np.stack([one, other]), ONE_PAIR, STILL, steps=4).similarity[0] > 0.5
    assert len(joined(one, other).first) == 0


def test_two_pictures_in_fog_are_not_one_and_copies_in_fog_are() -> None:
    one, same, other = (pattern(shows, copy) // 16 + 200 for shows, copy in ((1, 0), (1, 1), (2, 0)))
    pairs = joined(one, other, same)
    assert (pairs.first.tolist(), pairs.second.tolist()) == ([0], [2])


def test_without_detail_nothing_is_alike() -> None:
    """Two smooth skies share their light and nothing else that could be seen."""
    sky = np.add.outer(np.linspace(80, 160, 64), np.linspace(0, 40, 64))
    assert len(joined(sky, sky + 3).first) == 0


def test_nothing_is_alike_in_nothing() -> None:
    assert len(find_alike(np.empty(0, np.uint64), np.empty((0, 4096), np.uint8), 8, 0.83).first) == 0


def test_a_pair_is_found_whatever_else_there_is() -> None:
    """Adding photographs moves no other one: what is alike is decided by two pictures alone."""
    alone = joined(pattern(1), pattern(1, copy=1))
    among = joined(pattern(1), pattern(1, copy=1), *(pattern(shows) for shows in range(2, 40)))
    assert [column.tolist() for column in alone] == [column.tolist() for column in among]
