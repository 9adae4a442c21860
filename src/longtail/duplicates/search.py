"""Search for near duplicates: the pairs of photographs, of one table or of several, that show one picture."""

from __future__ import annotations

import numpy as np
import pandas as pd

from longtail.duplicates.verify import find_alike, little_detail


def near_pairs(*tables: pd.DataFrame, max_distance: int, min_similarity: float) -> pd.DataFrame:
    """Pairs of file contents that show one picture: `alike_pairs` without the pairs that do not.

    Args:
        *tables: see `alike_pairs`.
        max_distance: see `verify.find_alike`.
        min_similarity: see `verify.find_alike`.

    Returns:
        first, second (md5, first < second), difference, similarity.
    """
    pairs = alike_pairs(*tables, max_distance=max_distance, min_similarity=min_similarity)
    return pairs[pairs["same"]].drop(columns="same").reset_index(drop=True)


def alike_pairs(*tables: pd.DataFrame, max_distance: int, min_similarity: float) -> pd.DataFrame:
    """Pairs of file contents that are alike.

    Args:
        *tables: of readable photographs: md5, dhash (uint64), thumb (grey, row by row).
        max_distance: see `verify.find_alike`.
        min_similarity: see `verify.find_alike`.

    Returns:
        first, second (md5, first < second), difference, similarity, same. Those with `same` show one picture; the
        others may or may not: their detail is too little to say.
    """
    every = pd.concat([table[["md5", "dhash", "thumb"]] for table in tables])
    distinct = every.drop_duplicates("md5").sort_values("md5", ignore_index=True)
    thumbs = np.frombuffer(b"".join(distinct["thumb"]), np.uint8).reshape(len(distinct), -1)
    pairs = find_alike(distinct["dhash"].to_numpy(np.uint64), thumbs, max_distance, min_similarity)
    md5 = distinct["md5"].to_numpy()
    both = {"first": md5[pairs.first], "second": md5[pairs.second]}
    return pd.DataFrame({**both, **{name: getattr(pairs, name) for name in ("difference", "similarity", "same")}})


def without_detail(photographs: pd.DataFrame) -> list[str]:
    """The images with so little detail that the pixels can hardly say what shows the same (see `evidence`).

    Args:
        photographs: readable ones: image, thumb.

    Returns:
        Names of images.
    """
    thumbs = np.frombuffer(b"".join(photographs["thumb"]), np.uint8).reshape(len(photographs), -1)
    return photographs.loc[little_detail(thumbs), "image"].tolist()
