"""Rows of the train and the valid set: pure functions of the tables.

A row is an image of `folder` (`prepare` or `oversample`) named `file`, its `identity`, and how many `repeats` an epoch
shows it. `""` is the identity of unknowns; it is a class only where `unknown_as_class` says so.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Literal

import pandas as pd

from longtail.artifacts import SPLIT
from longtail.errors import BadInput, Problem

_LOG = logging.getLogger(__name__)

COLUMNS = ["image", "identity", "folder", "file", "repeats"]
TRAIN_FOLD = ("train",)
EVERY_FOLD = ("train", "valid", "discover")
"""What `train.fold: all` learns from: all but the photographs whose labels contradict each other."""


def train_rows(
    split: pd.DataFrame,
    labelled: pd.DataFrame,
    plan: pd.DataFrame,
    images: Literal["originals", "augmented"],
    *,
    unknown_as_class: bool,
    folds: Sequence[str] = TRAIN_FOLD,
) -> pd.DataFrame:
    """Rows of some folds: each original once, or what `oversample` planned.

    `oversample` plans the train fold alone. Each original of another fold is added to the plan once.

    Args:
        split: as in split.parquet.
        labelled: `prepare`'s table of labelled photographs.
        plan: as in plan.parquet.
        images: `originals` or `augmented`.
        unknown_as_class: learn "unknown" as one more identity.
        folds: TRAIN_FOLD or EVERY_FOLD.

    Returns:
        COLUMNS, a row an image.

    Raises:
        BadInput: fewer than two identities are left to tell apart.
    """
    if images == "originals":
        rows = _originals(split, labelled, folds)
    elif others := [fold for fold in folds if fold not in TRAIN_FOLD]:
        rows = pd.concat([plan[COLUMNS], _originals(split, labelled, others)], ignore_index=True)
    else:
        rows = plan[COLUMNS]
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


def with_counts_of(split: pd.DataFrame, folds: Sequence[str]) -> pd.DataFrame:
    """`split` with the class counts of other folds than the train fold.

    Args:
        split: as in split.parquet.
        folds: whose groups count.

    Returns:
        The same rows; `class_count` is the number of groups of the identity in `folds`, 0 for unknowns.
    """
    named = split[split["fold"].isin(folds) & (split["identity"] != "")]
    counts = named.groupby("identity")["group"].nunique()
    return split.assign(class_count=split["identity"].map(counts).fillna(0).astype("int64"))


def learned_from(
    rows: pd.DataFrame,
    labelled: pd.DataFrame,
    all_folds: pd.DataFrame | None = None,
    before: pd.DataFrame | None = None,
    whitened: Iterable[str] = (),
) -> pd.DataFrame:
    """What the networks have seen: each photograph whose label or pixels took part in learning, variants included.

    Only the whitening of a pretrained network is fitted on pixels alone: a trained network is fitted on labels, and
    batch normalisation and the learning-rate finder see the same images. What an ancestor has learned stays in the
    table for good, whether it is learned again or not: a photograph may stand there twice, with other bytes or under
    another identity.

    Args:
        rows: those of the train set of the scored network.
        labelled: `prepare`'s table of labelled photographs: image, md5.
        all_folds: those of the network of all folds; None where there is none.
        before: this table of the ancestor that both networks went on from; None from scratch.
        whitened: photographs that the pretrained network beside them was whitened with (`train.pretrained_beside`).

    Returns:
        By image, identity and md5: image, label, pixels (whether each took part in what the scored network learned),
        identity, md5 (as it was learned), inherited (whether only an ancestor has learned it so), and with a network of
        all folds `all_folds` (whether that one learned from it).
    """
    key = ["image", "identity", "md5"]
    md5 = labelled.set_index("image")["md5"]

    def learned(rows: pd.DataFrame, **columns: bool) -> pd.DataFrame:
        table = rows[["image", "identity"]].drop_duplicates()
        table["md5"] = table["image"].map(md5).fillna("")
        return table.assign(label=False, pixels=False, own=False, all_folds=False).assign(**columns)

    parts = [learned(rows, label=True, pixels=True, own=True)]
    if all_folds is not None:
        parts.append(learned(all_folds, all_folds=True))
    if alone := sorted({*whitened} - {*rows["image"]}):
        names = {} if all_folds is None else dict(zip(all_folds["image"], all_folds["identity"], strict=True))
        pixels = pd.DataFrame({"image": alone, "identity": [names.get(image, "") for image in alone]})
        parts.append(learned(pixels, pixels=True, own=True))
    if before is not None:
        seen = before.loc[before["label"] | before["pixels"], [*key, "label", "pixels"]]
        parts.append(seen.assign(own=False, all_folds=True))
    table = pd.concat([part.astype(dict.fromkeys(key, "str")) for part in parts], ignore_index=True)
    table = table.groupby(key, as_index=False, sort=True).any()
    table["inherited"] = (table["label"] | table["pixels"]) & ~table["own"]
    both = ["all_folds"] if all_folds is not None else []
    return table[["image", "label", "pixels", "identity", "md5", "inherited", *both]]


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
    return readable(split.loc[wanted, ["image", "identity"]], labelled).assign(folder="prepare", repeats=1)[COLUMNS]


def _originals(split: pd.DataFrame, labelled: pd.DataFrame, folds: Sequence[str]) -> pd.DataFrame:
    rows = split.loc[split["fold"].isin(folds), ["image", "identity"]]
    return readable(rows, labelled).assign(folder="prepare", repeats=1)[COLUMNS]


def readable(rows: pd.DataFrame, labelled: pd.DataFrame) -> pd.DataFrame:
    """The rows whose photographs could be opened, with their working copies.

    Args:
        rows: image, and other columns.
        labelled: `prepare`'s table of labelled photographs.

    Returns:
        `rows` with `file`, by image.
    """
    files = labelled.loc[labelled["file"] != "", ["image", "file"]]
    return rows.merge(files, on="image", how="inner", validate="one_to_one").sort_values("image", ignore_index=True)
