"""SMOTE on embeddings: synthetic rows of rare identities, interpolated between photographs of one identity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longtail.recognition.embeddings import Floats, Ints

_BLOCK = 4096
"""Rows whose neighbours are searched at a time, in double precision."""


@dataclass(frozen=True)
class SmoteRows:
    """Synthetic rows, and the number of identities that could have none."""

    vectors: Floats  # (m, d)
    classes: Ints  # (m,)
    skipped: int  # identities with one photograph: there is nothing to interpolate between


@dataclass(frozen=True)
class _Draws:
    """What is drawn for an identity of c rows with k neighbours each: the same for all of that size."""

    row: Ints  # (n,), 0 to c - 1
    neighbour: Ints  # (n,), 0 to k - 1, the nearest first
    step: NDArray[np.float64]  # (n,), from the row to its neighbour, 0 to 1


def interpolate(vectors: Floats, classes: Ints, min_count: int, neighbours: int, seed: int) -> SmoteRows:
    """Bring every identity that has two or more rows up to `min_count` of them.

    Chawla et al. 2002, "SMOTE: synthetic minority over-sampling technique": a synthetic row lies at a random place
    between a row and one of its `neighbours` nearest of the same identity. An identity of n rows has only n - 1
    neighbours, so identities of the same count are processed together, with min(neighbours, n - 1). Draws and bytes are
    imbalanced-learn's, which begins each identity with the same random state.

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
    if (counts > 0).sum() > 1:  # with a single identity there is nothing to balance
        order = np.argsort(classes, kind="stable")
        starts = counts.cumsum() - counts
        for count in range(2, min_count):
            minority = np.flatnonzero(counts == count)
            if len(minority):
                draws = _draw(count, min(neighbours, count - 1), min_count - count, (seed + count) % 2**32)
                members = order[starts[minority][:, None] + np.arange(count)]
                new_vectors += _interpolated(vectors, members, draws)
                new_classes.append(np.repeat(minority, min_count - count))
    return SmoteRows(np.concatenate(new_vectors), np.concatenate(new_classes), skipped)


def _draw(count: int, neighbours: int, size: int, seed: int) -> _Draws:
    """`size` rows of `count`, one of the `neighbours` of each, and a step, in the order of imbalanced-learn's draws."""
    state = np.random.RandomState(seed)
    pair = state.randint(low=0, high=count * neighbours, size=size)
    return _Draws(pair // neighbours, pair % neighbours, state.uniform(size=size))


def _interpolated(vectors: Floats, members: Ints, draws: _Draws) -> Iterator[Floats]:
    """Synthetic rows of identities of one size.

    Args:
        vectors: (n, d).
        members: (identities, c), the rows of each.
        draws: of each identity.

    Yields:
        The rows of some identities, (identities * n, d), one identity after the other.
    """
    step = max(1, _BLOCK // members.shape[1])
    for start in range(0, len(members), step):
        own = vectors[members[start : start + step]]
        nearest = _nearest(own.astype(np.float64))[:, draws.row, draws.neighbour]
        begin, end = own[:, draws.row], np.take_along_axis(own, nearest[:, :, None], axis=1)
        rows = begin + draws.step[:, None] * (end - begin)
        yield np.asarray(rows.reshape(-1, vectors.shape[1]), dtype=np.float32)


def _nearest(points: NDArray[np.float64]) -> Ints:
    """The other points of each identity, the nearest first: (identities, c, d) -> (identities, c, c - 1)."""
    products = points @ points.transpose(0, 2, 1)
    squares = np.einsum("icc->ic", products)
    distances = squares[:, :, None] + squares[:, None, :] - 2 * products
    np.einsum("icc->ic", distances)[:] = -np.inf  # each is its own first
    return np.asarray(np.argsort(distances, axis=2, kind="stable")[:, :, 1:], dtype=np.int64)
