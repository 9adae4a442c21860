"""Years in the sample: when each photograph was taken, and what time does to a whale's marks.

Marks fade towards the tone of the skin, each at a rate of its own, and scars appear that fade in turn. How fast was
chosen so that a network feels it within a few years. It tests code; nothing about real whales follows from it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from longtail.synthetic.fluke import Fluke, draw_halves, mirrored
from longtail.synthetic.markings import Stroke, scars
from longtail.synthetic.plan import Plan, Shot

FIRST_DAY = datetime.date(2015, 1, 1)
_DAYS = 365  # of a drawn year
_SAME_DAY = 0.25  # of a whale's photographs are taken on the day of the one before
_FADING = (0.6, 0.6)  # per year: median, and deviation of its logarithm
_SCARS = 4.0  # new ones a year
_OF_DAYS, _OF_YEARS = 3, 4  # streams of random numbers, after those of the plan, the flukes and the photographs


@dataclass(frozen=True)
class Life:
    """A whale over the years: how it began, how fast each of its marks fades, and what it was hurt by, when."""

    fluke: Fluke
    fading: NDArray[np.float64]
    """(strokes,), share of the contrast that is lost, as a rate per year."""
    scars: tuple[tuple[float, float, tuple[Stroke, ...]], ...]
    """(year, rate of fading, strokes) of each."""

    def at(self, year: float) -> Fluke:
        """The whale in a year, counted from the first day of the sample."""
        strokes = [self._faded(one, rate * year) for one, rate in zip(self.fluke.strokes, self.fading, strict=True)]
        for when, rate, lines in self.scars:
            strokes += [self._faded(line, rate * (year - when)) for line in lines if when <= year]
        return replace(self.fluke, strokes=tuple(strokes))

    def _faded(self, stroke: Stroke, by: float) -> Stroke:
        dark = self.fluke.dark
        return replace(stroke, tone=dark + (stroke.tone - dark) * float(np.exp(-by)))


def draw_life(seed: int, whale: Generator, number: int, years: int) -> Life:
    """A whale that is, on its first day, the one that `draw_fluke` draws.

    Args:
        seed: of the photographs.
        whale: decides how it begins.
        number: of the whale.
        years: that the sample has.

    Returns:
        The whale over the years.
    """
    fluke, halves = draw_halves(whale)
    rng = np.random.default_rng([seed, _OF_YEARS, number])
    middle, spread = _FADING
    hurt = []
    for when in np.sort(rng.uniform(0, years, rng.poisson(_SCARS * years))).tolist():
        side = int(rng.integers(2))
        lines = scars(halves[side], rng)
        lines = [replace(line, points=mirrored(line.points)) for line in lines] if side else lines
        hurt.append((when, float(middle * rng.lognormal(0, spread)), tuple(lines)))
    return Life(fluke, middle * rng.lognormal(0, spread, len(fluke.strokes)), tuple(hurt))


def with_days(plan: Plan, years: int, seed: int) -> Plan:
    """The plan with the day of every photograph; copies of a photograph are of its day.

    Args:
        plan: a sample.
        years: that it has; 0 leaves it without days.
        seed: of the days.

    Returns:
        The plan.
    """
    if not years:
        return plan
    taken: dict[int, set[int]] = {}
    for shot in [*plan.labelled, *plan.test]:
        taken.setdefault(shot.whale, set()).add(shot.photograph)
    days = {
        (whale, photograph): day
        for whale, photographs in taken.items()
        for photograph, day in _days(sorted(photographs), years, np.random.default_rng([seed, _OF_DAYS, whale]))
    }

    def dated(shots: Iterable[Shot]) -> list[Shot]:
        return [replace(shot, day=days[shot.whale, shot.photograph]) for shot in shots]

    return replace(plan, labelled=dated(plan.labelled), test=dated(plan.test), years=years)


def date_of(day: int) -> str:
    """`YYYY-MM-DD` of a day of the sample."""
    return (FIRST_DAY + datetime.timedelta(days=day)).isoformat()


def year_of(day: int) -> float:
    """Years since the sample's first day."""
    return day / _DAYS


def _days(photographs: list[int], years: int, rng: Generator) -> Iterable[tuple[int, int]]:
    """(photograph, day) of one whale; now and then two or more are of one day."""
    drawn = rng.integers(0, years * _DAYS, len(photographs)).tolist()
    again = rng.random(len(photographs)) < _SAME_DAY
    for at, photograph in enumerate(photographs):
        drawn[at] = drawn[at - 1] if at and again[at] else drawn[at]
        yield photograph, drawn[at]
