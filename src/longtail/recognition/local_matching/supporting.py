"""The labelled photograph that supports a candidate: what people see beside the query.

Where marks are compared it is the one that shares most of them, common ones counted less; where none match, and where
marks are not compared, the most similar one by embedding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from longtail.recognition.embeddings import Ints


class Support(NamedTuple):
    """The labelled photograph behind a candidate."""

    image: str | None  # None: the candidate has none that may be compared
    marks: float | None = None  # that it shares with the query (`count_marks`); None: marks are not compared


ByMarks = Mapping[int, Support]
"""Of one query, {number of an identity: the photograph that shares most marks}, where any match."""


def supports(
    identities: Ints, rows: Ints, images: Sequence[str], by_marks: Sequence[ByMarks | None] | None = None
) -> list[list[Support]]:
    """The photograph behind each candidate.

    Args:
        identities: (n, k), the candidates of n queries.
        rows: (n, k), the most similar labelled photograph of each by embedding; negative where there is none.
        images: names of the labelled photographs.
        by_marks: n times what the marks say, None where they are not compared; None: for no query.

    Returns:
        (n, k).
    """
    chosen = []
    for one, known in zip(range(len(identities)), by_marks or [None] * len(identities), strict=True):
        candidates = zip(identities[one].tolist(), rows[one].tolist(), strict=True)
        similar = [(identity, images[row] if row >= 0 else None) for identity, row in candidates]
        if known is None:
            chosen.append([Support(image) for _, image in similar])
        else:
            chosen.append([known.get(identity, Support(image, 0.0)) for identity, image in similar])
    return chosen
