"""Linkage within components is linkage of everything; thresholds, HDBSCAN and the known individuals as anchors."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from longtail.recognition.clustering import grouping
from longtail.recognition.clustering.grouping import CANDIDATES, Candidate, components, group, lowest_threshold, merges
from longtail.recognition.clustering.pairs import APART, Neighbourhood, find_neighbours
from longtail.recognition.embeddings import PairedEmbeddings
from longtail.recognition.traits import Traits

NOBODY = PairedEmbeddings(np.zeros((0, 8), np.float32), np.zeros((0, 8), np.float32))


def views(count: int, groups: int, noise: float, seed: int = 0) -> PairedEmbeddings:
    """`count` photographs of `groups` individuals in turn."""
    rng = np.random.default_rng(seed)
    plain = rng.normal(size=(groups, 8))[np.arange(count) % groups] + noise * rng.normal(size=(count, 8))
    return PairedEmbeddings(plain.astype(np.float32), plain.astype(np.float32)).normalised()


def near(count: int = 60, groups: int = 20, noise: float = 0.5, known: PairedEmbeddings = NOBODY) -> Neighbourhood:
    return find_neighbours(views(count, groups, noise), known, nearest=3)


def partition(groups: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(groups == one).tolist()) for one in np.unique(groups)}


@pytest.mark.parametrize("method", ["single", "average", "complete"])
@pytest.mark.parametrize("similarity", ["cosine", "anchored"])
def test_linkage_within_components_is_linkage_of_all(method: str, similarity: str) -> None:
    neighbourhood = near()
    distance = 2 - neighbourhood.matrix(np.arange(60), similarity).astype(float)  # type: ignore[arg-type]
    distance = (distance + distance.T) / 2
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), method)
    for threshold in (0.3, 0.6, 0.8):
        expected = fcluster(tree, 2 - threshold, "distance")
        candidate = Candidate(similarity, f"{method}_linkage")  # type: ignore[arg-type]
        assert partition(group(neighbourhood, candidate, threshold)) == partition(expected)


@pytest.mark.parametrize("candidate", CANDIDATES)
def test_photographs_that_hardly_differ_are_brought_together(candidate: Candidate) -> None:
    neighbourhood = find_neighbours(views(40, 10, noise=0.01), NOBODY, nearest=10)
    threshold = 0.98 if candidate.similarity == "cosine" else float(np.sort(neighbourhood.pairs["anchored"])[-60])
    groups = partition(group(neighbourhood, candidate, threshold))
    if candidate.method == "hdbscan":  # it may see two halves in four photographs
        assert all(len({row % 10 for row in rows}) == 1 for rows in groups)
        assert len(groups) < 40
    else:
        assert groups == partition(np.arange(40) % 10)


def test_merges_come_after_those_that_they_join() -> None:
    seen = {row: frozenset([row]) for row in range(60)}
    for merge in merges(near(), Candidate("cosine", "average_linkage"), 0.0):
        first, second = frozenset(merge.first.tolist()), frozenset(merge.second.tolist())
        assert {first, second} <= set(seen.values())
        seen |= dict.fromkeys(first | second, first | second)


def test_who_resembles_somebody_known_resembles_nobody_in_particular() -> None:
    """The same two photographs, with and without a known individual between them."""
    two = views(2, 1, noise=0.3)
    alone, beside = find_neighbours(two, NOBODY, 1), find_neighbours(two, two, 1)
    assert alone.pairs["cosine"].tolist() == beside.pairs["cosine"].tolist()
    assert beside.pairs["anchored"].item() < alone.pairs["anchored"].item()


def test_what_may_not_be_compared_is_never_joined() -> None:
    photographs = views(4, 1, noise=0.01)
    sided = PairedEmbeddings(
        photographs.plain, photographs.mirrored, Traits(np.array([[1, 0], [1, 0], [2, 0], [2, 0]], np.int64))
    )
    neighbourhood = find_neighbours(sided, NOBODY, nearest=2)
    assert neighbourhood.pairs[["first", "second"]].to_numpy().tolist() == [[0, 1], [2, 3]]
    assert neighbourhood.matrix(np.array([0, 2]), "cosine")[0, 1] == APART
    for candidate in CANDIDATES:
        assert partition(group(neighbourhood, candidate, -1.0)) == {frozenset({0, 1}), frozenset({2, 3})}


def test_no_component_grows_beyond_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    neighbourhood = near(noise=1.0)
    monkeypatch.setattr(grouping, "MOST", 7)
    lowest = lowest_threshold(neighbourhood, "cosine")
    assert max(len(rows) for rows in components(neighbourhood, "cosine", lowest)) <= 7
    below = neighbourhood.pairs["cosine"][neighbourhood.pairs["cosine"] < lowest].max()
    assert max(len(rows) for rows in components(neighbourhood, "cosine", below)) > 7


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = near()
    monkeypatch.setattr("longtail.recognition.clustering.pairs.BLOCK", 7)
    parts = near()
    assert parts.pairs[["first", "second"]].equals(whole.pairs[["first", "second"]])
    np.testing.assert_allclose(parts.pairs["anchored"], whole.pairs["anchored"], atol=1e-6)


@pytest.mark.parametrize("count", [0, 1])
def test_nobody_and_one_alone(count: int) -> None:
    neighbourhood = find_neighbours(views(count, 1, 0.1), NOBODY, nearest=10)
    assert lowest_threshold(neighbourhood, "cosine") == float("inf")
    assert [group(neighbourhood, candidate, 0.5).tolist() for candidate in CANDIDATES] == [[*range(count)]] * 8
