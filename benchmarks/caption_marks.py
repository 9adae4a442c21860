"""How often the marks behind a best candidate lie in the bottom strip of both photographs, where captions stand.

    python -m benchmarks.caption_marks --run FOLDER

In a folder whose flow has run as far as `evaluate`, with keypoints. Counted are scored photographs whose supporting
photograph shares at least eight marks with them. Letters match like marks of an animal, and say nothing about it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from benchmarks.measuring import keep

STRIP = 0.18
"""Share of the height, from the bottom."""
MOST_OF = 0.8
"""Share of the drawn marks that lie there."""
LEAST = 8
"""Marks that two photographs share."""


def main(argv: Sequence[str] | None = None) -> None:
    """Count, and keep a row for each kind of support."""
    parser = argparse.ArgumentParser(prog="benchmarks.caption_marks", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--run", type=Path, default=Path(), help="where `evaluate` has run (here)")
    artifacts = parser.parse_args(argv).run / "artifacts"
    marks = pd.read_parquet(artifacts / "evaluate/marks.parquet")
    predictions = pd.read_parquet(artifacts / "evaluate/predictions.parquet")
    split = pd.read_parquet(artifacts / "split/split.parquet")
    keep("caption_marks", counts(marks, predictions, split))


def counts(marks: pd.DataFrame, predictions: pd.DataFrame, split: pd.DataFrame) -> list[dict[str, object]]:
    """Scored photographs by where their marks lie, and how often the supporting photograph shows the same individual.

    Args:
        marks: `marks.parquet`.
        predictions: `predictions.parquet`.
        split: `split.parquet`.

    Returns:
        A row for marks in the bottom strip, and one for all others.
    """
    in_strip = (marks["y"] > 1 - STRIP) & (marks["other_y"] > 1 - STRIP)
    pairs = marks.assign(in_strip=in_strip).groupby("image").agg(
        other=("other", "first"), marks=("marks", "first"), in_strip=("in_strip", "mean")
    )  # fmt: skip
    pairs = pairs[pairs["marks"] >= LEAST].join(predictions.set_index("image")["known"])
    identity = split.set_index("image")["identity"]
    same = identity.reindex(pairs.index).to_numpy() == identity.reindex(pairs["other"]).to_numpy()
    pairs["same"] = same & pairs["known"].to_numpy(bool)
    caption = pairs["in_strip"] >= MOST_OF
    return [
        {"marks": name, "photographs": len(own), "same_individual": int(own["same"].sum()), "scored": len(predictions)}
        for name, own in (("in the bottom strip", pairs[caption]), ("elsewhere", pairs[~caption]))
    ]


if __name__ == "__main__":
    main()
