"""Which photographs are measured on, and which are grouped: tables of rows among the embeddings."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from longtail.recognition.clustering.operating_point import UNJUDGED
from longtail.recognition.embeddings import Ints
from longtail.recognition.eval_set import row_index

NEW_FIRST = 1
"""Rank at which a test photograph is called new."""


def measured(split: pd.DataFrame, index: pd.DataFrame, learned: Collection[str]) -> pd.DataFrame:
    """The photographs to measure on, none of which shows an individual that anything has learned from.

    Those that are kept out are to be found again. What else nobody has learned from distracts: individuals of `valid`
    that the train fold does not know, and photographs labelled unknown. Of a group one photograph stands for each
    individual, the first by name.

    Args:
        split: as in split.parquet.
        index: of the embeddings of the labelled photographs.
        learned: images that the network learned from.

    Returns:
        By image: image, identity, group, row (of the embedding), individual (its number, or UNJUDGED), cluster (what
        the halves and the bootstrap keep together), distracts (whether it is not of one that is kept out).
    """
    named = split["identity"] != ""
    kept_out = named & (split["fold"] == "discover")
    new = named & (split["fold"] == "valid") & (split["class_count"] == 0)
    unknown = ~named & (split["fold"] != "left_out")
    table = split[kept_out | new | unknown].assign(distracts=~kept_out)
    table = table.assign(row=row_index(table["image"], index))
    table = table[(table["row"] >= 0) & ~table["image"].isin(set(learned))].sort_values("image")
    table = table.drop_duplicates(["group", "identity"]).reset_index(drop=True)
    number, _ = pd.factorize(table["identity"], sort=True)
    has_name = table["identity"] != ""
    return table.assign(
        individual=np.where(has_name, number, UNJUDGED),
        cluster=table["identity"].where(has_name, "group " + table["group"]),
    )[["image", "identity", "group", "row", "individual", "cluster", "distracts"]]


def to_group(
    split: pd.DataFrame, candidates: pd.DataFrame, prepared: dict[str, pd.DataFrame], indices: dict[str, pd.DataFrame]
) -> pd.DataFrame:
    """The photographs of none of the known: labelled unknown, and test photographs that were called new.

    Args:
        split: as in split.parquet.
        candidates: `predict`'s, best first.
        prepared: {part: `prepare`'s table} of `labelled` and `test`: image, md5.
        indices: {part: index of the embeddings}.

    Returns:
        A row a photograph, equal bytes once: part, image, md5, row (of its part's embeddings), unit (what counts as one
        photograph: a group, or a test photograph).
    """
    unknown = split[(split["identity"] == "") & (split["fold"] != "left_out")]
    labelled = unknown[["image", "group"]].assign(part="labelled")
    first = candidates[(candidates["rank"] == NEW_FIRST) & (candidates["identity"] == "")]
    group_of = dict(zip(split["image"], split["group"], strict=True))
    copies = first["match"].map(group_of) if len(first) else first["match"]
    test = pd.DataFrame({"image": first["image"], "group": copies, "part": "test"})
    rows = pd.concat([part_rows for part_rows in (labelled, test) if len(part_rows)] or [labelled], ignore_index=True)
    row_of = {part: dict(zip(index["image"], range(len(index)), strict=True)) for part, index in indices.items()}
    md5_of = {part: dict(zip(table["image"], table["md5"], strict=True)) for part, table in prepared.items()}
    named = list(zip(rows["part"], rows["image"], strict=True))
    rows["row"] = np.array([row_of[part].get(image, -1) for part, image in named], np.int64)
    rows["md5"] = pd.Series([md5_of[part].get(image, "") for part, image in named], dtype="str")
    rows["unit"] = rows["group"].where(rows["group"].notna(), "test " + rows["md5"])
    rows = rows[rows["row"] >= 0].drop_duplicates("md5").sort_values(["part", "image"], ignore_index=True)
    return rows[["part", "image", "md5", "row", "unit"]]


def halves(table: pd.DataFrame, seed: int) -> Ints:
    """The half of each photograph, (n,): whole individuals, as many that are kept out in the one as in the other.

    Args:
        table: as from `measured`.
        seed: of the draw.

    Returns:
        0 or 1.
    """
    from longtail.recognition.open_set.cross_fit import assign_halves

    return assign_halves(table["cluster"].tolist(), table["distracts"].to_numpy(bool), seed).astype(np.int64)
