"""A drawn whale: its outline, its markings, and a pose that changes neither."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.synthetic.fluke import draw_fluke
from longtail.synthetic.photograph import draw_photograph
from longtail.synthetic.pose import Pose

LEVEL = Pose(centre=(200.0, 80.0), scale=100.0, tilt=0.0, pitch=1.0, reach=(1.0, 1.0), lift=(0.0, 0.0), curl=(0.0, 0.0))


def test_a_level_pose_puts_the_notch_in_the_centre_and_y_downwards() -> None:
    seen = LEVEL.pixels(np.array([[0.0, 0.0], [1.0, 0.5], [-1.0, 0.5]]))
    assert seen == pytest.approx(np.array([[200.0, 80.0], [300.0, 30.0], [100.0, 30.0]]))


def test_a_quarter_turn_tilts_against_the_clock() -> None:
    turned = Pose(**{**vars(LEVEL), "tilt": math.pi / 2})
    assert turned.pixels(np.array([[1.0, 0.0]])) == pytest.approx(np.array([[200.0, -20.0]]))


def test_the_camera_at_one_side_shortens_that_half_alone() -> None:
    aside = Pose(**{**vars(LEVEL), "reach": (0.5, 1.0)})
    assert aside.pixels(np.array([[-1.0, 0.0], [1.0, 0.0]]))[:, 0] == pytest.approx([150.0, 300.0])


@given(st.integers(0, 10_000))
def test_every_fluke_has_two_tips_a_notch_between_them_and_a_stem(seed: int) -> None:
    fluke = draw_fluke(np.random.default_rng(seed))
    x, y = fluke.outline.T
    assert 0.9 < x.max() < 1.1
    assert -1.1 < x.min() < -0.9
    notch = y[x == 0].max()
    assert notch < 0
    assert y[x > 0.9].max() > notch + 0.05
    assert y[x < -0.9].max() > notch + 0.05
    assert y.min() == pytest.approx(-1.6)


@given(st.integers(0, 10_000))
def test_markings_are_finite_and_between_black_and_white(seed: int) -> None:
    for stroke in draw_fluke(np.random.default_rng(seed)).strokes:
        assert np.isfinite(stroke.points).all()
        assert len(stroke.points) >= 2
        assert 0 <= stroke.tone <= 1


def test_two_whales_differ_and_one_whale_stays_itself() -> None:
    first, again, other = (draw_fluke(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first.outline, again.outline)
    assert not np.allclose(first.outline, other.outline, atol=0.01)


@pytest.mark.parametrize("seed", range(8))
def test_the_whale_fills_a_good_part_of_its_photograph(seed: int) -> None:
    """Against the same photograph of a whale of the other tone, a fifth of the pixels and more change."""
    fluke = draw_fluke(np.random.default_rng(seed))
    bright = type(fluke)(fluke.outline, (), 0.95, fluke.warmth)
    dark = type(fluke)(fluke.outline, (), 0.05, fluke.warmth)
    seen = [np.asarray(draw_photograph(whale, np.random.default_rng([seed])), dtype=float) for whale in (bright, dark)]
    assert (np.abs(seen[0] - seen[1]).max(axis=2) > 30).mean() > 0.15
