"""Class counts: how often each identity was photographed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from longtail.labels.label_csv import UNKNOWN


def class_counts(labels: pd.Series) -> pd.Series:
    """{identity: photographs}, most photographed first, equal counts by name; unknowns are not an identity.

    Args:
        labels: one label a photograph, UNKNOWN where it is none of the known.

    Returns:
        Indexed by identity.
    """
    counted = labels[labels != UNKNOWN].value_counts().rename_axis("identity").rename("photographs")
    return (
        counted.reset_index()
        .sort_values(["photographs", "identity"], ascending=[False, True], ignore_index=True)[
            ["identity", "photographs"]
        ]
        .set_index("identity")["photographs"]
    )


def histogram(counts: pd.Series) -> dict[int, int]:
    """{photographs of an identity: identities with that many}, rising."""
    sizes = counts.value_counts().sort_index()
    return dict(zip(sizes.index.tolist(), sizes.tolist(), strict=True))


def label_statistics(labels: pd.Series) -> dict[str, Any]:
    """What `verdict.json` says of the label table, whether or not something is wrong with it.

    `identities` and `class_counts` leave the unknown label out; `class_counts` has text keys, since JSON has no others.

    Returns:
        Plain values that JSON can hold.
    """
    counts = class_counts(labels)
    sizes = histogram(counts)
    return {
        "photographs": len(labels),
        "identities": len(counts),
        "unknown": int((labels == UNKNOWN).sum()),
        "seen_once": sizes.get(1, 0),
        "largest": int(counts.max()) if len(counts) else 0,
        "class_counts": {str(size): number for size, number in sizes.items()},
    }
