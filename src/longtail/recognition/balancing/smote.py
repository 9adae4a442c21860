"""SMOTE on embeddings: synthetic rows of rare identities, interpolated between photographs of one identity."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from longtail.recognition.embeddings import Floats, Ints


@dataclass(frozen=True)
class SmoteRows:
    """Synthetic rows, and the number of identities that could have none."""

    vectors: Floats  # (m, d)
    classes: Ints  # (m,)
    skipped: int  # identities with one photograph: there is nothing to interpolate between


def interpolate(vectors: Floats, classes: Ints, min_count: int, neighbours: int, seed: int) -> SmoteRows:
    """Bring every identity that has two or more rows up to `min_count` of them.

    Chawla et al. 2002, "SMOTE: synthetic minority over-sampling technique", by imbalanced-learn: a synthetic row lies
    at a random place between a row and one of its `neighbours` nearest of the same identity. An identity of n rows has
    only n - 1 neighbours, so identities of the same count are processed together, with min(neighbours, n - 1).

    Args:
        vectors: (n, d).
        classes: (n,), counting from 0.
        min_count: rows that an identity has afterwards; one that has more is left alone.
        neighbours: k of the nearest neighbours, at most.
        seed: of the random draws.

    Returns:
        The synthetic rows only.
    """
    counts = np.bincount(classes)
    skipped = int((counts == 1).sum())
    new_vectors, new_classes = [vectors[:0]], [classes[:0]]
    if (counts > 0).sum() > 1:  # imbalanced-learn refuses a single class
        for count in range(2, min_count):
            minority = np.flatnonzero(counts == count)
            if len(minority):
                k = min(neighbours, count - 1)
                rows, of_rows = _smote(vectors, classes, minority, min_count, k, seed + count)
                new_vectors.append(rows)
                new_classes.append(of_rows)
    return SmoteRows(np.concatenate(new_vectors), np.concatenate(new_classes), skipped)


def _smote(
    vectors: Floats, classes: Ints, minority: Ints, min_count: int, neighbours: int, seed: int
) -> tuple[Floats, Ints]:
    from imblearn.over_sampling import SMOTE

    sampler = SMOTE(
        sampling_strategy=dict.fromkeys(minority.tolist(), min_count),
        k_neighbors=neighbours,
        random_state=seed % 2**32,
    )
    rows = np.isin(classes, minority)
    rows[np.flatnonzero(classes != minority[0])[0]] = True  # imbalanced-learn needs two classes at least
    with warnings.catch_warnings():  # identities of two photographs are half as many as those: no regression problem
        warnings.filterwarnings("ignore", message="The number of unique classes is greater than 50%")
        x, y = sampler.fit_resample(vectors[rows], classes[rows])
    return np.asarray(x[rows.sum() :], dtype=np.float32), np.asarray(y[rows.sum() :], dtype=np.int64)
