"""Shapes propose what a small crop has moved; other pictures, mirror images and blank ones they do not."""

from __future__ import annotations

import numpy as np
from PIL import Image

from longtail.duplicates.lsh import pairs_by_shape


def of_one_shape(*pictures: Image.Image) -> list[tuple[int, int]]:
    stack = np.stack([np.asarray(one.resize((32, 32), Image.Resampling.BOX), np.float32) for one in pictures])
    return [(int(i), int(j)) for block in pairs_by_shape(stack) for i, j in block]


def landscape(seed: int) -> Image.Image:
    """Slow light and shade over 320 x 320 pixels."""
    coarse = np.random.default_rng(seed).integers(20, 220, (5, 5), dtype=np.uint8)
    return Image.fromarray(coarse).resize((320, 320), Image.Resampling.BICUBIC)


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


def test_whether_a_pair_is_found_depends_on_its_two_pictures_alone() -> None:
    pictures = [landscape(seed) for seed in range(40)]
    copies = [one.crop((9, 5, 312, 316)) for one in pictures]
    among_all = of_one_shape(*pictures, *copies)
    assert among_all == [(number, number + 40) for number in range(40)]
    assert [of_one_shape(pictures[number], copies[number]) for number in range(40)] == [[(0, 1)]] * 40
