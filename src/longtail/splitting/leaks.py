"""The last look before folds are written: nothing that is scored may be learned from."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd

from longtail.errors import Problem, StageFailed, some
from longtail.splitting.assignment import LEFT_OUT, TRAIN, VALID


def check(split: pd.DataFrame, groups: pd.DataFrame) -> None:
    """See that the folds hold what they promise, whatever code made them.

    Args:
        split: what is about to be written (docs/tables.md, split).
        groups: `audit`'s table.

    Raises:
        StageFailed: a group in both folds, a photograph lost or twice, one in conflict that is used, a group in `valid`
            without exactly one photograph an identity that stands for it. A fault of Longtail, never of the data.
    """
    used = split[split["fold"] != LEFT_OUT]
    folds = used.groupby("group")["fold"].nunique()
    valid = split[split["fold"] == VALID]
    stand = valid.groupby(["group", "identity"])["scored"].sum()
    learned = set(split.loc[split["fold"] == TRAIN, "identity"]) - {""}
    faults: dict[str, Collection[Any]] = {
        "group in both folds": folds.index[folds > 1],
        "photograph lost, added or twice": sorted(
            set(split["image"]) ^ set(groups["image"]) | set(split["image"][split["image"].duplicated()])
        ),
        "photograph with two names that is used": used["image"][
            used["image"].isin(groups["image"][groups["conflict"]])
        ],
        "group not scored by one photograph": stand.index[stand != 1].get_level_values("group"),
        "photograph scored outside of valid": split["image"][split["scored"] & (split["fold"] != VALID)],
        "identity called known that is not learned": valid["image"][valid["known"] != valid["identity"].isin(learned)],
        "photograph in no fold": split["image"][~split["fold"].isin([TRAIN, VALID, LEFT_OUT])],
    }
    problems = [
        Problem(what, "This is a fault of ours: please report it.", count=len(found), example=some(found))
        for what, found in faults.items()
        if len(found)
    ]
    if problems:
        raise StageFailed(*problems)
