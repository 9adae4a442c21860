"""Hashes and thumbnails, against bits and pixels worked out by hand."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageEnhance

from longtail.images.hashes import dhash, thumbnail


def picture(seed: int = 0) -> Image.Image:
    """Soft blobs of light, as a photograph has them."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((320, 240), Image.Resampling.BICUBIC)


def test_a_bit_is_set_where_a_pixel_is_brighter_than_its_right_neighbour() -> None:
    pixels = np.full((8, 9), 100, np.uint8)
    pixels[0, 0] = 101  # row 0, first pair: the highest bit
    pixels[7, 8] = 99  # row 7, last pair: the lowest bit
    assert dhash(Image.fromarray(pixels)) == 2**63 + 1


def test_a_slope_sets_all_bits_or_none() -> None:
    falling = np.tile(np.arange(90, 0, -10, dtype=np.uint8), (8, 1))
    assert dhash(Image.fromarray(falling)) == 2**64 - 1
    assert dhash(Image.fromarray(falling[:, ::-1].copy())) == 0


def test_another_size_compression_or_light_changes_few_bits_and_another_picture_many() -> None:
    original = picture()
    file = io.BytesIO()
    original.save(file, "JPEG", quality=40)
    same = (Image.open(file), original.resize((100, 100)), ImageEnhance.Brightness(original).enhance(0.8))
    assert max((dhash(original) ^ dhash(one)).bit_count() for one in same) <= 4
    assert (dhash(original) ^ dhash(picture(1))).bit_count() > 16


def test_a_thumbnail_holds_the_mean_of_each_part() -> None:
    pixels = np.zeros((128, 128), np.uint8)
    pixels[0:2, 0:2] = [[10, 20], [30, 40]]
    pixels[126:, 126:] = 255
    thumb = thumbnail(Image.fromarray(pixels))
    assert (len(thumb), thumb[0], thumb[1], thumb[-1]) == (4_096, 25, 0, 255)
