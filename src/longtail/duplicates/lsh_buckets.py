"""Places of an array that hold the same value: candidates without comparing all with all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

_AT_ONCE = 100_000  # pairs in a block: they stay in the processor's cache


def pairs_with_equal_keys(keys: NDArray[Any]) -> Iterator[tuple[IntArray, IntArray]]:
    """Blocks of all pairs of places of `keys` (n,) that hold the same value, each pair once, in no order."""
    kept = np.flatnonzero(_may_share(keys))
    order = kept[np.argsort(keys[kept])]
    values = keys[order]
    ends = np.searchsorted(values, values, side="right")
    partners = ends - np.arange(len(values)) - 1  # how many equal ones come after each place
    reach = partners.cumsum()
    start = 0
    while start < len(values):
        stop = max(start + 1, int(np.searchsorted(reach, reach[start] - partners[start] + _AT_ONCE, side="right")))
        many = partners[start:stop]
        if many.any():
            first = np.repeat(np.arange(start, stop), many)
            step = np.arange(len(first)) - np.repeat(many.cumsum() - many, many)
            yield order[first], order[first + 1 + step]
        start = stop


def _may_share(keys: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of the keys (n,), unsigned whole numbers, may be there twice: sorting the others would find nothing."""
    low = (keys & keys.dtype.type((4 << len(keys).bit_length()) - 1)).astype(np.int64)
    shared: NDArray[np.bool_] = (np.bincount(low) > 1)[low] if len(low) else np.zeros(0, bool)
    return shared
