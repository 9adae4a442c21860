"""The last check before folds are written: nothing that is scored may be learned from."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from longtail.errors import Problem, StageFailed, format_examples
from longtail.labels.dates import DATE
from longtail.labels.label_csv import UNKNOWN
from longtail.splitting.assignment import DISCOVER, LEFT_OUT, TRAIN, VALID
from longtail.splitting.by_time import is_later
from longtail.splitting.groups import days_seen
from longtail.splitting.learned import IDENTITY_LEARNED, LEARNED


def check(split: pd.DataFrame, groups: pd.DataFrame, cutoff: str = "") -> None:
    """See that the folds hold what they promise, whatever code made them.

    Args:
        split: what is about to be written (docs/reference/files.md, split).
        groups: `audit`'s table; with an ancestor as `learned.mark` gives it.
        cutoff: of a split by time, `YYYY-MM-DD`; else `""`.

    Raises:
        StageFailed: a group in two folds, an individual that is kept out and in another fold, a photograph lost or
            twice, one in conflict that is used, a group in `valid` without exactly one photograph an identity that
            stands for it; an individual's day in both folds; one from before the cut-off that is in `valid`; what an
            ancestor has learned that is scored, as itself or as an unknown. A fault of Longtail, never of the data.
    """
    image, fold, scored = split["image"], split["fold"], split["scored"].to_numpy(bool)
    train, valid, kept_out, left_out = ((fold == name).to_numpy(bool) for name in (TRAIN, VALID, DISCOVER, LEFT_OUT))
    group, groups_named = pd.factorize(split["group"])
    identity, identities = pd.factorize(split["identity"])
    numbers = np.arange(len(groups_named))
    in_folds = np.sum([np.isin(numbers, group[rows]) for rows in (train, valid, kept_out)], axis=0)
    named = (split["identity"] != UNKNOWN).to_numpy(bool)
    elsewhere = kept_out & named & np.isin(identity, identity[train | valid])
    learned = np.isin(np.arange(len(identities)), identity[train]) & (identities != UNKNOWN)
    stand = pd.Series(scored[valid]).groupby([group[valid], identity[valid]]).sum()
    in_conflict = image.isin(groups["image"][groups["conflict"]]).to_numpy(bool)
    faults: dict[str, Collection[Any]] = {
        "group in two folds": groups_named[in_folds > 1],
        "photograph in discover of an individual that is in another fold too": image[elsewhere],
        "photograph lost, added or twice": _lost(image, groups["image"]),
        "photograph with two names that is used": image[in_conflict & ~left_out],
        "group not scored by one photograph": groups_named[stand.index[stand != 1].get_level_values(0)],
        "photograph scored outside of valid": image[scored & ~valid],
        "identity called known that is not learned": image[
            valid & (split["known"].to_numpy(bool) != learned[identity])
        ],
        "photograph in no fold": image[~(train | valid | kept_out | left_out)],
    }
    if DATE in split:
        days = days_seen(split.assign(conflict=left_out))
        learned_days = set(days[train]) - {""}
        faults["photograph in valid of a day that is learned from"] = image[valid & days.isin(learned_days)]
    if cutoff:
        faults["photograph in valid from before split.cutoff"] = image[valid & ~is_later(split[DATE], cutoff)]
    if LEARNED in groups:
        learned_before, known_before = (set(groups["image"][groups[name]]) for name in (LEARNED, IDENTITY_LEARNED))
        unknown = (valid & ~split["known"].to_numpy(bool)) | kept_out
        faults["photograph measured on that the ancestor learned"] = image[
            (valid | kept_out) & image.isin(learned_before)
        ]
        faults["individual measured as unknown that the ancestor learned"] = image[unknown & image.isin(known_before)]
    problems = [
        Problem(what, "This is a fault of ours: please report it.", count=len(images), example=format_examples(images))
        for what, images in faults.items()
        if len(images)
    ]
    if problems:
        raise StageFailed(*problems)


def _lost(split: pd.Series, groups: pd.Series) -> list[str]:
    """Photographs that are not once in each."""
    if split.equals(groups) and not split.duplicated().any():  # both are written by image: mostly no more to ask
        return []
    return sorted(set(split) ^ set(groups) | set(split[split.duplicated()]))
