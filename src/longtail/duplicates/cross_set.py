"""Test photographs that are copies of labelled ones."""

from __future__ import annotations

import pandas as pd

COLUMNS = ("image", "match", "kind", "distance")
"""Columns of test_matches.parquet."""


def matches(test: pd.DataFrame, photographs: pd.DataFrame, near: pd.DataFrame) -> pd.DataFrame:
    """The labelled photographs that each test photograph is a copy of: one an identity, the best first, by image.

    Nearly always it is one. Where labels disagree about the picture each name has its row, so that the conflict shows.
    Of several the one with equal bytes is best, then one whose names do not conflict, then the nearest, then the first
    by name.

    Args:
        test: readable test photographs: image, md5.
        photographs: the labelled ones: image, md5, identity, conflict.
        near: first, second (md5), difference: pairs verified by their pixels.

    Returns:
        COLUMNS, a row a pair.
    """
    mirrored = near.rename(columns={"first": "second", "second": "first"})
    exact = pd.DataFrame({"first": test["md5"].unique()})
    exact = exact.assign(second=exact["first"], difference=0.0, kind="exact")
    pairs = pd.concat([exact, near.assign(kind="near"), mirrored.assign(kind="near")])
    best = (
        test[["image", "md5"]]
        .merge(pairs, left_on="md5", right_on="first")
        .merge(
            photographs[["image", "md5", "identity", "conflict"]].rename(columns={"image": "match"}),
            left_on="second",
            right_on="md5",
        )
        .sort_values(["image", "kind", "conflict", "difference", "match"])  # "exact" before "near"
        .drop_duplicates(["image", "identity"])
        .rename(columns={"difference": "distance"})
    )
    return best[list(COLUMNS)].astype({"distance": "float64"}).reset_index(drop=True)
