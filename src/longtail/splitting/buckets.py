"""Which places of an array hold the same value: what puts alike things side by side without comparing all with all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

_AT_ONCE = 2_000_000  # pairs in a block


def sharing(keys: NDArray[Any]) -> Iterator[tuple[IntArray, IntArray]]:
    """Blocks of all pairs of places of `keys` (n,) that hold the same value, each pair once, in no order."""
    order = np.argsort(keys, kind="stable")
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
