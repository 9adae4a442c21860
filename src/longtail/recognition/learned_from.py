"""What the network has seen must not be what is measured: `train` wrote down the one, `split` decides on the other."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from longtail.errors import Problem, StageFailed, format_examples

_MEASURED_ON = ("valid", "discover")


def checked_split(split: Path, learned_from: Path) -> pd.DataFrame:
    """Read the folds, and see that the network learned from none that it is measured on.

    Args:
        split: split.parquet.
        learned_from: `train`'s table.

    Returns:
        The table of the folds.

    Raises:
        StageFailed: see `check`.
    """
    table = pd.read_parquet(split)
    check(pd.read_parquet(learned_from), table)
    return table


def of_scored_network(learned_from: pd.DataFrame) -> pd.Series:
    """What the scored network or an ancestor of it learned from; that of `train.fold: all` measures nothing."""
    return learned_from.loc[learned_from["label"] | learned_from["pixels"], "image"]


def check(learned_from: pd.DataFrame, split: pd.DataFrame) -> None:
    """Refuse to measure on photographs that the network learned from, or on others of their group.

    Args:
        learned_from: `train`'s table: image, label, pixels.
        split: as in split.parquet.

    Raises:
        StageFailed: a photograph of fold `valid` or `discover`, or of a group in them, or of an individual that is kept
            out, took part in learning.
    """
    seen = split["image"].isin(of_scored_network(learned_from))
    measured = split[split["fold"].isin(_MEASURED_ON)]
    kept_out = measured.loc[(measured["fold"] == "discover") & (measured["identity"] != ""), "identity"]
    leaks = split[seen & (split["group"].isin(measured["group"]) | split["identity"].isin(kept_out))]
    if leaks.empty:
        return
    folds = ", ".join(f"{count:,} in {fold}" for fold, count in leaks["fold"].value_counts().sort_index().items())
    what = f"photograph that is measured on and that the network learned from ({folds})"
    remedy = "Nothing was measured. Train again on these folds: make run; if it comes back, please report it."
    raise StageFailed(Problem(what, remedy, count=len(leaks), example=format_examples(list(leaks["image"]))))
