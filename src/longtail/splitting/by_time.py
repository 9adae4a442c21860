"""The split by time: learn from what was photographed before a day, score what came after.

What a retraining is asked about are later photographs. A random split scores photographs of days between those that
were learned from, which are easier: Adam et al. 2024, "SeaTurtleID2022: A long-span dataset for reliable sea turtle
re-identification", WACV.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longtail.labels.dates import DATE, UNDATED
from longtail.splitting.assignment import fold_table
from longtail.splitting.kept_out import kept_out_groups
from longtail.splitting.learned import keep_in_train


def assign_by_time(groups: pd.DataFrame, cutoff: str, seed: int = 0, discover: float = 0.0) -> pd.DataFrame:
    """The folds by time.

    A group is in `valid` if all its photographs were taken on the day of the cut-off or later. An undated one may be
    older, and is learned from with its whole group. An individual of which all groups are in `valid` is scored as
    unknown, as it would be when it first turns up. Of a group its earliest photograph is scored. So photographs that
    are added later change no fold, and no choice of what is scored, as long as they join no two groups. What an
    ancestor has learned is learned from again, of whatever day (`learned.keep_in_train`).

    Args:
        groups: `audit`'s table: image, identity, group, conflict, date; with an ancestor as `learned.mark` gives it.
        cutoff: `YYYY-MM-DD`.
        seed: of the draw of those that are kept out.
        discover: share of the individuals with two groups or more that is kept out, of whatever day.

    Returns:
        One row a photograph, by image, with the columns of split.parquet (docs/reference/files.md).
    """
    table = groups.sort_values("image", ignore_index=True)
    group, names = pd.factorize(table["group"])
    held_back = ~is_later(table[DATE], cutoff)
    learned = np.bincount(group, weights=held_back, minlength=len(names)) > 0
    return fold_table(table, keep_in_train(table, ~learned), kept_out_groups(table, seed, discover), by=[DATE, "image"])


def is_later(days: pd.Series, cutoff: str) -> NDArray[np.bool_]:
    """Whether a photograph is known to be of the cut-off's day or later.

    Args:
        days: `YYYY-MM-DD` or UNDATED.
        cutoff: `YYYY-MM-DD`.

    Returns:
        (n,) booleans.
    """
    return np.asarray((days != UNDATED) & (days >= cutoff), bool)


def facts_of(split: pd.DataFrame, cutoff: str) -> dict[str, Any]:
    """What the summary says of a split by time.

    Args:
        split: as from `assign_by_time`.
        cutoff: `YYYY-MM-DD`.

    Returns:
        The cut-off; `undated` photographs that are learned from since nobody knows their day; `learned_later`: those
        that are learned from although they came later, since their group began before.
    """
    train = split[split["fold"] == "train"]
    return {
        "cutoff": cutoff,
        "undated": int((train[DATE] == UNDATED).sum()),
        "learned_later": int(is_later(train[DATE], cutoff).sum()),
    }
