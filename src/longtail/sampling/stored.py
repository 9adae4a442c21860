"""File names of the planned variants. Equal pictures are stored once."""

from __future__ import annotations

from typing import Literal

import pandas as pd

Layout = Literal["distinct", "legacy_2019"]

_LEGACY_NAMES = {"red": "r", "green": "g", "blue": "b", "gaussian_blur": "bl", "unsharp_mask": "un"}


def with_file_names(rows: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    """The variants of a plan with the `name` that each is stored under.

    `distinct`: `red_NAME`, one row for all its repeats. `legacy_2019`: the names of the 2019 script, a file for every
    repeat: `0r_NAME`, `0g_`, `0b_`, `0bl_`, `0un_`, then `1r_` for the second pass.

    Args:
        rows: variants; `file` is the working copy's name.
        layout: `distinct` or `legacy_2019`.

    Returns:
        `rows` with `name`; under `legacy_2019` a row a file.
    """
    if layout == "distinct":
        return rows.assign(name=rows["variant"] + "_" + rows["file"])
    spread = rows.loc[rows.index.repeat(rows["repeats"])].assign(repeats=1)
    turn = spread.groupby(level=0).cumcount().astype("str")
    name = turn + spread["variant"].map(_LEGACY_NAMES).astype("str") + "_" + spread["file"]
    return spread.assign(name=name).reset_index(drop=True)


def drop_equal_images(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for all pictures of an identity that are equal pixel for pixel: the first, with the sum of `repeats`.

    Args:
        rows: `image`, `identity`, `variant`, `repeats`, `name`, `content` (hash of the stored file).

    Returns:
        The rows that are kept.
    """
    kept = rows.drop_duplicates(["identity", "content"]).copy()
    times = rows.groupby(["identity", "content"], sort=False)["repeats"].sum()
    kept["repeats"] = times.to_numpy().astype("int64")  # both in the order of first appearance
    return kept.reset_index(drop=True)
