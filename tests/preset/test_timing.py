"""The minutes of a run, as a person reads them."""

from __future__ import annotations

import re

import pytest

from longtail.params import ComputeParams
from longtail.preset.survey import Facts
from longtail.preset.timing import Minutes, Speed, estimate
from longtail.stages import train


@pytest.mark.parametrize(
    ("minutes", "line"),
    [
        (Minutes(0.3, 3.5, 0.6, 0.8), "about 5 minutes on this machine (train 3, embed 1, prepare 0, other 1)"),
        (Minutes(0.4, 4.4, 1.4, 0.6), "about 7 minutes on this machine (train 5, embed 1, prepare 0, other 1)"),
        (Minutes(0.0, 0.1, 0.0, 0.2), "about 1 minute on this machine (train 0, embed 0, prepare 0, other 1)"),
        (Minutes(2.0, 60.0, 20.0, 8.0), "about 90 minutes on this machine (train 60, embed 20, prepare 2, other 8)"),
        (Minutes(0.5, 0.5, 0.5, 0.5), "about 2 minutes on this machine (train 1, embed 1, prepare 0, other 0)"),
    ],
)
def test_the_parts_sum_to_the_whole(minutes: Minutes, line: str) -> None:
    assert str(minutes) == line
    total, *parts = map(int, re.findall("[0-9]+", str(minutes)))
    assert sum(parts) == total


def test_a_second_network_takes_its_time() -> None:
    """An epoch of the second one shows every photograph of a known individual, and not two thirds of them."""
    facts = Facts(600, 100, 0, 100, 50, 300, 0.0, 2, "cpu")
    speed = Speed(0.01, 0.02, 0.005)
    one, both = (estimate(facts, train.Params(fold=fold), ComputeParams(), speed) for fold in ("train", "all"))
    assert both.train == pytest.approx(one.train * 1.67 / 0.67)
    assert both.embed > 1.5 * one.embed
    assert (both.prepare, both.other) == (one.prepare, one.other)
