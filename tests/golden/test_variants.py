"""The five variants, pixel for pixel: against Pillow, and against numbers worked out by hand."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from longtail.images.variants import NAMES, gaussian_blur, unsharp_mask, variants
from longtail.images.working import encode
from longtail.sampling.plan import VARIANTS


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
def test_no_pixel_differs_from_pillows_own_filters(mode: str) -> None:
    image = drawn().convert(mode)
    made = variants(image)
    assert made["gaussian_blur"].tobytes() == image.filter(ImageFilter.GaussianBlur()).tobytes()
    assert made["unsharp_mask"].tobytes() == image.filter(ImageFilter.UnsharpMask()).tobytes()


def test_the_blur_of_a_line_by_hand() -> None:
    """Variance 4 / 3 a pass gives a box of weights (3, 8, 8, 8, 3) / 30; three passes over a line of 150.

    First (15, 40, 40, 40, 15), then from the middle 35, 29.33 -> 29, 18.67 -> 19, 8, 1.5 -> 2, then
    (3 x 19 + 8 x 29 + 8 x 35 + 8 x 29 + 3 x 19) / 30 = 28.6 -> 29, next to it (3 x 29 + 8 x (35 + 29 + 19) + 3 x 8) /
    30 = 25.83 -> 26, and (3 x 35 + 8 x (29 + 19 + 8) + 3 x 2) / 30 = 18.63 -> 19.
    """
    line = np.zeros((3, 21), np.uint8)
    line[:, 10] = 150
    blurred = row(gaussian_blur(Image.fromarray(line)))
    assert blurred[10:13] == [29, 26, 19]
    assert blurred[8:11] == blurred[12:9:-1]
    assert sum(blurred) == pytest.approx(150, abs=4)


def test_the_sharpening_by_hand() -> None:
    """Half as much again of the difference, toward zero: only where it is over 3, and inside 0..255."""
    pixels = [100, 100, 100, 100, 100, 250, 5, 0, 255]
    blurred = [90, 97, 96, 105, 103, 200, 60, 255, 0]
    expected = [115, 100, 106, 93, 100, 255, 0, 0, 255]
    one, other = (Image.fromarray(np.array([values], np.uint8)) for values in (pixels, blurred))
    assert row(unsharp_mask(one, other)) == expected


def test_jpeg_changes_the_stored_pixels_by_little() -> None:
    for name, picture in variants(drawn()).items():
        stored = Image.open(io.BytesIO(encode(picture, 95)))
        assert (stored.mode, stored.size) == (picture.mode, picture.size)
        away = np.abs(np.asarray(stored, np.int16) - np.asarray(picture, np.int16)).mean()
        assert away < (1.5 if picture.mode == "L" else 8), name  # colour is stored at half the resolution
