"""The five variants, pixel for pixel: against Pillow, and against numbers worked out by hand."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from longtail.images.variants import NAMES, RADIUS, gaussian_blur, unsharp_mask, variants
from longtail.images.working import encode
from longtail.sampling.plan import VARIANTS
from longtail.synthetic.fluke import draw_fluke
from longtail.synthetic.photograph import draw_photograph


def drawn() -> Image.Image:
    """A small picture with edges, a slope, noise and full black and white in it."""
    slope = np.linspace(40, 220, 48)
    noise = np.random.default_rng(7).normal(0, 6, (32, 48, 1))
    pixels = np.clip(slope[None, :, None] * [1.0, 0.8, 0.6] + noise, 0, 255).astype(np.uint8)
    image = Image.fromarray(pixels)
    draw = ImageDraw.Draw(image)
    draw.ellipse((4, 6, 20, 26), fill=(255, 255, 255), outline=(0, 0, 0))
    draw.polygon([(26, 4), (44, 8), (34, 28)], fill=(10, 60, 120))
    return image


def row(image: Image.Image) -> list[int]:
    return np.asarray(image)[0].tolist()


def blurred(image: Image.Image) -> NDArray[np.int16]:
    return np.asarray(variants(image)["gaussian_blur"], np.int16)


def test_the_plan_and_the_pixels_speak_of_the_same_variants() -> None:
    assert NAMES == VARIANTS == tuple(variants(drawn()))


def test_a_channel_is_that_channel_in_mode_l() -> None:
    image = Image.new("RGB", (2, 1))
    image.putdata([(1, 2, 3), (40, 50, 60)])
    made = variants(image)
    assert [row(made[name]) for name in ("red", "green", "blue")] == [[1, 40], [2, 50], [3, 60]]
    assert {made[name].mode for name in ("red", "green", "blue")} == {"L"}


def test_a_grey_photograph_has_one_channel() -> None:
    grey = drawn().convert("L")
    made = variants(grey)
    assert made["red"] is made["green"] is made["blue"] is grey
    assert made["gaussian_blur"].mode == made["unsharp_mask"].mode == "L"


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_the_blur_of_a_photograph_is_within_half_a_level_of_pillows(mode: str) -> None:
    rng = np.random.default_rng(3)
    image = draw_photograph(draw_fluke(rng), rng).convert(mode)
    away = np.abs(blurred(image) - np.asarray(image.filter(ImageFilter.GaussianBlur(RADIUS)), np.int16))
    assert 0 < away.mean() < 0.5


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_no_sharpened_pixel_differs_from_pillows_given_its_blur(mode: str) -> None:
    image = drawn().convert(mode)
    blur = np.asarray(image.filter(ImageFilter.GaussianBlur(RADIUS)))
    assert unsharp_mask(np.asarray(image), blur).tobytes() == image.filter(ImageFilter.UnsharpMask()).tobytes()


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_the_sharpened_picture_follows_from_the_blurred_one(mode: str) -> None:
    made = variants(drawn().convert(mode))
    image, blur = (np.asarray(picture, np.int16) for picture in (drawn().convert(mode), made["gaussian_blur"]))
    added = np.where(np.abs(image - blur) > 3, np.trunc((image - blur) * 1.5), 0)
    assert (np.asarray(made["unsharp_mask"]) == np.clip(image + added, 0, 255)).all()


def test_the_blur_of_a_line_by_hand() -> None:
    """Weights exp(-k^2 / 8) in 256ths, the rest given to the middle: 52, 45, 31, 16, 7, 2, 1 (exact: 51.1, 45.1, 31.0,

    16.6, 6.9, 2.2, 0.6). Of a line of 150 they leave 30.5 -> 30, 26.4, 18.2, 9.4, 4.1, 1.2 and 0.6 -> 1.
    """
    line = np.zeros((3, 21), np.uint8)
    line[:, 10] = 150
    assert gaussian_blur(line)[1, 10:17].tolist() == [30, 26, 18, 9, 4, 1, 1]
    assert gaussian_blur(line)[1, 4:11].tolist() == [1, 1, 4, 9, 18, 26, 30]


def test_beyond_an_edge_its_pixel_goes_on() -> None:
    assert (gaussian_blur(np.full((5, 7, 3), 200, np.uint8)) == 200).all()


def test_the_sharpening_by_hand() -> None:
    """Half as much again of the difference, toward zero: only where it is over 3, and inside 0..255."""
    pixels = [100, 100, 100, 100, 100, 250, 5, 0, 255]
    blurred = [90, 97, 96, 105, 103, 200, 60, 255, 0]
    expected = [115, 100, 106, 93, 100, 255, 0, 0, 255]
    one, other = (np.array([values], np.uint8) for values in (pixels, blurred))
    assert unsharp_mask(one, other)[0].tolist() == expected


def test_jpeg_changes_the_stored_pixels_by_little() -> None:
    for name, picture in variants(drawn()).items():
        stored = Image.open(io.BytesIO(encode(picture, 95)))
        assert (stored.mode, stored.size) == (picture.mode, picture.size)
        away = np.abs(np.asarray(stored, np.int16) - np.asarray(picture, np.int16)).mean()
        assert away < (1.5 if picture.mode == "L" else 8), name  # colour is stored at half the resolution
