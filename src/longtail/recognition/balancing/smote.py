"""SMOTE on embeddings: new rows of rare identities, interpolated between photographs of one identity."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from longtail.recognition.embeddings import Floats, Ints


@dataclass(frozen=True)
class Interpolated:
    """Rows that no photograph is behind, and the identities that could have none."""

    vectors: Floats  # (m, d)
    classes: Ints  # (m,)
    skipped: int  # identities with one photograph: there is nothing to interpolate between


def interpolate(vectors: Floats, classes: Ints, min_count: int, neighbours: int, seed: int) -> Interpolated:
    """Bring every identity that has two or more rows up to `min_count` of them.

    Chawla et al. 2002, "SMOTE: synthetic minority over-sampling technique", by imbalanced-learn: a new row lies at a
    drawn place between a row and one of its `neighbours` nearest of the same identity. An identity of n rows has only
    n - 1 neighbours to offer, so identities of one count are interpolated together, with min(neighbours, n - 1).

    Args:
        vectors: (n, d).
        classes: (n,), counting from 0.
        min_count: rows that an identity has afterwards; one that has more is left alone.
        neighbours: at most; see above.
        seed: decides what is drawn.
    """
    counts = np.bincount(classes)
    skipped = int((counts == 1).sum())
    made, of = [vectors[:0]], [classes[:0]]
    if (counts > 0).sum() > 1:  # imbalanced-learn refuses a single class
        for count in range(2, min_count):
            wanted = np.flatnonzero(counts == count)
            if len(wanted):
                new, new_classes = _smote(vectors, classes, wanted, min_count, min(neighbours, count - 1), seed + count)
                made.append(new)
                of.append(new_classes)
    return Interpolated(np.concatenate(made), np.concatenate(of), skipped)


def _smote(
    vectors: Floats, classes: Ints, wanted: Ints, min_count: int, neighbours: int, seed: int
) -> tuple[Floats, Ints]:
    from imblearn.over_sampling import SMOTE

    sampler = SMOTE(
        sampling_strategy=dict.fromkeys(wanted.tolist(), min_count), k_neighbors=neighbours, random_state=seed % 2**32
    )
    rows = np.isin(classes, wanted)
    rows[np.flatnonzero(classes != wanted[0])[0]] = True  # two classes at least, whatever is wanted
    with warnings.catch_warnings():  # identities of two photographs are half as many as those: no regression problem
        warnings.filterwarnings("ignore", message="The number of unique classes is greater than 50%")
        x, y = sampler.fit_resample(vectors[rows], classes[rows])
    return np.asarray(x[rows.sum() :], dtype=np.float32), np.asarray(y[rows.sum() :], dtype=np.int64)
