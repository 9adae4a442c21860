"""What classifiers are fitted on: photographs of named identities and their filtered copies, with embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from longtail.errors import BadInput, Problem
from longtail.recognition.balancing.strategies import Pool
from longtail.recognition.embedding_source import OF_TRAINED, EmbeddingSource
from longtail.recognition.embeddings import Floats, Ints, PairedEmbeddings, concat_views, has_mirrored, join
from longtail.recognition.eval_set import encode_identities, row_index, training_photographs
from longtail.recognition.local_matching.supporting import ByMarks, Support, supports
from longtail.recognition.top_k import Gallery, best_match


@dataclass(frozen=True)
class TrainingSet:
    """The rows to fit on, with their embeddings (normalised): photographs first, then filtered copies."""

    pool: Pool
    views: PairedEmbeddings
    identities: Sequence[str]  # sorted; scores have a column for each
    identity: Ints  # of each row, as a number that counts into `identities`
    mirrored_copies: bool  # whether the mirror images of the filtered copies were embedded
    norms: Floats  # (n,), of the photographs' own embeddings before they were normalised

    @property
    def copies_excluded(self) -> bool:
        """Whether the filtered copies cannot be used: every classifier needs their mirror images too."""
        return not self.mirrored_copies and len(self.pool.copies) > 0

    @cached_property
    def photographs(self) -> Gallery:
        """The photographs alone, without filtered copies: the matches of a prediction come from them."""
        count = len(self.pool.photographs)
        return Gallery(self.views[:count], self.identity[:count])

    @cached_property
    def vectors(self) -> Floats:
        """Each of these photographs and its mirror image as one vector (`concat_views`)."""
        return concat_views(self.photographs.views)


def make_training_set(pool: Pool, views: PairedEmbeddings, *, mirrored_copies: bool) -> TrainingSet:
    """Normalise the embeddings and number the identities.

    Args:
        pool: photographs and filtered copies.
        views: their embeddings, in the same order, as the network gave them.
        mirrored_copies: whether the mirror images of the filtered copies were embedded.

    Returns:
        The training set; its identities are those of the photographs.
    """
    identities = sorted(set(pool.photographs["identity"]))
    identity = encode_identities(pool.identities(), identities)
    norms = np.linalg.norm(views.plain, axis=1)
    return TrainingSet(pool, views.normalised(), identities, identity, mirrored_copies, norms)


def gather(
    labelled: tuple[pd.DataFrame, PairedEmbeddings],
    augmented: Path,
    split: pd.DataFrame,
    copies: pd.DataFrame,
    folds: Sequence[str],
    source: EmbeddingSource = OF_TRAINED,
) -> TrainingSet:
    """The training set of some folds.

    Args:
        labelled: index and embeddings of `embed`'s labelled part.
        augmented: folder of `embed`'s augmented part.
        split: the table of `split.parquet`.
        copies: the table of `oversample`'s filtered copies.
        folds: whose photographs to use.
        source: whose embeddings `labelled` are.

    Returns:
        Photographs of `folds`, and all filtered copies.

    Raises:
        BadInput: these folds hold no photograph of a named identity.
    """
    index, views = labelled
    photographs = training_photographs(split, index, folds)
    if photographs.empty:
        remedy = "Are the labels right, and is `data.unknown_label`? Their folds stand in split.parquet."
        raise BadInput(Problem("no photograph of a named identity to learn from", remedy))
    augmented_index, augmented_views = source.read(augmented)
    merged = augmented_index[["file"]].merge(copies, on="file", how="left", validate="one_to_one")
    pool = Pool(
        photographs.drop(columns="row"),
        pd.DataFrame({name: merged[name] for name in ("image", "identity", "repeats")}),
    )
    rows = photographs["row"].to_numpy(dtype="int64")
    if views.traits is not None:  # a filtered copy shows the side that its photograph shows
        traits = views.traits[row_index(merged["image"], index)]
        augmented_views = PairedEmbeddings(augmented_views.plain, augmented_views.mirrored, traits)
    return make_training_set(pool, join(views[rows], augmented_views), mirrored_copies=has_mirrored(augmented))


def supporting_photographs(
    identities: Ints,
    queries: PairedEmbeddings,
    training_set: TrainingSet,
    by_marks: Sequence[ByMarks | None] | None = None,
) -> list[list[Support]]:
    """The labelled photograph behind each predicted identity (`supporting`).

    Args:
        identities: (n, k), predicted for each query.
        queries: embeddings of the n photographs.
        training_set: where the labelled photographs come from.
        by_marks: n times what the marks say; None: they are not compared.

    Returns:
        (n, k).
    """
    images = training_set.pool.photographs["image"].tolist()
    rows = best_match(identities, queries.normalised(), training_set.photographs)
    return supports(identities, rows, images, by_marks)
