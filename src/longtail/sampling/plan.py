"""The plan: how often an epoch uses each photograph, and in which variants. No pixel is read here.

As in imbalanced-learn's `check_sampling_strategy`, what is wanted comes first ({identity: rows}), the rows second.
The plan is made from names and counts alone, so that it serves embeddings as well as image files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Strategy = Literal["augmented_oversampling", "random_oversampling", "random_undersampling", "none"]

ORIGINAL = "original"
VARIANTS = ("red", "green", "blue", "gaussian_blur", "unsharp_mask")
_NAMES = pd.array([ORIGINAL, *VARIANTS], dtype="str")


@dataclass(frozen=True)
class PlanParams:
    """What decides a plan."""

    strategy: Strategy
    min_count: int
    """augmented_oversampling, random_oversampling: identities of a class count below it are minority classes."""
    max_count: int
    """random_undersampling: photographs that an identity keeps at most."""
    passes: int
    """augmented_oversampling: how often each variant of a photograph is learned from."""
    seed: int
    """random_undersampling: which photographs are kept."""


def target_counts(train: pd.DataFrame, params: PlanParams) -> dict[str, int]:
    """{identity: rows of it in an epoch}, after `params.strategy`.

    Args:
        train: the train fold, a row a photograph: `image`, `identity` (`""` = unknown), `class_count`.
        params: the strategy and its figures.

    Returns:
        A number for each named identity.
    """
    by_identity = train[train["identity"] != ""].groupby("identity", sort=True)
    have = by_identity.size()
    rare = by_identity["class_count"].first() < params.min_count
    if params.strategy == "augmented_oversampling":
        want = have.where(~rare, have * (1 + len(VARIANTS) * params.passes))
    elif params.strategy == "random_oversampling":
        want = have.where(~rare, have.clip(lower=params.min_count))
    elif params.strategy == "random_undersampling":
        want = have.clip(upper=params.max_count)
    else:
        want = have
    return {str(identity): int(rows) for identity, rows in want.items()}


def plan(train: pd.DataFrame, params: PlanParams) -> pd.DataFrame:
    """The rows behind `wanted`: `image`, `identity`, `variant`, `repeats` (>= 1), by image and variant.

    Photographs of unknown label pass through once. The sum of `repeats` of an identity is what `wanted` says.

    Args:
        train: the train fold, a row a photograph: `image` (unique), `identity` (`""` = unknown), `class_count`.
        params: the strategy and its figures.

    Returns:
        The rows of an epoch.
    """
    train = train.sort_values("image", ignore_index=True)
    make: dict[str, Callable[[pd.DataFrame, PlanParams], pd.DataFrame]] = {
        "augmented_oversampling": _threshold,
        "random_oversampling": _copies,
        "random_undersampling": _undersample,
        "none": lambda train, _: _originals(train),
    }
    return make[params.strategy](train, params)


def minority(train: pd.DataFrame, min_count: int) -> pd.Series:
    """Which rows of the train fold belong to a named identity whose class count is under `min_count`.

    Args:
        train: identity, class_count.
        min_count: class count from which an identity is no minority class.

    Returns:
        Booleans, indexed as `train`.
    """
    return (train["identity"] != "") & (train["class_count"] < min_count)


def _originals(train: pd.DataFrame, times: NDArray[np.int64] | int = 1) -> pd.DataFrame:
    return _rows(train, np.zeros(len(train), np.int64), times)


def _rows(train: pd.DataFrame, variant: NDArray[np.int64], times: NDArray[np.int64] | int) -> pd.DataFrame:
    """Rows of a plan; `variant` counts along _NAMES."""
    rows = train[["image", "identity"]].reset_index(drop=True)
    return rows.assign(variant=_NAMES.take(variant), repeats=np.broadcast_to(times, len(rows)).astype("int64"))


def _threshold(train: pd.DataFrame, params: PlanParams) -> pd.DataFrame:
    copies = np.where(minority(train, params.min_count), len(_NAMES), 1)
    position = np.arange(copies.sum()) - np.repeat(copies.cumsum() - copies, copies)
    return _rows(
        train.take(np.repeat(np.arange(len(train)), copies)), position, np.where(position == 0, 1, params.passes)
    )


def _copies(train: pd.DataFrame, params: PlanParams) -> pd.DataFrame:
    by_identity = train.groupby("identity")["image"]
    have, position = by_identity.transform("size").to_numpy(), by_identity.cumcount().to_numpy()
    each, over = np.divmod(np.maximum(params.min_count, have), have)
    times = each + (position < over)  # even: no photograph is repeated twice more than another
    return _originals(train, np.where(minority(train, params.min_count), times, 1))


def _undersample(train: pd.DataFrame, params: PlanParams) -> pd.DataFrame:
    have = train.groupby("identity")["image"].transform("size")
    large = train[(train["identity"] != "") & (have > params.max_count)]
    drawn = large.iloc[np.argsort(_lots(params.seed, large["image"].tolist()), kind="stable")]
    dropped = drawn.index[drawn.groupby("identity").cumcount() >= params.max_count]
    return _originals(train.drop(index=dropped)).reset_index(drop=True)


def _lots(seed: int, images: list[str]) -> NDArray[np.uint64]:
    """A draw for each photograph that depends on it alone: a new one moves no other."""
    keyed = hashlib.blake2b(str(seed).encode(), digest_size=8)
    digests = []
    for image in images:
        draw = keyed.copy()
        draw.update(f" {image}".encode())
        digests.append(draw.digest())
    return np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)
