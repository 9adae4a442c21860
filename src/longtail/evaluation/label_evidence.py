"""The evidence of the other photographs about a label: its probability, and the likeliest other identity.

Out-of-sample probabilities of the given labels, as in confident learning (Northcutt, Jiang and Chuang 2021, "Confident
learning: estimating uncertainty in dataset labels"), from the nearest photographs of each identity. They are calibrated
on the given labels themselves: a scale and the score of "none of these" are fitted by maximum likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longtail.evaluation.whitening import NamedGallery, project, whitened_similarities
from longtail.recognition.embeddings import Floats, Ints, PairedEmbeddings

_MOST_CELLS = 2_000_000
"""Photographs times identities that the two numbers are fitted on."""
_LOWEST = -1e9


@dataclass(frozen=True)
class LabelEvidence:
    """Of n photographs, against all groups but their own.

    `own`: similarity of the nearest photograph of the label, -inf where it has no other; `p_own`: probability of the
    label (of "none of these", where it has no other photograph or is unknown). `best`: the likeliest other identity,
    `p_best` its probability; `nearest`: the gallery's photograph that supports it, `first` and `second`: similarity
    of its nearest two groups, -inf where there is only one. `p`: probabilities of the identities in `queries.others`.
    """

    own: Floats
    p_own: Floats
    best: Ints
    p_best: Floats
    nearest: Ints
    first: Floats
    second: Floats
    p: Floats


@dataclass(frozen=True)
class LabelQueries:
    """Photographs whose labels are checked: `rows` among the embeddings, `identity` (NEW is unknown), `group`.

    `others` (n, k): further identities whose probability is wanted; NEW pads.
    """

    rows: Ints
    identity: Ints
    group: Ints
    others: Ints


def gather_evidence(
    networks: list[PairedEmbeddings], gallery: NamedGallery, folds: Ints, queries: LabelQueries, identities: int
) -> LabelEvidence:
    """Compare every query with the gallery.

    Args:
        networks: embeddings of all photographs by the trained network and by the untrained one.
        gallery: the named photographs.
        folds: see `whitening.fold_of_groups`.
        queries: the photographs to check.
        identities: how many there are; each has a photograph in the gallery.

    Returns:
        The evidence about each query.
    """
    starts = _starts(gallery.identity, gallery.group)
    identity_of_group, group = gallery.identity[starts], gallery.group[starts]
    classes = _starts(identity_of_group)

    def scores(cosines: Floats, positions: Ints) -> tuple[Floats, Floats]:
        """(b, groups of the gallery) without the photograph's own group, (b, identities)."""
        by_group = np.maximum.reduceat(cosines, starts, axis=1)
        by_group[queries.group[positions, None] == group[None, :]] = -np.inf
        return by_group, np.maximum.reduceat(by_group, classes, axis=1)

    count = len(queries.rows)
    few = np.linspace(0, count - 1, min(count, max(1, _MOST_CELLS // identities))).astype(np.int64)
    projected = project(networks, gallery)
    blocks = whitened_similarities(projected, gallery, folds, queries.rows[few])
    sample = [(few[at], scores(block, few[at])[1]) for at, block in blocks]
    labels = queries.identity[np.concatenate([at for at, _ in sample])]
    scale, new = fit(np.concatenate([block for _, block in sample]), labels)

    evidence = _empty(count, queries.others.shape[1])
    for positions, cosines in whitened_similarities(projected, gallery, folds, queries.rows):
        by_group, by_class = scores(cosines, positions)
        p = probabilities(by_class, scale, new)
        at, label = np.arange(len(positions)), queries.identity[positions]
        own = np.where(label >= 0, by_class[at, label], -np.inf)
        evidence.own[positions] = own
        evidence.p_own[positions] = p[at, np.where(np.isfinite(own), label, identities)]
        for column in range(queries.others.shape[1]):
            other = queries.others[positions, column]
            present = (other >= 0) & np.isfinite(by_class[at, other])
            evidence.p[positions, column] = p[at, np.where(present, other, identities)]
        p[at, np.where(label >= 0, label, identities)] = -1
        best = p[:, :identities].argmax(axis=1)
        evidence.best[positions], evidence.p_best[positions] = best, p[at, best]
        of_best = np.where(identity_of_group[None, :] == best[:, None], by_group, -np.inf)
        first = of_best.argmax(axis=1)
        evidence.first[positions] = of_best[at, first]
        of_best[at, first] = -np.inf
        evidence.second[positions] = of_best.max(axis=1)
        ends = np.append(starts, len(gallery.rows))
        for position, row, chosen in zip(positions, at, first, strict=True):
            inside = slice(int(ends[chosen]), int(ends[chosen + 1]))
            evidence.nearest[position] = inside.start + int(cosines[row, inside].argmax())
    return evidence


def fit(scores: Floats, label: Ints) -> tuple[float, float]:
    """Fit the two numbers by maximum likelihood of the labels (Nelder and Mead 1965).

    Args:
        scores: (n, identities).
        label: (n,); NEW is unknown.

    Returns:
        The scale, and the score of "none of these".
    """
    from scipy.optimize import minimize

    at = np.arange(len(label))
    own = np.where(label >= 0, scores[at, label], -np.inf)
    target = np.where(np.isfinite(own), label, scores.shape[1])

    def loss(numbers: NDArray[np.float64]) -> float:
        p = probabilities(scores, float(np.exp(numbers[0])), float(numbers[1]))
        return float(-np.log(np.maximum(p[at, target], 1e-12)).mean())

    optimum = minimize(loss, [np.log(15.0), 7.0], method="Nelder-Mead", options={"maxiter": 80, "xatol": 0.02})
    return float(np.exp(optimum.x[0])), float(optimum.x[1])


def probabilities(scores: Floats, scale: float, new: float) -> Floats:
    """Softmax over the identities and "none of these".

    Args:
        scores: (n, identities); -inf gets probability 0.
        scale: of the scores.
        new: the logit of "none of these", the last column.

    Returns:
        (n, identities + 1).
    """
    logits = np.full((len(scores), scores.shape[1] + 1), new, np.float32)
    logits[:, :-1] = np.where(np.isfinite(scores), scale * scores, _LOWEST)
    logits -= logits.max(axis=1, keepdims=True)
    powers = np.exp(logits)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _empty(count: int, others: int) -> LabelEvidence:
    lowest, zeros = np.full((3, count), -np.inf, np.float32), np.zeros((2, count), np.float32)
    return LabelEvidence(
        own=lowest[0],
        p_own=zeros[0],
        best=np.zeros(count, np.int64),
        p_best=zeros[1],
        nearest=np.zeros(count, np.int64),
        first=lowest[1],
        second=lowest[2],
        p=np.zeros((count, others), np.float32),
    )


def _starts(*columns: Ints) -> Ints:
    """Where the values of the columns, taken together, change; the first row among them."""
    changed = np.zeros(len(columns[0]), dtype=bool)
    changed[:1] = True
    for column in columns:
        changed[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(changed)
