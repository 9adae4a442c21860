"""The cumulative match characteristic (CMC): how often the right identity is among the first k, for each k."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]


def identified(rank: IntArray, k: int) -> BoolArray:
    """Which photographs are identified at each rank; the means of the columns are the CMC curve.

    Closed-set identification: every photograph shows a known identity, and "new" takes no part in the ranking (Grother
    & Phillips 2004, "Models of large population recognition performance", CVPR; ISO/IEC 19795-1 calls the share at
    rank k the true-positive identification rate).

    Args:
        rank: (n,), of the right identity among the known ones, 1 for the best; 0 where it is not among the first `k`.
        k: the number of ranks.

    Returns:
        (n, k): in column j - 1, whether the right identity has rank j or better.

    Raises:
        ValueError: a rank is negative or above `k`, or `k` is not positive.
    """
    if k < 1 or rank.ndim != 1 or (len(rank) and not (rank.min() >= 0 and rank.max() <= k)):
        raise ValueError(f"ranks must be (n,), each from 0 to {k}, not {rank.shape}")
    return (rank[:, None] > 0) & (rank[:, None] <= np.arange(1, k + 1))
