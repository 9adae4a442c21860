"""Marks in the bottom strip of both photographs are told apart from others."""

from __future__ import annotations

import pandas as pd

from benchmarks import caption_marks


def test_only_pairs_with_most_marks_in_both_strips_are_captions() -> None:
    heights = {"a": (0.9, 0.9), "b": (0.9, 0.5), "c": (0.5, 0.5), "d": (0.9, 0.9)}  # d: too few marks
    marks = pd.DataFrame(
        [(image, f"{image}2", 3 if image == "d" else 9, *y) for image, y in heights.items() for _ in range(5)],
        columns=["image", "other", "marks", "y", "other_y"],
    )
    predictions = pd.DataFrame({"image": list("abcd"), "known": [True, True, False, True]})
    identities = {"a": "w", "a2": "v", "b": "w", "b2": "w", "c": "u", "c2": "u", "d": "w", "d2": "w"}
    split = pd.DataFrame({"image": list(identities), "identity": list(identities.values())})
    assert caption_marks.counts(marks, predictions, split) == [
        {"marks": "in the bottom strip", "photographs": 1, "same_individual": 0, "scored": 4},
        {"marks": "elsewhere", "photographs": 2, "same_individual": 1, "scored": 4},
    ]
