"""The balancing approaches, each put together from small pure pieces; adding one is adding one row to APPROACHES.

An approach can change what is learned from (the rows, and how often each is drawn; rows interpolated between others),
what a mistake costs (a weight of each class), what the loss believes beforehand (an offset of each class), where the
fit starts, and what is done to the layer that comes out. Everything that it does not name stays as under `none`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longtail.recognition.embeddings import Floats, Ints
from longtail.sampling.plan import PlanParams, Strategy, plan


@dataclass(frozen=True)
class Pool:
    """What can be learned from, in the order of its embeddings: the photographs, then the filtered copies."""

    photographs: pd.DataFrame  # image, identity, class_count; named identities only
    copies: pd.DataFrame  # image (of which it is a copy), identity, repeats (how many equal images it stands for)

    def images(self) -> pd.Series:
        """The photograph behind each row: itself, or the one it is a copy of."""
        return pd.concat([self.photographs["image"], self.copies["image"]], ignore_index=True)

    def identities(self) -> pd.Series:
        """The identity of each row."""
        return pd.concat([self.photographs["identity"], self.copies["identity"]], ignore_index=True)


@dataclass(frozen=True)
class ApproachSettings:
    """The figures that approaches work with."""

    min_count: int = 10  # copies, smote: rows that an identity has at least
    max_count: int = 10  # random_undersampling: photographs that an identity has at most
    neighbours: int = 5  # smote: of a photograph, among which one is drawn to interpolate with
    prior: float = 1.0  # logit_adjustment: how much of the log prior goes into the loss
    tau: float = 1.0  # tau_normalised: 0 leaves a row its length, 1 gives all rows one length
    seed: int = 0


@dataclass(frozen=True)
class Draws:
    """Rows of the pool (photographs first), and how often each is learned from, relative to the others."""

    rows: Ints
    weight: NDArray[np.float64]
    images: int  # rows that a training set of that kind has, repetitions counted


RowsOf = Callable[[Pool, ApproachSettings], Draws]
PerClass = Callable[[Ints, ApproachSettings], Floats]
"""Photographs of each class (c,) -> a figure of each class (c,)."""


@dataclass(frozen=True)
class Approach:
    """What an approach does; what it does not name is as under `none`."""

    rows: RowsOf
    interpolates: bool = False
    class_weight: PerClass | None = None
    offset: PerClass | None = None
    starts_from: Literal["nothing", "network"] = "nothing"
    even_lengths: bool = False


def every_photograph(pool: Pool, settings: ApproachSettings) -> Draws:
    """Every photograph, as often as the next."""
    return _planned("none", pool, settings)


def at_most(pool: Pool, settings: ApproachSettings) -> Draws:
    """At most `max_count` photographs of an identity, drawn by the seed."""
    return _planned("random_undersampling", pool, settings)


def repeated(pool: Pool, settings: ApproachSettings) -> Draws:
    """Photographs of an identity under `min_count` are repeated until it has that many."""
    return _planned("random_oversampling", pool, settings)


def filtered_copies(pool: Pool, settings: ApproachSettings) -> Draws:
    """The post's frequency threshold: photographs, and the filtered copies of rare identities from `oversample`."""
    times = np.concatenate([np.ones(len(pool.photographs)), pool.copies["repeats"].to_numpy(dtype=np.float64)])
    return Draws(np.arange(len(times)), times, round(float(times.sum())))


def evenly(pool: Pool, settings: ApproachSettings) -> Draws:
    """Class-balanced sampling: a photograph weighs 1 / photographs of its identity.

    Kang et al. 2020, "Decoupling representation and classifier for long-tailed recognition", section 4.1.
    """
    have = pool.photographs.groupby("identity")["image"].transform("size").to_numpy(dtype=np.float64)
    return Draws(np.arange(len(have)), 1.0 / have, len(have))


def inverse_frequency(counts: Ints, settings: ApproachSettings) -> Floats:
    """As n / (c * n_i): all mistakes on a rare identity cost as much as all on a frequent one.

    King & Zeng 2001, "Logistic regression in rare events data"; scikit-learn's `class_weight="balanced"`.
    """
    return np.asarray(counts.sum() / (len(counts) * np.maximum(counts, 1)), dtype=np.float32)


def log_prior(counts: Ints, settings: ApproachSettings) -> Floats:
    """`prior` times the log of each identity's share, added to its logit in the loss and left out at work.

    The loss form of logit adjustment, equation 10 of Menon et al. 2021, "Long-tail learning via logit adjustment".
    """
    share = np.maximum(counts, 1) / max(1, counts.sum())
    return np.asarray(settings.prior * np.log(share), dtype=np.float32)


APPROACHES: dict[str, Approach] = {
    "none": Approach(every_photograph),
    "random_undersampling": Approach(at_most),
    "random_oversampling": Approach(repeated),
    "augmented_oversampling": Approach(filtered_copies),
    "smote": Approach(every_photograph, interpolates=True),  # Chawla et al. 2002, see synthetic.py
    "class_balanced": Approach(evenly),
    "class_weights": Approach(every_photograph, class_weight=inverse_frequency),
    "logit_adjustment": Approach(every_photograph, offset=log_prior),
    "tau_normalised": Approach(every_photograph, even_lengths=True),  # Kang et al. 2020, section 4.3
    "crt": Approach(evenly, starts_from="network"),  # Kang et al. 2020, section 4.1 (cRT)
}
"""In the order in which equals are preferred. `crt` draws as `class_balanced` does; it differs in where it starts
and in what it reads: the trained network's own last layer on the embeddings as they left the network, not an empty
layer on whitened ones."""


def _planned(strategy: Strategy, pool: Pool, settings: ApproachSettings) -> Draws:
    """The rows of `oversample`'s plan under `strategy`: one definition of each, for images and embeddings alike."""
    params = PlanParams(strategy, settings.min_count, settings.max_count, passes=1, seed=settings.seed)
    rows = plan(pool.photographs, params)
    place = pd.Series(np.arange(len(pool.photographs)), index=pool.photographs["image"])
    index = place.loc[rows["image"]].to_numpy(dtype=np.int64)
    order = np.argsort(index)
    times = rows["repeats"].to_numpy(dtype=np.float64)
    return Draws(index[order], times[order], round(float(times.sum())))
