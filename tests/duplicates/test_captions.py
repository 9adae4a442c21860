"""Caption strips are found, measured and taken off; a white foot without an edge is none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from longtail.duplicates.captions import find_strips, trim_captions
from tests.splitting.making import pattern


def captioned(rows: int, letters: tuple[int, ...] = (), paper: int = 255) -> NDArray[np.uint8]:
    """A dark pattern over a white strip of so many rows; `letters` stand on these of them, all across."""
    picture = (pattern(1) // 2).astype(np.uint8)
    picture[64 - rows :] = paper
    for row in letters:
        picture[64 - rows + row, 2::3] = picture[64 - rows + row, 3::3] = 20
    return picture


def heights(*pictures: NDArray[np.uint8]) -> list[tuple[int, int]]:
    return list(zip(*(found.tolist() for found in find_strips(np.stack(pictures))), strict=True))


def test_the_height_of_a_strip_is_that_of_its_paper() -> None:
    assert heights(*(captioned(rows) for rows in (0, 2, 8, 24))) == [(0, 0), (2, 2), (8, 8), (24, 24)]


def test_large_letters_all_across_do_not_hide_a_strip() -> None:
    """Below the last line of letters two rows are half paper: that is the height told the other way."""
    assert heights(captioned(10, letters=(3, 4, 5, 6, 7))) == [(10, 2)]


def test_a_strip_that_is_full_of_small_letters_is_one_too() -> None:
    picture = captioned(6)
    picture[58:, 10:38] = 20  # no row is blank
    assert heights(picture) == [(0, 6)]


def test_one_row_is_no_strip_and_neither_is_half_the_picture_or_a_grey_foot() -> None:
    assert heights(captioned(1), captioned(32), captioned(8, paper=230)) == [(0, 0)] * 3


def test_a_foot_that_whitens_by_and_by_is_no_strip() -> None:
    slope = np.repeat(np.linspace(150, 255, 64).astype(np.uint8)[:, None], 64, axis=1)
    assert heights(slope) == [(0, 0)]


def test_a_white_picture_ends_in_no_strip() -> None:
    assert heights(np.full((64, 64), 255, np.uint8)) == [(0, 0)]


def test_what_is_left_is_stretched_to_the_whole() -> None:
    """Rows 0 to 47 become 64: row r of the new picture lies at 0.75 (r + 0.5) - 0.5 of the old one."""
    ramp = np.repeat(np.arange(64, dtype=np.uint8)[:, None] * 4, 64, axis=1)
    ramp[48:] = 255
    trimmed = trim_captions(np.stack([pattern(2).astype(np.uint8), ramp]))
    assert trimmed.numbers.tolist() == [1]
    expected = np.clip(0.75 * (np.arange(64) + 0.5) - 0.5, 0, None) * 4
    assert np.abs(trimmed.pictures[0, :63, 5] - expected[:63]).max() <= 0.5
    assert trimmed.pictures.shape == (1, 64, 64)


def test_nothing_to_trim_gives_nothing() -> None:
    trimmed = trim_captions(np.zeros((2, 64, 64), np.uint8))
    assert (trimmed.pictures.shape, trimmed.numbers.tolist()) == ((0, 64, 64), [])
