"""Groups from similarities: linkage down to a threshold, and HDBSCAN, which are compared.

Every method works within the photographs that chains of pairs at or above the threshold connect, so that its memory is
bounded by the largest of these components. Linkage loses nothing by that: two groups are only joined where one pair
between them at least is as similar as the threshold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from longtail.recognition.clustering.pairs import APART, Neighbourhood, Similarity
from longtail.recognition.embeddings import Ints

Method = Literal["single_linkage", "average_linkage", "complete_linkage", "hdbscan"]
MOST = 4_000
"""Photographs in one component: below the threshold where one grows larger nothing is looked for."""
_LINKAGE = {"single_linkage": "single", "average_linkage": "average", "complete_linkage": "complete"}
_FARTHEST = 2.0  # similarity less distance: no similarity is larger than 1
_FEW = 3  # up to so many photographs a component is one group for HDBSCAN too


class Candidate(NamedTuple):
    """One way to group: a similarity and a method."""

    similarity: Similarity
    method: Method


CANDIDATES = tuple(
    Candidate(similarity, method)
    for method in ("average_linkage", "complete_linkage", "single_linkage", "hdbscan")
    for similarity in ("anchored", "cosine")
)
"""What is compared, in the order of preference. `single_linkage` over `anchored` similarities is the graph of the pairs
with the known individuals as anchors; its groups are its connected components."""


@dataclass(frozen=True)
class Merge:
    """Two groups that linkage joins, and how similar they are."""

    similarity: float
    first: Ints
    second: Ints


def merges(near: Neighbourhood, candidate: Candidate, floor: float) -> list[Merge]:
    """All that linkage joins at or above `floor`, the most similar first.

    Args:
        near: the photographs.
        candidate: not HDBSCAN.
        floor: the lowest similarity.

    Returns:
        The merges; one comes after those that made its two groups.
    """
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    joined: list[Merge] = []
    for rows in components(near, candidate.similarity, floor):
        distance = _distances(near, rows, candidate.similarity)
        members: dict[int, Ints] = {at: rows[at : at + 1] for at in range(len(rows))}
        tree = linkage(squareform(distance, checks=False), _LINKAGE[candidate.method])
        for step, (first, second, height, _) in enumerate(tree):
            similarity = _FARTHEST - float(height)
            if similarity < floor:
                break
            one, other = members.pop(int(first)), members.pop(int(second))
            members[len(rows) + step] = np.concatenate([one, other])
            joined.append(Merge(similarity, one, other))
    return sorted(joined, key=lambda merge: -merge.similarity)


def group(near: Neighbourhood, candidate: Candidate, threshold: float) -> Ints:
    """The groups.

    Args:
        near: n photographs.
        candidate: similarity and method.
        threshold: the lowest similarity at which photographs, or groups of them, are joined.

    Returns:
        The number of each photograph's group, (n,); one that is alone has a number of its own.
    """
    groups = np.arange(len(near), dtype=np.int64)
    if candidate.method != "hdbscan":
        for merge in merges(near, candidate, threshold):
            both = np.concatenate([merge.first, merge.second])
            groups[both] = both.min()
        return groups
    from sklearn.cluster import HDBSCAN

    for rows in components(near, candidate.similarity, threshold):
        if len(rows) <= _FEW:
            groups[rows] = rows[0]
            continue
        clusterer = HDBSCAN(2, min_samples=1, metric="precomputed", allow_single_cluster=True, copy=True)
        labels = clusterer.fit_predict(_distances(near, rows, candidate.similarity))
        for label in range(labels.max(initial=-1) + 1):
            groups[rows[labels == label]] = rows[labels == label][0]
    return groups


def components(near: Neighbourhood, similarity: Similarity, threshold: float) -> Iterator[Ints]:
    """Photographs that chains of pairs at or above the threshold connect, two at least.

    Args:
        near: the photographs.
        similarity: of the pairs.
        threshold: the lowest similarity.

    Yields:
        Their rows, sorted.
    """
    number = _component_numbers(near, similarity, threshold)
    order = np.argsort(number, kind="stable")
    counts = np.bincount(number, minlength=1)
    for size, end in zip(counts, np.cumsum(counts), strict=True):
        if size > 1:
            yield order[end - size : end]


def lowest_threshold(near: Neighbourhood, similarity: Similarity) -> float:
    """The lowest similarity of a pair at which no component has more than MOST photographs.

    Args:
        near: the photographs.
        similarity: of the pairs.

    Returns:
        The similarity; infinite without pairs.
    """
    values = np.unique(near.pairs[similarity].to_numpy())
    low, high = 0, len(values)  # the answer is values[high], where that exists
    while low < high:
        middle = (low + high) // 2
        if np.bincount(_component_numbers(near, similarity, values[middle]), minlength=1).max() <= MOST:
            high = middle
        else:
            low = middle + 1
    return float(values[high]) if high < len(values) else float("inf")


def _component_numbers(near: Neighbourhood, similarity: Similarity, threshold: float) -> Ints:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    kept = near.pairs[near.pairs[similarity] >= np.float32(threshold)]
    ends = kept["first"].to_numpy(), kept["second"].to_numpy()
    graph = coo_array((np.ones(len(kept), bool), ends), shape=(len(near), len(near)))
    _, number = connected_components(graph, directed=False)
    return np.asarray(number, np.int64)


def _distances(near: Neighbourhood, rows: Ints, similarity: Similarity) -> NDArray[np.float64]:
    """2 less the similarity, symmetric, with zeros on the diagonal."""
    values = near.matrix(rows, similarity).astype(np.float64)
    distance = _FARTHEST - np.maximum((values + values.T) / 2, APART)
    np.fill_diagonal(distance, 0.0)
    return np.asarray(np.maximum(distance, 0.0))
