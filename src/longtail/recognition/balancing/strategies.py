"""The balancing strategies, each put together from small pure functions. To add one, add a row to STRATEGIES.

A strategy can change the training rows (which, how often each is drawn, and synthetic ones), the class weights of the
loss, the offset of the logits in the loss, the initial weights, and the weights that come out. Everything that it does
not name stays as under `none`.
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
    """All rows that a strategy can choose from, in the order of their embeddings: photographs, then filtered copies."""

    photographs: pd.DataFrame  # image, identity, class_count; named identities only
    copies: pd.DataFrame  # image (of which it is a copy), identity, repeats (how many equal images it stands for)

    def images(self) -> pd.Series:
        """The source photograph of each row: itself, or the one it is a copy of."""
        return pd.concat([self.photographs["image"], self.copies["image"]], ignore_index=True)

    def identities(self) -> pd.Series:
        """The identity of each row."""
        return pd.concat([self.photographs["identity"], self.copies["identity"]], ignore_index=True)


@dataclass(frozen=True)
class StrategySettings:
    """The parameters of the strategies."""

    min_count: int = 10  # random_oversampling, smote: least number of rows of an identity
    max_count: int = 10  # random_undersampling: greatest number of photographs of an identity
    neighbours: int = 5  # smote: k of the nearest neighbours to interpolate with
    prior: float = 1.0  # logit_adjustment: factor of the log prior in the loss
    tau: float = 1.0  # tau_normalised: 0 keeps the norms of the weights, 1 makes them equal
    seed: int = 0


@dataclass(frozen=True)
class RowWeights:
    """Rows of the pool (photographs first), and the weight with which each is sampled."""

    rows: Ints
    weight: NDArray[np.float64]
    images: int  # rows of an epoch, repetitions counted


RowsOf = Callable[[Pool, StrategySettings], RowWeights]
PerClass = Callable[[Ints, StrategySettings], Floats]
"""Photographs of each class (c,) -> a number for each class (c,)."""


@dataclass(frozen=True)
class BalancingStrategy:
    """What a strategy changes; the rest is as under `none`."""

    rows: RowsOf
    interpolates: bool = False
    class_weight: PerClass | None = None
    offset: PerClass | None = None
    init: Literal["zeros", "network"] = "zeros"
    tau_normalise: bool = False


def original_rows(pool: Pool, settings: StrategySettings) -> RowWeights:
    """Every photograph once: `none`.

    Args:
        pool: the rows to choose from.
        settings: not used.

    Returns:
        Rows and weights.
    """
    return _planned("none", pool, settings)


def undersampled_rows(pool: Pool, settings: StrategySettings) -> RowWeights:
    """Random undersampling: at most `max_count` photographs of an identity, drawn by the seed.

    Args:
        pool: the rows to choose from.
        settings: `max_count` and `seed`.

    Returns:
        Rows and weights.
    """
    return _planned("random_undersampling", pool, settings)


def oversampled_rows(pool: Pool, settings: StrategySettings) -> RowWeights:
    """Random oversampling: photographs of an identity are repeated until it has `min_count` of them.

    Args:
        pool: the rows to choose from.
        settings: `min_count`.

    Returns:
        Rows and weights.
    """
    return _planned("random_oversampling", pool, settings)


def augmented_rows(pool: Pool, settings: StrategySettings) -> RowWeights:
    """The 2019 post's strategy: photographs, and `oversample`'s filtered copies of rare identities.

    Args:
        pool: the rows to choose from.
        settings: not used.

    Returns:
        All rows of the pool; a filtered copy weighs as much as the number of images it stands for.
    """
    times = np.concatenate([np.ones(len(pool.photographs)), pool.copies["repeats"].to_numpy(dtype=np.float64)])
    return RowWeights(np.arange(len(times)), times, round(float(times.sum())))


def class_balanced_rows(pool: Pool, settings: StrategySettings) -> RowWeights:
    """Class-balanced sampling: the weight of a photograph is 1 / photographs of its identity.

    Kang et al. 2020, "Decoupling representation and classifier for long-tailed recognition", section 4.1.

    Args:
        pool: the rows to choose from.
        settings: not used.

    Returns:
        All photographs and their weights.
    """
    count = pool.photographs.groupby("identity")["image"].transform("size").to_numpy(dtype=np.float64)
    return RowWeights(np.arange(len(count)), 1.0 / count, len(count))


def inverse_frequency(counts: Ints, settings: StrategySettings) -> Floats:
    """Class weights n / (c * n_i): every identity has the same total weight in the loss.

    King & Zeng 2001, "Logistic regression in rare events data"; scikit-learn's `class_weight="balanced"`.

    Args:
        counts: photographs of each class, (c,).
        settings: not used.

    Returns:
        Weights (c,).
    """
    return np.asarray(counts.sum() / (len(counts) * np.maximum(counts, 1)), dtype=np.float32)


def log_prior(counts: Ints, settings: StrategySettings) -> Floats:
    """`prior` times the log of each identity's share: added to its logit in the loss, not at inference.

    The loss form of logit adjustment, equation 10 of Menon et al. 2021, "Long-tail learning via logit adjustment".

    Args:
        counts: photographs of each class, (c,).
        settings: `prior`.

    Returns:
        Offsets (c,).
    """
    share = np.maximum(counts, 1) / max(1, counts.sum())
    return np.asarray(settings.prior * np.log(share), dtype=np.float32)


STRATEGIES: dict[str, BalancingStrategy] = {
    "none": BalancingStrategy(original_rows),
    "random_undersampling": BalancingStrategy(undersampled_rows),
    "random_oversampling": BalancingStrategy(oversampled_rows),
    "augmented_oversampling": BalancingStrategy(augmented_rows),
    "smote": BalancingStrategy(original_rows, interpolates=True),  # Chawla et al. 2002, see smote.py
    "class_balanced": BalancingStrategy(class_balanced_rows),
    "class_weights": BalancingStrategy(original_rows, class_weight=inverse_frequency),
    "logit_adjustment": BalancingStrategy(original_rows, offset=log_prior),
    "tau_normalised": BalancingStrategy(original_rows, tau_normalise=True),  # Kang et al. 2020, section 4.3
    "crt": BalancingStrategy(class_balanced_rows, init="network"),  # Kang et al. 2020, section 4.1 (cRT)
}
"""In the order of preference between equal scores. `crt` samples as `class_balanced` does, but it starts from the
trained network's last layer and reads the raw embeddings; the others start from zero on whitened embeddings."""


def _planned(strategy: Strategy, pool: Pool, settings: StrategySettings) -> RowWeights:
    """The rows of `oversample`'s plan under `strategy`: the same definition for images and for embeddings."""
    params = PlanParams(strategy, settings.min_count, settings.max_count, passes=1, seed=settings.seed)
    rows = plan(pool.photographs, params)
    row_of = pd.Series(np.arange(len(pool.photographs)), index=pool.photographs["image"])
    index = row_of.loc[rows["image"]].to_numpy(dtype=np.int64)
    order = np.argsort(index)
    times = rows["repeats"].to_numpy(dtype=np.float64)
    return RowWeights(index[order], times[order], round(float(times.sum())))
