"""How often the correct candidate is first, or among the first k, with intervals; from evaluate's predictions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longtail.metrics.cmc import identified
from longtail.metrics.intervals import bootstrap_columns
from longtail.reporting.inputs import Inputs

TOP_K = 5
"""Candidates of a photograph."""


@dataclass(frozen=True)
class RankedShare:
    """Share of photographs whose correct candidate has rank `rank` or better, with its 95% interval."""

    rank: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """A share for each rank, best rank first, and what it was measured on; no points without photographs."""

    points: list[RankedShare]
    photographs: int
    identities: int


def open_set(inputs: Inputs) -> Curve:
    """Top-1 to top-5 of all scored photographs, for an unknown individual of which "new" is correct."""
    precision = inputs.predictions["ap"].to_numpy(np.float64)  # 1 / rank; 0 where it is missing
    rank = np.rint(np.divide(1, precision, out=np.zeros_like(precision), where=precision > 0)).astype(np.int64)
    return _curve(inputs, inputs.predictions, rank)


def closed_set(inputs: Inputs) -> Curve | None:
    """The CMC curve: photographs of known individuals, ranked among these alone; None in runs that did not write it."""
    if "closed_rank" not in inputs.predictions:
        return None
    known = inputs.predictions[inputs.predictions["known"]]
    return _curve(inputs, known, known["closed_rank"].to_numpy(np.int64))


def _curve(inputs: Inputs, photographs: pd.DataFrame, rank: NDArray[np.int64]) -> Curve:
    clusters = _clusters(inputs.split, photographs)
    values = identified(rank, TOP_K).astype(np.float64)
    intervals = bootstrap_columns(values, clusters, seed=0) if len(values) else []
    points = [
        RankedShare(k, float(values[:, k - 1].mean()), *interval) for k, interval in enumerate(intervals, start=1)
    ]
    return Curve(points, len(photographs), len(set(clusters)))


def _clusters(split: pd.DataFrame, photographs: pd.DataFrame) -> NDArray[np.str_]:
    """What the bootstrap draws: the individual, or the group of a photograph that is labelled unknown."""
    group = photographs["image"].map(split.drop_duplicates("image").set_index("image")["group"])
    return photographs["identity"].where(photographs["identity"] != "", group).to_numpy(str)
