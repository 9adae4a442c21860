"""Decoding: the right bytes, in the right order, and nothing left behind."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from longtail.params import ComputeParams
from longtail.training import image_cache

COMPUTE = ComputeParams(workers=200)  # no process is started for two


def photographs(folder: Path) -> list[Path]:
    red, grey = Image.new("RGB", (40, 20), (200, 0, 0)), Image.new("L", (20, 40), 90)
    red.save(folder / "red.jpg", quality=100)
    grey.save(folder / "grey.jpg", quality=100)
    return [folder / "red.jpg", folder / "grey.jpg"]


def test_images_keep_their_order_and_their_colour(tmp_path: Path) -> None:
    decoded = image_cache.decode_all(photographs(tmp_path), 32, tmp_path / "out", COMPUTE, grey=False, label="x")
    assert decoded.shape == (2, 32, 32, 3)
    assert decoded.dtype == np.uint8
    assert abs(decoded[0].reshape(-1, 3).mean(axis=0) - [200, 0, 0]).max() < 3
    assert np.unique(decoded[1]).tolist() == [90]


def test_grey_has_one_channel(tmp_path: Path) -> None:
    decoded = image_cache.decode_all(photographs(tmp_path), 32, tmp_path / "out", COMPUTE, grey=True, label="x")
    assert decoded.shape == (2, 32, 32, 1)
    assert abs(float(decoded[0].mean()) - 0.299 * 200) < 3  # the luma of ITU-R 601, which Pillow uses


def test_the_file_behind_the_pixels_has_no_name(tmp_path: Path) -> None:
    decoded = image_cache.decode_all(photographs(tmp_path), 32, tmp_path / "out", COMPUTE, grey=False, label="x")
    assert list((tmp_path / "out").iterdir()) == []
    assert decoded.sum() > 0


def test_no_files_are_no_pixels(tmp_path: Path) -> None:
    assert image_cache.decode_all([], 32, tmp_path, COMPUTE, grey=False, label="x").shape == (0, 32, 32, 3)


def test_a_short_file_is_not_taken_for_the_array() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"abc")
        with pytest.raises(ValueError, match="3 bytes are not an array"):
            image_cache._mapped(file, (1, 2, 2, 3))
