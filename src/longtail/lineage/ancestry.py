"""From a network back to the one that its training went on from, and so on to the first, which began from scratch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longtail.ancestor import SCRATCH
from longtail.errors import counted
from longtail.publishing.receipt import Receipt

COUNTS = ("new", "changed", "relabelled", "replayed")
"""What a receipt has of a warm start, in photographs."""
_KEY = ("image", "md5", "identity")


def receipts_back(receipts: Mapping[str, Receipt], receipt: Receipt) -> list[str]:
    """The receipts of the networks that a publication's network goes back to.

    Args:
        receipts: the register.
        receipt: the publication's; its own network is not counted.

    Returns:
        File names, the nearest first, the network that was trained from scratch last. One that the register has lost
        ends them.
    """
    names: list[str] = []
    following = _parent(receipt)
    while following and following not in names:
        names.append(following)
        following = _parent(receipts[following]) if following in receipts else ""
    return names


def in_words(start: Mapping[str, Any]) -> str:
    """What a training began with, as a sentence without its subject.

    Args:
        start: `start` of a receipt.

    Returns:
        Words; `""` for a receipt of a version that always began from scratch.
    """
    if not start:
        return ""
    why = f": {start['why']}" if start.get("why") else ""
    if start["start"] == SCRATCH:
        return f"began from scratch{why}"
    counts = [f"{start[name]:,} {name}" for name in COUNTS if name in start]
    photographs = f"; photographs: {', '.join(counts)}" if counts else ""
    which = f"{counted(start['warm_runs'], 'warm training')} since one from scratch"
    return f"went on from the network of {start['receipt']} ({which}{photographs}){why}"


def count_photographs(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, int]:
    """How many photographs a training learned that its ancestor did not know so, and how many it knew already.

    Args:
        before: learned_from.parquet of the ancestor.
        after: that of the training.

    Returns:
        COUNTS: photographs that the ancestor did not know by name; with other bytes; under another identity; and those
        that it knew as they are, of which each epoch replays a share.
    """
    own = after[after["label"] & ~after["inherited"]]
    known = before[before["label"] | before["pixels"]]
    is_named, has_bytes, is_same = (_among(own, known, list(_KEY[:number])) for number in (1, 2, 3))
    kinds = (~is_named, is_named & ~has_bytes, has_bytes & ~is_same, is_same)
    return {name: int(own.loc[rows, "image"].nunique()) for name, rows in zip(COUNTS, kinds, strict=True)}


def _among(table: pd.DataFrame, known: pd.DataFrame, columns: list[str]) -> NDArray[np.bool_]:
    """Which rows stand in another table too, by these columns."""
    rows = pd.MultiIndex.from_frame(table[columns])
    return np.asarray(rows.isin(pd.MultiIndex.from_frame(known[columns])), bool)


def _parent(receipt: Receipt) -> str:
    return str(receipt.start.get("receipt", ""))
