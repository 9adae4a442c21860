"""The crop of a box: the pixels that it covers, upright, with its margin, inside of the photograph."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from longtail.images.cropping import at_least, crop, picture_md5
from longtail.images.opening import OpenedImage, open_image


def gradient(width: int, height: int) -> Image.Image:
    """Red tells the column, green the row, in steps of one."""
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    return Image.fromarray(np.dstack([columns, rows, np.zeros_like(rows)]).astype(np.uint8))


def opened(image: Image.Image, orientation: int = 1) -> OpenedImage:
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    image.save(file, "PNG", exif=exif)
    return open_image(file.getvalue())


def corners(image: Image.Image) -> tuple[tuple[int, int], tuple[int, int]]:
    """(column, row) of the first and the last pixel."""
    pixels = np.asarray(image)
    return tuple(pixels[0, 0, :2].tolist()), tuple(pixels[-1, -1, :2].tolist())


@pytest.mark.parametrize(
    ("box", "margin", "first", "last"),
    [
        ((0.1, 0.2, 0.5, 0.4), 0.0, (20, 20), (119, 59)),
        ((0.1, 0.2, 0.5, 0.4), 0.1, (10, 16), (129, 63)),
        ((0.0, 0.0, 1.0, 1.0), 0.5, (0, 0), (199, 99)),
        ((0.9, 0.9, 0.1001, 0.1001), 1.0, (159, 79), (199, 99)),
        ((0.5, 0.5, 0.0001, 0.0001), 0.0, (100, 50), (100, 50)),
        ((0.102, 0.2, 0.005, 0.4), 0.0, (20, 20), (21, 59)),
    ],
    ids=["plain", "margin", "whole", "at the edge", "less than a pixel", "parts of pixels"],
)
def test_the_pixels_of_the_box_are_kept(
    box: tuple[float, float, float, float], margin: float, first: tuple[int, int], last: tuple[int, int]
) -> None:
    part = crop(opened(gradient(200, 100)), box, margin)
    assert corners(part.image) == (first, last)
    assert part.size == part.image.size
    assert part.format == ""


def test_the_box_is_of_the_upright_photograph() -> None:
    photograph = gradient(200, 100)
    lying = photograph.transpose(Image.Transpose.ROTATE_90)  # orientation 6 turns it back, clockwise
    part = crop(opened(lying, 6), (0.1, 0.2, 0.5, 0.4), 0.0)
    assert corners(part.image) == ((20, 20), (119, 59))


def test_a_photograph_that_was_decoded_smaller_gives_the_size_of_the_original() -> None:
    large = opened(gradient(200, 100))
    half = OpenedImage(large.image.resize((100, 50)), large.size, "JPEG", "RGB", rotated=False)
    part = crop(half, (0.1, 0.2, 0.5, 0.4), 0.0)
    assert (part.image.size, part.size) == ((50, 20), (100, 40))


@given(
    st.tuples(st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0.001, 1), st.floats(0.001, 1)),
    st.floats(0, 2),
    st.tuples(st.integers(1, 60), st.integers(1, 60)),
)
def test_a_crop_has_pixels_and_lies_inside(
    box: tuple[float, float, float, float], margin: float, size: tuple[int, int]
) -> None:
    x, y, width, height = box
    box = (x, y, min(width, 1 - x), min(height, 1 - y))
    part = crop(OpenedImage(Image.new("L", size, 7), size, "PNG", "L", rotated=False), box, margin)
    assert min(part.image.size) >= 1
    assert part.image.size <= size
    assert part.image.getextrema() == (7, 7)  # nothing from beyond the edge, which Pillow fills with black
    assert at_least(64, box) >= 64


def test_two_boxes_of_a_file_are_two_pictures_whatever_the_margin() -> None:
    one, other = picture_md5("0" * 32, (0.1, 0.2, 0.5, 0.4)), picture_md5("0" * 32, (0.1, 0.2, 0.5, 0.41))
    assert one != other
    assert len(one) == 32
    assert picture_md5("1" * 32, (0.1, 0.2, 0.5, 0.4)) != one
