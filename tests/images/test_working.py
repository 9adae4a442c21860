"""Working copies: verbatim where nothing is to be gained, else smaller, upright and plain."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from longtail.images.opening import open_image
from longtail.images.working import CopyParams, downscale, working_copy, working_names

PARAMS = CopyParams(side=64, quality=95)


def photograph(width: int, height: int, mode: str = "RGB") -> Image.Image:
    small = np.random.default_rng(3).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC).convert(mode)


def copied(image: Image.Image, kind: str = "JPEG", **how: object) -> tuple[bytes, bytes]:
    """(original, its working copy)."""
    file = io.BytesIO()
    image.save(file, kind, **how)  # type: ignore[arg-type]
    original = file.getvalue()
    return original, working_copy(open_image(original), original, PARAMS)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_small_plain_jpeg_is_copied_byte_for_byte(mode: str) -> None:
    original, copy = copied(photograph(100, 64, mode))
    assert copy == original


@pytest.mark.parametrize(
    ("image", "kind", "size", "mode"),
    [
        (photograph(130, 65), "JPEG", (128, 64), "RGB"),
        (photograph(65, 130, "L"), "JPEG", (64, 128), "L"),
        (photograph(40, 30), "PNG", (40, 30), "RGB"),
        (photograph(40, 30, "CMYK"), "JPEG", (40, 30), "RGB"),
        (photograph(40, 30, "1"), "PNG", (40, 30), "L"),
        (photograph(200, 200, "L").convert("RGB"), "JPEG", (64, 64), "L"),
        (photograph(40, 30, "L").convert("RGB"), "PNG", (40, 30), "L"),
    ],
    ids=["large", "tall and grey", "png", "cmyk", "one bit", "large, grey in RGB", "png, grey in RGB"],
)
def test_everything_else_becomes_a_plain_jpeg_no_larger_than_it_was(
    image: Image.Image, kind: str, size: tuple[int, int], mode: str
) -> None:
    original, copy = copied(image, kind)
    result = Image.open(io.BytesIO(copy))
    assert copy != original
    assert (result.format, result.size, result.mode) == ("JPEG", size, mode)


def test_a_photograph_on_its_side_is_stored_upright_and_forgets_that_it_lay() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    _, copy = copied(photograph(60, 40), exif=exif)
    result = Image.open(io.BytesIO(copy))
    assert result.size == (40, 60)
    assert 0x0112 not in result.getexif()


def test_a_ribbon_longer_than_jpeg_can_hold_is_made_to_fit() -> None:
    assert downscale(Image.new("L", (131_000, 4)), 64).size == (65_500, 2)
    assert downscale(Image.new("L", (131_000, 1)), 64).size == (65_500, 1)


def test_names_end_as_what_they_hold() -> None:
    names = working_names(["a.jpg", "b.JPEG", "c.png", "d", "e.pgm"])
    assert names == {"a.jpg": "a.jpg", "b.JPEG": "b.JPEG", "c.png": "c.png.jpg", "d": "d.jpg", "e.pgm": "e.pgm.jpg"}


@given(st.sets(st.sampled_from([f"a{end}" for end in ("", ".jpg", ".jpg.jpg", ".png", ".png.jpg", ".PNG", ".JPG")])))
def test_no_two_images_share_a_working_copy(images: set[str]) -> None:
    names = working_names(images)
    assert names.keys() == images
    assert len(set(names.values())) == len(images)
    assert all(name.lower().endswith((".jpg", ".jpeg")) for name in names.values())
