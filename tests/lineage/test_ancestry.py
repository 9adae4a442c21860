"""How a network goes back to the first, and what a warm training had to learn."""

from __future__ import annotations

import pandas as pd

from longtail.ancestor import COLUMNS
from longtail.lineage.ancestry import count_photographs, in_words


def table(*rows: tuple[str, str, str, bool]) -> pd.DataFrame:
    """learned_from.parquet of (image, md5, identity, inherited)."""
    frame = pd.DataFrame(rows, columns=["image", "md5", "identity", "inherited"]).assign(label=True, pixels=True)
    return frame[list(COLUMNS)]


def test_a_photograph_is_new_changed_relabelled_or_replayed() -> None:
    before = table(
        ("same.jpg", "1", "moby", False),
        ("cropped.jpg", "2", "moby", False),
        ("renamed.jpg", "3", "moby", False),
        ("of_earlier.jpg", "4", "moby", True),
    )
    after = table(
        ("same.jpg", "1", "moby", False),
        ("cropped.jpg", "22", "moby", False),
        ("cropped.jpg", "2", "moby", True),
        ("renamed.jpg", "3", "ishmael", False),
        ("renamed.jpg", "3", "moby", True),
        ("of_earlier.jpg", "4", "moby", True),
        ("new.jpg", "5", "queequeg", False),
    )
    assert count_photographs(before, after) == {"new": 1, "changed": 1, "relabelled": 1, "replayed": 1}


def test_an_older_receipt_says_nothing_of_its_start() -> None:
    assert in_words({}) == ""
    assert in_words({"start": "scratch"}) == "began from scratch"
