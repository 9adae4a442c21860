"""The balancing approaches: which rows each learns from, how often. Adding one is adding one function to APPROACHES."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longtail.sampling.plan import PlanParams, Strategy, plan
from longtail.scoring.views import Ints


@dataclass(frozen=True)
class Pool:
    """What can be learned from, in the order of its embeddings: the photographs, then the filtered copies."""

    photographs: pd.DataFrame  # image, identity, class_count; named identities only
    copies: pd.DataFrame  # image (of which it is a copy), identity, times (how many equal images it stands for)

    def images(self) -> pd.Series:
        """The photograph behind each row: itself, or the one it is a copy of."""
        return pd.concat([self.photographs["image"], self.copies["image"]], ignore_index=True)

    def identities(self) -> pd.Series:
        """The identity of each row."""
        return pd.concat([self.photographs["identity"], self.copies["identity"]], ignore_index=True)


@dataclass(frozen=True)
class ApproachSettings:
    """The figures that approaches work with."""

    min_count: int = 10
    max_count: int = 10
    seed: int = 0


@dataclass(frozen=True)
class Draws:
    """Rows of the pool (photographs first), and how often each is learned from, relative to the others."""

    rows: Ints
    weight: NDArray[np.float64]
    images: int  # rows that a training set of that kind has, repetitions counted


Approach = Callable[[Pool, ApproachSettings], Draws]


def none(pool: Pool, settings: ApproachSettings) -> Draws:
    """Every photograph, as often as the next."""
    return _planned("none", pool, settings)


def undersample(pool: Pool, settings: ApproachSettings) -> Draws:
    """At most `max_count` photographs of an identity."""
    return _planned("undersample", pool, settings)


def copies(pool: Pool, settings: ApproachSettings) -> Draws:
    """Photographs of an identity under `min_count` are repeated until it has that many."""
    return _planned("copies", pool, settings)


def threshold(pool: Pool, settings: ApproachSettings) -> Draws:
    """The frequency threshold: photographs, and the filtered copies of rare identities as `oversample` made them."""
    times = np.concatenate([np.ones(len(pool.photographs)), pool.copies["times"].to_numpy(dtype=np.float64)])
    return Draws(np.arange(len(times)), times, round(float(times.sum())))


def class_balanced(pool: Pool, settings: ApproachSettings) -> Draws:
    """Every identity as often as the next: a photograph weighs 1 / photographs of its identity.

    Class-balanced sampling, as in Kang et al. 2020, "Decoupling representation and classifier for long-tailed
    recognition", section 4.1.
    """
    have = pool.photographs.groupby("identity")["image"].transform("size").to_numpy(dtype=np.float64)
    return Draws(np.arange(len(have)), 1.0 / have, len(have))


APPROACHES: dict[str, Approach] = {
    approach.__name__: approach for approach in (none, undersample, copies, threshold, class_balanced)
}


def changes_gallery(draws: Draws, pool: Pool) -> bool:
    """Whether a nearest neighbour sees another gallery than all photographs once: repetitions change nothing for it."""
    return not np.array_equal(draws.rows, np.arange(len(pool.photographs)))


def _planned(strategy: Strategy, pool: Pool, settings: ApproachSettings) -> Draws:
    """The rows of `oversample`'s plan under `strategy`: one definition of each, for images and embeddings alike."""
    params = PlanParams(strategy, settings.min_count, settings.max_count, passes=1, seed=settings.seed)
    rows = plan(pool.photographs, params)
    place = pd.Series(np.arange(len(pool.photographs)), index=pool.photographs["image"])
    index = place.loc[rows["image"]].to_numpy(dtype=np.int64)
    order = np.argsort(index)
    times = rows["times"].to_numpy(dtype=np.float64)
    return Draws(index[order], times[order], round(float(times.sum())))
