"""Lanczos by matrices gives what Pillow's own gives."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from longtail.images.resampling import lanczos


@pytest.mark.parametrize(
    ("size", "wanted"),
    [((525, 300), (224, 128)), ((63, 97), (31, 48)), ((400, 7), (100, 2)), ((64, 64), (64, 64)), ((130, 40), (33, 10))],
)
def test_a_channel_is_pillows_to_within_a_level(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    """Noise of the highest contrast, so that both clip what overshoots, and in the same order."""
    noise = np.random.default_rng(0).integers(0, 2, (size[1], size[0]), dtype=np.uint8) * 255
    channel = Image.fromarray(noise)
    pillows = np.asarray(channel.resize(wanted, Image.Resampling.LANCZOS)).astype(int)
    errors = np.abs(np.asarray(lanczos(channel, wanted)).astype(int) - pillows)
    assert errors.max() <= 1
    assert errors.mean() < 0.02


@pytest.mark.parametrize("level", [0, 1, 128, 255])
def test_what_is_flat_stays_flat(level: int) -> None:
    assert lanczos(Image.new("L", (301, 203), level), (97, 65)).getextrema() == (level, level)
