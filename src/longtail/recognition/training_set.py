"""What the refitted scorers learn from: photographs of named identities and their filtered copies, with embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from longtail.errors import BadInput, Problem
from longtail.recognition.balancing.strategies import Pool
from longtail.recognition.embeddings import Floats, Ints, Views, has_mirrored, join, read
from longtail.recognition.eval_set import learned_from, numbers_of
from longtail.recognition.top_k import Gallery, supporters


@dataclass(frozen=True)
class Material:
    """What can be learned from, with its embeddings (normalised): photographs first, then filtered copies."""

    pool: Pool
    views: Views
    identities: Sequence[str]  # sorted; scores have a column for each
    numbers: Ints  # identity of each row, counted into `identities`
    mirrored_copies: bool  # whether the mirror images of the filtered copies were embedded
    lengths: Floats  # (n,), of the photographs' own embeddings before they were normalised

    @property
    def copies_left_out(self) -> bool:
        """Whether the comparison must do without the filtered copies: every scorer looks at mirror images too."""
        return not self.mirrored_copies and len(self.pool.copies) > 0

    @property
    def photographs(self) -> Gallery:
        """The photographs alone: what candidates are shown with."""
        count = len(self.pool.photographs)
        return Gallery(self.views[:count], self.numbers[:count])


def made_ready(pool: Pool, views: Views, *, mirrored_copies: bool) -> Material:
    """The pool's rows with their embeddings, made ready; its identities are those of the photographs."""
    identities = sorted(set(pool.photographs["identity"]))
    numbers = numbers_of(pool.identities(), identities)
    lengths = np.linalg.norm(views.plain, axis=1)
    return Material(pool, views.normalised(), identities, numbers, mirrored_copies, lengths)


def gather(
    labelled: tuple[pd.DataFrame, Views],
    augmented: Path,
    split: pd.DataFrame,
    copies: pd.DataFrame,
    folds: Sequence[str],
) -> Material:
    """The material of `folds`, out of `embed`'s labelled part (index, embeddings) and its folder `augmented`.

    Raises BadInput where no named photograph is left to learn from.
    """
    index, views = labelled
    photographs = learned_from(split, index, folds)
    if photographs.empty:
        remedy = "Are the labels right, and is `data.unknown_label`? Their folds stand in split.parquet."
        raise BadInput(Problem("no photograph of a named identity to learn from", remedy))
    augmented_index, augmented_views = read(augmented)
    found = augmented_index[["file"]].merge(copies, on="file", how="left", validate="one_to_one")
    pool = Pool(
        photographs.drop(columns="row"),
        pd.DataFrame({name: found[name] for name in ("image", "identity", "repeats")}),
    )
    rows = photographs["row"].to_numpy(dtype="int64")
    return made_ready(pool, join(views[rows], augmented_views), mirrored_copies=has_mirrored(augmented))


def nearest_photographs(candidates: Ints, queries: Views, stuff: Material) -> list[list[str | None]]:
    """The labelled photograph that speaks for each candidate (n, k): the most like it; None where there is none."""
    images = stuff.pool.photographs["image"].tolist()
    found = supporters(candidates, queries.normalised(), stuff.photographs)
    return [[images[row] if row >= 0 else None for row in rows] for rows in found.tolist()]
