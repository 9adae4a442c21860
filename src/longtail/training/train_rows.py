"""Rows of the train and the valid set: pure functions of the tables.

A row is an image of `folder` (`prepare` or `oversample`) named `file`, its `identity`, and how many `repeats` an epoch
shows it. `""` is the identity of unknowns; it is a class only where `unknown_as_class` says so.
"""

from __future__ import annotations

import logging
from typing import Literal

import pandas as pd

from longtail.artifacts import SPLIT
from longtail.errors import BadInput, Problem

_LOG = logging.getLogger(__name__)

COLUMNS = ["image", "identity", "folder", "file", "repeats"]


def train_rows(
    split: pd.DataFrame,
    labelled: pd.DataFrame,
    plan: pd.DataFrame,
    images: Literal["originals", "augmented"],
    *,
    unknown_as_class: bool,
) -> pd.DataFrame:
    """Rows of the train fold: each original once, or what `oversample` planned.

    Args:
        split: as in split.parquet.
        labelled: `prepare`'s table of labelled photographs.
        plan: as in plan.parquet.
        images: `originals` or `augmented`.
        unknown_as_class: learn "unknown" as one more identity.

    Returns:
        COLUMNS, a row an image.

    Raises:
        BadInput: fewer than two identities are left to tell apart.
    """
    if images == "augmented":
        rows = plan[COLUMNS]
    else:
        fold = split.loc[split["fold"] == "train", ["image", "identity"]]
        rows = _with_files(fold, labelled).assign(folder="prepare", repeats=1)[COLUMNS]
    if not unknown_as_class:
        rows = rows[rows["identity"] != ""]
    if rows["identity"].nunique() < 2:
        problem = f"{rows['identity'].nunique()} identities to learn from; two are the least to tell apart"
        remedy = "Are the labels right, and is `data.unknown_label`? Their train fold stands in the split."
        raise BadInput(Problem(problem, remedy, where=SPLIT))
    return rows.reset_index(drop=True)


def filter_min_groups(rows: pd.DataFrame, split: pd.DataFrame, min_groups: int) -> pd.DataFrame:
    """Rows of the identities whose class count is at least `min_groups`; the unknown class stays.

    All rows, and a line that says so, where that leaves fewer than two identities: a set whose identities were all
    seen once.

    Args:
        rows: see `train_rows`.
        split: as in split.parquet.
        min_groups: the smallest class count.

    Returns:
        The rows that are kept.
    """
    class_count = rows["image"].map(split.set_index("image")["class_count"])
    kept = rows[(rows["identity"] == "") | (class_count >= min_groups)]
    if kept["identity"].nunique() > 1:
        return kept.reset_index(drop=True)
    _LOG.info(f"train: fewer than two identities have {min_groups} groups, so that all are learned (train.min_groups)")
    return rows


def classes_of(rows: pd.DataFrame) -> list[str]:
    """The identities of `rows`, sorted: the order of the head's logits."""
    return sorted(set(rows["identity"]))


def learned_from(rows: pd.DataFrame) -> pd.DataFrame:
    """What a network has seen: each photograph whose label or pixels took part in its learning, variants included.

    Nothing in `train` is fitted on pixels alone: the network is fitted on labels, and batch normalisation and the
    learning-rate finder see the same images.

    Args:
        rows: those of the train set.

    Returns:
        By image: image, label, pixels (whether each took part).
    """
    images = pd.Series(sorted(set(rows["image"])), dtype="str")
    return pd.DataFrame({"image": images, "label": True, "pixels": True})


def valid_rows(split: pd.DataFrame, labelled: pd.DataFrame, classes: list[str]) -> pd.DataFrame:
    """The scored photographs of `valid` that show a class of the network; there may be none.

    Nothing is selected by them.

    Args:
        split: as in split.parquet.
        labelled: `prepare`'s table of labelled photographs.
        classes: identities that the network learns.

    Returns:
        COLUMNS, a row an image.
    """
    wanted = (split["fold"] == "valid") & split["scored"] & split["identity"].isin(classes) & (split["identity"] != "")
    return _with_files(split.loc[wanted, ["image", "identity"]], labelled).assign(folder="prepare", repeats=1)[COLUMNS]


def _with_files(rows: pd.DataFrame, labelled: pd.DataFrame) -> pd.DataFrame:
    readable = labelled.loc[labelled["file"] != "", ["image", "file"]]
    return rows.merge(readable, on="image", how="inner", validate="one_to_one").sort_values("image", ignore_index=True)
