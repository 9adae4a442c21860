"""Which photographs are fitted on and which are scored, from the split's table, in the order of the embeddings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from longtail.errors import BadInput, Problem
from longtail.recognition.embeddings import Bools, Ints, PairedEmbeddings
from longtail.recognition.top_k import NEW, NONE, Gallery
from longtail.recognition.traits import reachable

LABELLED_FOLDS = ("train", "valid", "discover")
"""The folds that the final identifier knows: what is kept out of learning is named by it all the same."""


@dataclass(frozen=True)
class EvalSet:
    """The scored photographs of `valid` (one a group), sorted by name, and the ground truth of each."""

    table: pd.DataFrame  # image, identity, group, known, class_count
    rows: Ints  # (n,), their rows among the embeddings
    truth: Ints  # (n,), numbers of identities; NEW for all that the train fold does not know
    clusters: Sequence[str]  # (n,), the identity, or the group of a photograph of unknown label

    @property
    def known(self) -> Bools:
        """Whether the train fold knows the identity, (n,)."""
        return np.asarray(self.truth != NEW)

    @property
    def class_count(self) -> Ints:
        """Groups of the identity in the train fold, of any side, (n,)."""
        return self.table["class_count"].to_numpy(dtype=np.int64)

    @property
    def out_of_reach(self) -> Bools:
        """Whether the train fold has photographs of the identity, but none that may be compared with this one, (n,)."""
        return ~self.known & (self.class_count > 0)


def training_photographs(split: pd.DataFrame, index: pd.DataFrame, folds: Sequence[str]) -> pd.DataFrame:
    """The named photographs of some folds that have an embedding.

    Args:
        split: the table of `split.parquet`.
        index: the index of the embeddings.
        folds: `train`, or LABELLED_FOLDS.

    Returns:
        Sorted by image: `image`, `identity`, `class_count` (groups of the identity in these folds), `row` (of the
        embedding).
    """
    named = split[split["fold"].isin(folds) & (split["identity"] != "")]
    named = named.assign(row=row_index(named["image"], index))
    named = named[named["row"] >= 0].sort_values("image", ignore_index=True)
    counts = named.groupby("identity")["group"].transform("nunique").astype("int64")
    return named.assign(class_count=counts)[["image", "identity", "class_count", "row"]]


def make_eval_set(split: pd.DataFrame, index: pd.DataFrame, identities: Sequence[str]) -> EvalSet:
    """The scored photographs of `valid`.

    Args:
        split: the table of `split.parquet`.
        index: the index of the embeddings.
        identities: the known ones.

    Returns:
        The evaluation set.

    Raises:
        BadInput: fewer than two identities: one half is for model selection, the other for scoring.
    """
    table = split[(split["fold"] == "valid") & split["scored"]]
    table = table.assign(row=row_index(table["image"], index))
    table = table[table["row"] >= 0].sort_values("image", ignore_index=True)
    clusters = table["identity"].where(table["identity"] != "", table["group"]).tolist()
    if len(set(clusters)) < 2:
        remedy = "Two are needed: one half is chosen on, the other scored. Raise the shares of `split:`, or add labels."
        raise BadInput(Problem("fewer than two identities (or groups of unknown label) in valid", remedy))
    truth = encode_identities(table["identity"], identities)
    return EvalSet(table.drop(columns="row"), table["row"].to_numpy(dtype=np.int64), truth, clusters)


def within_reach(eval_set: EvalSet, queries: PairedEmbeddings, gallery: Gallery) -> EvalSet:
    """The same photographs; those of a known individual that was never seen from their side count as NEW.

    No comparable photograph can name them, so "none of the known" is the right answer.

    Args:
        eval_set: ground truth by identity alone.
        queries: embeddings of its n photographs, with their traits.
        gallery: the photographs of the train fold.

    Returns:
        `eval_set` itself where the data has neither sides nor species.
    """
    truth = reachable_truth(eval_set.truth, queries, gallery)
    return eval_set if truth is eval_set.truth else replace(eval_set, truth=truth)


def reachable_truth(truth: Ints, queries: PairedEmbeddings, gallery: Gallery) -> Ints:
    """Ground truth, NEW where no photograph of the identity may be compared with the query.

    Args:
        truth: (n,), numbers of identities, or NEW.
        queries: embeddings of n photographs, with their traits.
        gallery: the labelled photographs.

    Returns:
        (n,); `truth` itself where the data has neither sides nor species.
    """
    traits = gallery.views.traits
    if queries.traits is None or traits is None or not len(gallery.identity):
        return truth
    count = int(max(truth.max(initial=0), gallery.identity.max())) + 1
    reached = reachable(queries.traits, traits, gallery.identity, count)
    return np.where(reached[np.arange(len(truth)), np.maximum(truth, 0)], truth, NEW)


def encode_identities(names: Iterable[str], identities: Sequence[str]) -> Ints:
    """Numbers of identities.

    Args:
        names: n names.
        identities: a name's number is its position here.

    Returns:
        (n,); NEW for a name that is none of `identities`.
    """
    number = {identity: position for position, identity in enumerate(identities)}
    return np.array([number.get(name, NEW) for name in names], dtype=np.int64)


def decode_identities(numbers: Ints, identities: Sequence[str]) -> list[str | None]:
    """Names of identities, the inverse of `encode_identities`.

    Args:
        numbers: (n,).
        identities: in the order of their numbers.

    Returns:
        n names: `""` for NEW, None for NONE.
    """
    special = {NEW: "", NONE: None}
    return [special[number] if number < 0 else identities[number] for number in numbers.tolist()]


def row_index(images: pd.Series, index: pd.DataFrame) -> Ints:
    """Where each image stands in an embedding index.

    Args:
        images: n names.
        index: the index of the embeddings.

    Returns:
        Rows (n,); -1 for an image without an embedding, for example a broken one.
    """
    row_of = {image: row for row, image in enumerate(index["image"])}
    return np.array([row_of.get(image, -1) for image in images], dtype=np.int64)
