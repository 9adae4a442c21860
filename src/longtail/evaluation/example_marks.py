"""`marks.parquet`: the marks that each scored photograph shares with the one behind its best candidate, to be drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from longtail.recognition.local_matching import keypoint_table
from longtail.recognition.local_matching.common_marks import Sharing
from longtail.recognition.local_matching.shared_marks import shared_marks
from longtail.recognition.local_matching.supporting import ByMarks

_COLUMNS = {"image": "str", "other": "str", "marks": "int64", "common": "int64", "weight": "float64"}
_PLACES = ("x", "y", "other_x", "other_y")


class PhotographMarks(NamedTuple):
    """The marks of one scored photograph."""

    by_marks: ByMarks | None = None  # None: they are not used
    sharing: Sharing | None = None  # of each keypoint, how many candidates it matches; None: there are no keypoints


def marks_table(predictions: pd.DataFrame, keypoints: Path, marked: Sequence[PhotographMarks]) -> pd.DataFrame:
    """Where the marks lie on both photographs, of each pair at most `shared_marks.MOST`.

    Args:
        predictions: `predictions.parquet`: `image`, and `nearest`, empty where there is none.
        keypoints: folder of the labelled photographs' keypoints.
        marked: of each row, what the marks of `image` say.

    Returns:
        A row a mark that is drawn: both photographs, how many marks they share in all, how many of these other
        candidates share, what this one counts, and its positions from 0 to 1; without keypoints no row.
    """
    table = keypoint_table.read(keypoints)

    def rows() -> Iterator[tuple[str | int | float, ...]]:
        pairs = predictions[["image", "nearest"]].itertuples(index=False)
        for (image, other), own_marks in zip(pairs, marked, strict=True):
            if not isinstance(other, str):
                continue
            shared = shared_marks(table.of(image), table.of(other), own_marks.sharing)
            for weight, own, theirs in zip(shared.weights, shared.first, shared.second, strict=True):
                yield (image, other, shared.total, shared.common, weight, *own, *theirs)

    computed = [] if table.settings.method == "none" else list(rows())
    return pd.DataFrame(computed, columns=[*_COLUMNS, *_PLACES]).astype(_COLUMNS | dict.fromkeys(_PLACES, "float64"))
