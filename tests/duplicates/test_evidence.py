"""What a similarity is worth: by hand, and on kinds of photographs that no threshold was chosen on."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.false_merges import copies, counted
from benchmarks.lookalikes import KINDS, Shot
from longtail.duplicates.evidence import agreement, is_little, is_sufficient, required_similarity, spread
from longtail.duplicates.verify import little_detail
from tests.splitting.making import pattern

EVERYWHERE = np.ones((1, 64, 64), np.float32)
MOST_MERGED = {"bursts": 1.0, "bursts, the animal all but still": 1.0, "small faces": 0.02}
"""Share of the pairs of one identity that may be merged, 0.01 elsewhere; of two identities none anywhere.

Shots of a burst that are as alike as copies cannot be told from them; docs/concepts/duplicates.md has the number.
"""


def noise(seed: int) -> NDArray[np.float32]:
    """Detail as a photograph has it everywhere: (1, 64, 64)."""
    return np.random.default_rng(seed).normal(0, 2, (1, 64, 64)).astype(np.float32)


def part(share: float) -> NDArray[np.float32]:
    """1 in the upper part of that share, else 0."""
    return (np.arange(64)[None, :, None] < 64 * share).astype(np.float32) * EVERYWHERE


def test_spread_is_the_share_that_has_the_detail() -> None:
    assert spread(3 * EVERYWHERE) == pytest.approx([1.0])
    assert spread(3 * part(0.25)) == pytest.approx([0.25])
    assert spread(0 * EVERYWHERE) == pytest.approx([0.0])


def test_the_less_the_detail_is_spread_the_more_likeness_is_needed() -> None:
    asked = required_similarity(np.array([1, 0.17, 0.1, 0.05, 0.01], np.float32), 0.83)
    assert asked == pytest.approx([0.83, 0.83, 0.941, 0.969, 0.969], abs=1e-3)
    assert (
        required_similarity(np.array([1, 0.1], np.float32), 0.95)
        > required_similarity(np.array([1, 0.1], np.float32), 0.83)
    ).all()


def test_pictures_that_agree_on_their_outline_alone_do_not_agree() -> None:
    outline = 20 * part(0.2) * np.sign(noise(0))
    one, other = outline + noise(1) * part(1), outline + noise(2) * part(1)
    similarity = (one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum())
    assert similarity > 0.9
    assert agreement(one, other, EVERYWHERE)[0] < 0.3
    assert not is_sufficient(np.array([similarity]), spread(one), agreement(one, other, EVERYWHERE), 0.83)[0]


def test_a_strip_that_differs_leaves_the_agreement_as_it_is() -> None:
    """A caption or a box that was painted over a fifth of a picture."""
    changed = np.where(part(0.2) > 0, noise(2), noise(1))
    assert agreement(noise(1), changed, EVERYWHERE)[0] > 0.9


def test_what_was_not_looked_at_does_not_count() -> None:
    changed = np.where(part(0.5) > 0, noise(2), noise(1))
    assert agreement(noise(1), changed, EVERYWHERE)[0] < 0.5
    assert agreement(noise(1), changed, 1 - part(0.5))[0] > 0.99


def test_where_there_is_no_detail_nothing_agrees() -> None:
    assert agreement(0 * EVERYWHERE, 0 * EVERYWHERE, EVERYWHERE).tolist() == [0]


def test_little_detail_is_told_of_each_picture() -> None:
    fog, stroke = np.full((64, 64), 180, np.uint8), np.full((64, 64), 255, np.uint8)
    stroke[10:50, 30:33] = 0
    thumbs = np.stack([pattern(1), fog, stroke]).reshape(3, -1)
    assert little_detail(thumbs).tolist() == [False, True, True]
    assert little_detail(thumbs[:0]).tolist() == []
    assert is_little(0 * EVERYWHERE).tolist() == [True]


@cache
def drawn(kind: str) -> tuple[list[Shot], dict[str, int]]:
    """The pictures of a kind, and how many of their pairs are alike and merged: drawn once for all tests."""
    shots = KINDS[kind](900)
    with tempfile.TemporaryDirectory() as folder:
        return shots, counted(shots, Path(folder))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_different_pictures_that_are_alike_are_not_merged(kind: str) -> None:
    shots, found = drawn(kind)
    pairs = sum(shots[one].identity == shots[other].identity for one in range(len(shots)) for other in range(one))
    assert found["two_names"] == 0
    assert found["merged"] <= MOST_MERGED.get(kind, 0.01) * pairs


@pytest.mark.slow
def test_line_drawings_and_outlines_are_alike_without_being_one_picture() -> None:
    """What the evidence is for: similarity alone would merge these."""
    assert drawn("line drawings, one bit")[1]["alike"] >= 5
    assert drawn("the same through an eyepiece")[1]["alike"] >= 1_000


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["line drawings, one bit", "bursts", "the same through an eyepiece"])
def test_copies_of_such_pictures_are_still_found(kind: str, tmp_path: Path) -> None:
    count, _, known = copies(drawn(kind)[0], tmp_path)
    assert known >= 0.5 * count
