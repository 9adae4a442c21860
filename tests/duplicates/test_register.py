"""One picture laid onto another: the move that was made is found again."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from longtail.duplicates.register import align, move, pixel_centres

STILL = np.zeros((1, 4), np.float32)


def landscape() -> Image.Image:
    coarse = np.random.default_rng(3).integers(40, 200, (7, 7), dtype=np.uint8)
    return Image.fromarray(coarse).resize((640, 640), Image.Resampling.BICUBIC)


def small(picture: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.asarray(picture.resize((64, 64), Image.Resampling.BOX), np.float32)[None]


def test_pixels_lie_from_edge_to_edge() -> None:
    assert pixel_centres(4).tolist() == [-0.75, -0.25, 0.25, 0.75]


def test_without_a_move_the_picture_stays() -> None:
    picture = small(landscape())
    moved = move(picture, STILL)
    assert np.array_equal(moved.pictures, picture)
    assert moved.inside.all()


def test_a_shift_by_one_pixel_by_hand() -> None:
    """Four pixels are 2 wide: a shift of 0.5 is one pixel; what comes from beyond the edge is not inside."""
    picture = np.arange(16, dtype=np.float32).reshape(1, 4, 4)
    moved = move(picture, np.array([[0, 0.5, 0, 0]], np.float32))
    assert moved.pictures[0, 0].tolist() == [1, 2, 3, 3]
    assert moved.inside[0, 0].tolist() == [1, 1, 1, 0]


def test_a_crop_and_its_light_are_found_again() -> None:
    """4% off the left and 2% off the top: 0.96 and 0.98 of the size, the middle 0.04 and 0.02 to the right and down."""
    whole = landscape()
    cropped = small(whole.crop((26, 13, 640, 640))) * np.float32(0.7) + np.float32(20)
    shifts = align(small(whole), cropped, STILL, steps=6)
    assert shifts[0] == pytest.approx([-0.04, 0.04, -0.02, 0.02], abs=0.006)


def test_clipped_pixels_do_not_pull() -> None:
    whole = landscape()
    bright = np.minimum(small(whole) * np.float32(1.5), np.float32(255))
    assert align(bright, small(whole), STILL, steps=4)[0] == pytest.approx([0, 0, 0, 0], abs=0.003)


def test_no_move_is_further_than_pictures_are_moved() -> None:
    other = small(landscape().rotate(90))
    assert np.abs(align(small(landscape()), other, STILL, steps=6)).max() <= 0.1201
