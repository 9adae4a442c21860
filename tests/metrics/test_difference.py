"""What an interval says, on both sides of 0 and across it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.metrics.difference import interval_in_words, verdict


@pytest.mark.parametrize(
    ("low", "high", "photographs", "said"),
    [
        (0.01, 0.2, None, "better"),
        (0.01, 0.2, 100, "better"),
        (0.01, 0.2, 99, "too few to say"),
        (-0.2, -0.01, None, "worse"),
        (-0.2, -0.01, 5, "worse"),
        (-0.1, 0.1, 1000, "no difference shown"),
        (-0.1, 0.1, 5, "too few to say"),
        (0.0, 0.2, 1000, "no difference shown"),
        (-0.2, 0.0, 1000, "no difference shown"),
        (0.0, 0.0, 1000, "no difference shown"),
        (math.nan, math.nan, 1000, "no difference shown"),
        (None, None, 0, "too few to say"),
        (None, None, math.nan, "too few to say"),
    ],
)
def test_verdict(low: float, high: float, photographs: float, said: str) -> None:
    assert verdict(low, high, photographs) == said


@given(st.floats(-1, 1), st.floats(0, 1), st.integers(100, 10_000))
def test_the_other_way_round_is_the_opposite(low: float, width: float, photographs: int) -> None:
    opposite = {"better": "worse", "worse": "better"}
    said = verdict(low, low + width, photographs)
    assert verdict(-(low + width), -low, photographs) == opposite.get(said, said)


def test_an_interval_without_width_is_none() -> None:
    assert interval_in_words(0.5, 0.6004) == "95% interval [0.500, 0.600]"
    assert interval_in_words(1.0, 1.0) == "no interval: every resample has this mean"
    assert interval_in_words(0.99995, 1.0).startswith("no interval")
