"""`marks.parquet`: the marks that each scored photograph shares with the one behind its best candidate, to be drawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from longtail.recognition.local_matching import keypoint_table
from longtail.recognition.local_matching.shared_marks import shared_marks

_COLUMNS = {"image": "str", "other": "str", "marks": "int64"}
_PLACES = ("x", "y", "other_x", "other_y")


def marks_table(predictions: pd.DataFrame, keypoints: Path) -> pd.DataFrame:
    """Where the marks lie on both photographs, of each pair at most `shared_marks.MOST`.

    Args:
        predictions: `predictions.parquet`: `image`, and `nearest`, empty where there is none.
        keypoints: folder of the labelled photographs' keypoints.

    Returns:
        A row a mark that is drawn: both photographs, how many marks they share in all, and its positions from 0 to 1;
        without keypoints no row.
    """
    table = keypoint_table.read(keypoints)

    def rows() -> Iterator[tuple[str | int | float, ...]]:
        pairs = predictions.loc[predictions["nearest"].notna(), ["image", "nearest"]]
        for image, other in pairs.itertuples(index=False):
            shared = shared_marks(table.of(image), table.of(other))
            for own, theirs in zip(shared.first, shared.second, strict=True):
                yield (image, other, shared.total, *own, *theirs)

    computed = [] if table.settings.method == "none" else list(rows())
    return pd.DataFrame(computed, columns=[*_COLUMNS, *_PLACES]).astype(_COLUMNS | dict.fromkeys(_PLACES, "float64"))
