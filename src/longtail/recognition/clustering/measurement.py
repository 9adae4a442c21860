"""How good the groups are, on individuals that nothing has learned from, with intervals.

Individuals are halved. Method and threshold are chosen on one half and scored on the other, both ways round. A pair of
two photographs labelled unknown is not judged; any other pair is. Intervals are of the bootstrap over individuals: one
that is drawn twice counts twice, and so do its pairs with others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longtail.metrics.clustering import PairCounts, b_cubed, f_measure
from longtail.recognition.clustering.operating_point import UNJUDGED
from longtail.recognition.embeddings import Bools, Ints
from longtail.recognition.near_hashes import NEAR
from longtail.recognition.top_k import BLOCK

Floats = NDArray[np.float64]
DIGITS = 6


@dataclass(frozen=True)
class Tally:
    """What the groups of m photographs of c clusters got right: clusters are individuals, or unknowns of one group."""

    half: Ints
    """(c,), the half of each cluster."""
    named: Floats
    """(c,), photographs of it that have a name."""
    right: Floats
    """(c,), pairs of its photographs in one group."""
    pairs: Floats
    """(c,), pairs of its photographs."""
    precision: Floats
    """(c,), sum of B-cubed precision of its named photographs."""
    recall: Floats
    """(c,), sum of their B-cubed recall."""
    wrong: Ints
    """(p, 2), the clusters of each pair in one group that shows two individuals."""
    both_named: Bools
    """(p,), whether both have a name."""
    unjudged: int
    """Pairs in one group of two photographs labelled unknown."""


def tally(groups: Ints, individual: Ints, clusters: Sequence[str], half: Ints) -> Tally:
    """Count what the groups got right.

    Args:
        groups: (m,), no group lies in both halves.
        individual: (m,), UNJUDGED for a photograph labelled unknown.
        clusters: (m,), the individual's name, or what is drawn together of those labelled unknown.
        half: (m,), 0 or 1.

    Returns:
        The counts by cluster.
    """
    _, first, who = np.unique(np.array(clusters, object).astype(str), return_index=True, return_inverse=True)
    count = len(first)
    named = individual != UNJUDGED
    truth = np.where(named, individual, individual.max(initial=0) + 1 + np.arange(len(individual)))
    precision, recall = b_cubed(groups, truth)
    left, right = _pairs_in_groups(groups)
    judged = named[left] | named[right]
    same = (truth[left] == truth[right]) & judged
    differ = judged & ~same
    photographs = np.bincount(who, weights=named, minlength=count).astype(np.float64)
    return Tally(
        half=half[first],
        named=photographs,
        right=np.bincount(who[left[same]], minlength=count).astype(np.float64),
        pairs=photographs * (photographs - 1) / 2,
        precision=np.bincount(who, weights=precision * named, minlength=count).astype(np.float64),
        recall=np.bincount(who, weights=recall * named, minlength=count).astype(np.float64),
        wrong=np.stack([who[left[differ]], who[right[differ]]], axis=1),
        both_named=(named[left] & named[right])[differ],
        unjudged=int((~judged).sum()),
    )


def scores(counts: Tally, weights: Floats, factor: float = 1.0) -> dict[str, Floats]:
    """The figures of each resample.

    Args:
        counts: of the groups.
        weights: (r, c), how often each cluster was drawn.
        factor: how many times each wrong pair counts, where more photographs are meant.

    Returns:
        precision, recall, adjusted_rand (of the named alone), b_cubed_precision, b_cubed_recall, b_cubed_f: (r,) each.
    """
    wrong = weights[:, counts.wrong[:, 0]] * weights[:, counts.wrong[:, 1]]
    right = weights @ counts.right
    missed = weights @ counts.pairs - right
    several = np.zeros(len(weights))
    for half in (0, 1):
        own = weights[:, counts.half == half]
        named = counts.named[counts.half == half]
        several += ((own @ named) ** 2 - own**2 @ named**2) / 2
    wrong_named = wrong[:, counts.both_named].sum(axis=1)
    named_pairs = PairCounts(right, wrong_named, missed, several - wrong_named)
    pairs = PairCounts(right, factor * wrong.sum(axis=1), missed, named_pairs.apart)
    photographs = weights @ counts.named
    with np.errstate(invalid="ignore"):  # nobody with a name was drawn
        precision, recall = weights @ counts.precision / photographs, weights @ counts.recall / photographs
    return {
        "precision": np.atleast_1d(pairs.precision),
        "recall": np.atleast_1d(pairs.recall),
        "adjusted_rand": np.atleast_1d(named_pairs.adjusted_rand),
        "b_cubed_precision": precision,
        "b_cubed_recall": recall,
        "b_cubed_f": f_measure(precision, recall),
    }


def draws(clusters: int, seed: int, resamples: int) -> Floats:
    """How often each cluster is drawn in each resample.

    Args:
        clusters: how many there are.
        seed: of the draws.
        resamples: how many.

    Returns:
        (resamples, clusters), whole numbers.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(clusters, np.full(clusters, 1 / max(1, clusters)), size=resamples)
    return np.asarray(drawn, np.float64)


def with_intervals(point: dict[str, Floats], drawn: dict[str, Floats]) -> dict[str, Any]:
    """Each figure with its 95% percentile interval, as NAME, NAME_low, NAME_high; None where it was not defined.

    Args:
        point: each figure (1,).
        drawn: each figure (r,).

    Returns:
        Rounded figures.
    """
    figures: dict[str, Any] = {}
    for name, values in drawn.items():
        defined = values[np.isfinite(values)]
        ends = np.quantile(defined, [0.025, 0.975]) if len(defined) else [np.nan, np.nan]
        for suffix, value in (("", point[name][0]), ("_low", ends[0]), ("_high", ends[1])):
            figures[f"{name}{suffix}"] = round(float(value), DIGITS) if np.isfinite(value) else None
    return figures


def copies(hashes: NDArray[np.uint64]) -> Ints:
    """Groups of photographs that count as the same by their difference hashes, without verification.

    Args:
        hashes: (n,).

    Returns:
        (n,), numbers of groups.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = [np.zeros((2, 0), np.int64)]
    for start in range(0, len(hashes), BLOCK):
        near = np.bitwise_count(hashes[start : start + BLOCK, None] ^ hashes[None, :]) <= NEAR
        one, other = np.nonzero(near)
        ends.append(np.stack([one + start, other]))
    one, other = np.concatenate(ends, axis=1)
    graph = coo_array((np.ones(len(one), bool), (one, other)), shape=(len(hashes), len(hashes)))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _pairs_in_groups(groups: Ints) -> tuple[Ints, Ints]:
    """All pairs of photographs in one group, (p,) and (p,)."""
    pairs = [np.zeros((2, 0), np.int64)]
    order = np.argsort(groups, kind="stable")
    _, starts, counts = np.unique(groups[order], return_index=True, return_counts=True)
    for start, count in zip(starts[counts > 1], counts[counts > 1], strict=True):
        members = order[start : start + count]
        pairs.append(members[np.stack(np.triu_indices(count, 1))])
    left, right = np.concatenate(pairs, axis=1)
    return left, right
