"""Who learns and who is scored, read off the split's table and brought into the order of the embeddings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from longtail.errors import BadInput, Problem
from longtail.recognition.embeddings import Bools, Ints
from longtail.recognition.top_k import NEW, NONE


@dataclass(frozen=True)
class Scored:
    """The photographs of `valid` that stand for their groups, sorted by name, and what is right for each."""

    table: pd.DataFrame  # image, identity, group, known, class_count
    rows: Ints  # (n,), their rows among the embeddings
    truth: Ints  # (n,), counts into the identities; NEW for all that the train fold does not know
    clusters: Sequence[str]  # (n,), the identity, or the group of a photograph of unknown label

    @property
    def known(self) -> Bools:
        """Whether the train fold knows the identity, (n,)."""
        return np.asarray(self.truth != NEW)

    @property
    def class_count(self) -> Ints:
        """Groups of the identity in the train fold, (n,)."""
        return self.table["class_count"].to_numpy(dtype=np.int64)


def learned_from(split: pd.DataFrame, index: pd.DataFrame, folds: Sequence[str]) -> pd.DataFrame:
    """The named photographs of `folds` that have an embedding: `image`, `identity`, `class_count`, `row`; by image.

    `class_count` is the number of the identity's groups in these folds.
    """
    named = split[split["fold"].isin(folds) & (split["identity"] != "")]
    named = named.assign(row=rows_of(named["image"], index))
    named = named[named["row"] >= 0].sort_values("image", ignore_index=True)
    counts = named.groupby("identity")["group"].transform("nunique").astype("int64")
    return named.assign(class_count=counts)[["image", "identity", "class_count", "row"]]


def scored(split: pd.DataFrame, index: pd.DataFrame, identities: Sequence[str]) -> Scored:
    """The scored photographs of `valid`. Raises BadInput where there are too few to choose and to score."""
    table = split[(split["fold"] == "valid") & split["scored"]]
    table = table.assign(row=rows_of(table["image"], index))
    table = table[table["row"] >= 0].sort_values("image", ignore_index=True)
    clusters = table["identity"].where(table["identity"] != "", table["group"]).tolist()
    if len(set(clusters)) < 2:
        remedy = "Two are needed: one half is chosen on, the other scored. Raise the shares of `split:`, or add labels."
        raise BadInput(Problem("fewer than two identities (or groups of unknown label) in valid", remedy))
    truth = numbers_of(table["identity"], identities)
    return Scored(table.drop(columns="row"), table["row"].to_numpy(dtype=np.int64), truth, clusters)


def numbers_of(names: Iterable[str], identities: Sequence[str]) -> Ints:
    """Number of each identity; NEW for one that is none of `identities`."""
    number = {identity: place for place, identity in enumerate(identities)}
    return np.array([number.get(name, NEW) for name in names], dtype=np.int64)


def names_of(numbers: Ints, identities: Sequence[str]) -> list[str | None]:
    """The identity of each number: `""` for NEW, None for NONE."""
    words = {NEW: "", NONE: None}
    return [words[number] if number < 0 else identities[number] for number in numbers.tolist()]


def rows_of(images: pd.Series, index: pd.DataFrame) -> Ints:
    """Row of each image in an embedding index; -1 where it has none, as a broken image."""
    place = {image: row for row, image in enumerate(index["image"])}
    return np.array([place.get(image, -1) for image in images], dtype=np.int64)
