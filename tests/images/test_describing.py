"""A large photograph: its copy, colours and hashes come from a smaller decode, and say what the whole picture says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageStat

from longtail.images.colour import channel_difference, single_channel
from longtail.images.describing import Item, describe
from longtail.images.hashes import THUMB_SIDE, dhash, thumbnail
from longtail.images.opening import open_image
from longtail.images.working import CopyParams

SIDE = 64


def textured(width: int, height: int, *, colour: bool = True) -> Image.Image:
    """Detail of every size, as a photograph has."""
    noise, picture = np.random.default_rng(1), np.zeros((height, width, 3))
    for cells, weight in ((4, 0.5), (16, 0.28), (64, 0.15), (256, 0.07)):
        levels = noise.integers(0, 256, (cells, cells, 3 if colour else 1), np.uint8).repeat(1 if colour else 3, 2)
        picture += np.asarray(Image.fromarray(levels).resize((width, height), Image.Resampling.BICUBIC)) * weight
    return Image.fromarray(picture.astype(np.uint8))


def prepared(image: Image.Image, folder: Path, kind: str = "JPEG", **how: Any) -> tuple[dict[str, Any], Image.Image]:
    """(its row, its working copy)."""
    image.save(folder / "a.jpg", kind, quality=95, **how)
    row = describe(Item("a.jpg", "copy.jpg"), folder, folder, CopyParams(SIDE, 100), 10**8)
    with Image.open(folder / "copy.jpg") as copy:
        copy.load()
    return row, copy


@pytest.mark.parametrize(
    ("size", "kind"),
    [((300, 150), "JPEG"), ((400, 255), "JPEG"), ((800, 512), "JPEG"), ((1600, 1000), "MPO"), ((1200, 1020), "JPEG")],
)
def test_the_copy_of_a_large_photograph_is_that_of_its_full_decode(
    size: tuple[int, int], kind: str, tmp_path: Path
) -> None:
    """At exactly the size of the copy a draft would be wrong by 0.7 to 1.1 grey levels in the first two."""
    image = textured(*size)
    _, copy = prepared(image, tmp_path, kind, **({"save_all": True, "append_images": [image]} if kind == "MPO" else {}))
    whole = open_image((tmp_path / "a.jpg").read_bytes()).image
    wanted = whole.resize(copy.size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    errors = np.abs(np.asarray(copy.convert("L")).astype(int) - np.asarray(wanted.convert("L")).astype(int))
    assert errors.mean() < 0.5
    assert errors.max() <= 3


@pytest.mark.parametrize("size", [(300, 150), (800, 512)])
def test_the_colours_of_a_large_photograph_are_those_of_its_full_decode(size: tuple[int, int], tmp_path: Path) -> None:
    """Compared at half the size, where a JPEG holds its colours."""
    _, copy = prepared(textured(*size), tmp_path)
    whole = open_image((tmp_path / "a.jpg").read_bytes()).image
    half = copy.width // 2, copy.height // 2
    ours, wanted = (np.asarray(picture.resize(half, Image.Resampling.BOX)).astype(int) for picture in (copy, whole))
    assert np.abs(ours - wanted).mean() < 3
    assert np.abs((ours - wanted).mean(axis=(0, 1))).max() < 0.8  # no colour of its own is added


@pytest.mark.parametrize("how", [{"keep_rgb": True}, {"subsampling": 0}, {"subsampling": 1}, {"progressive": True}])
def test_a_large_jpeg_of_any_making_keeps_its_colours(how: dict[str, Any], tmp_path: Path) -> None:
    row, copy = prepared(Image.new("RGB", (401, 301), (200, 40, 90)), tmp_path, **how)
    assert (copy.size, copy.mode) == ((85, 64), "RGB")
    assert np.abs(np.asarray(copy).astype(int) - (200, 40, 90)).max() <= 3
    assert row["channel"] == ""


def test_a_large_jpeg_in_colour_is_turned_upright(tmp_path: Path) -> None:
    picture, exif = Image.new("RGB", (400, 300), (200, 40, 90)), Image.Exif()
    picture.paste((20, 90, 200), (0, 0, 400, 150))  # the upper half, as it lies
    exif[0x0112] = 6
    row, copy = prepared(picture, tmp_path, exif=exif)
    assert (row["width"], row["height"], copy.size) == (300, 400, (64, 85))
    left, right = copy.getpixel((10, 40)), copy.getpixel((54, 40))
    assert np.abs(np.array(left) - (200, 40, 90)).max() <= 3
    assert np.abs(np.array(right) - (20, 90, 200)).max() <= 3


def test_the_hashes_of_a_large_photograph_are_those_of_its_small_copy(tmp_path: Path) -> None:
    image = textured(800, 600)
    row, _ = prepared(image, tmp_path)
    small = image.resize((100, 75), Image.Resampling.LANCZOS)
    assert bin(row["dhash"] ^ dhash(small)).count("1") <= 2
    ours, wanted = (np.frombuffer(data, np.uint8).astype(int) for data in (row["thumb"], thumbnail(image)))
    assert len(ours) == THUMB_SIDE**2
    assert np.abs(ours - wanted).mean() < 1.5


@pytest.mark.parametrize("size", [(100, 80), (300, 200)])
def test_a_grey_photograph_with_a_little_colour_is_not_grey(size: tuple[int, int], tmp_path: Path) -> None:
    """A caption of 24 pixels in blue: no glance at a few pixels need see it."""
    grey = textured(*size, colour=False)
    row, copy = prepared(grey, tmp_path)
    assert (row["is_grey"], copy.mode) == (True, "L")
    grey.paste((0, 0, 255), (size[0] - 24, size[1] - 24, size[0], size[1]))
    row, copy = prepared(grey, tmp_path)
    assert (row["is_grey"], copy.mode) == (False, "RGB")


def test_a_single_coloured_pixel_counts() -> None:
    grey = textured(200, 150, colour=False)
    assert channel_difference(grey) == 0
    red, green, blue = grey.getpixel((101, 77))  # type: ignore[misc]
    for pixel, difference in (((red, green, (blue + 9) % 256), 9), ((red, (green + 9) % 256, blue), 9)):
        grey.putpixel((101, 77), pixel)
        assert channel_difference(grey) == difference


@pytest.mark.parametrize("scale", [(1.0, 0.3, 0.2), (0.1, 1.0, 0.39), (0.2, 0.41, 1.0), (0.0, 0.0, 0.0)])
def test_the_channel_that_carries_a_picture_by_its_spread(scale: tuple[float, float, float]) -> None:
    levels = np.random.default_rng(0).normal(0, 20, (50, 60, 1)) * np.array(scale) + 128
    image = Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))
    spread = ImageStat.Stat(image).stddev
    *_, second, first = sorted(spread)
    alone = first > 1 and second < 0.4 * first
    assert single_channel(image) == (("red", "green", "blue")[spread.index(first)] if alone else "")
