"""What the other photographs say about a label: how likely it is, and which other one is likelier.

Out-of-sample probabilities of the given labels, as in confident learning (Northcutt, Jiang and Chuang 2021), from the
nearest photographs of each identity. They are calibrated on the given labels themselves: two numbers, a scale and what
"none of these" scores, are fitted so that the labels are as likely as can be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longtail.evaluation.whitening import Gallery, compared
from longtail.recognition.embeddings import Floats, Ints, Views

_MOST_CELLS = 2_000_000
"""Photographs times identities that the two numbers are fitted on."""
_LOWEST = -1e9


@dataclass(frozen=True)
class Evidence:
    """Of n photographs, against all groups but their own.

    `own`: similarity of the nearest photograph of the label, -inf where it has no other; `p_own`: probability of the
    label (of "none of these", where it has no other photograph or is unknown). `best`: the likeliest other identity,
    `p_best` its probability; `nearest`: the gallery's photograph that speaks for it, `first` and `second`: similarity
    of its nearest two groups, -inf where there is one alone. `p`: probabilities of the identities in `asked`.
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
class Asked:
    """Photographs whose labels are looked at: `rows` among the embeddings, `identity` (NEW is unknown), `group`.

    `others` (n, k): further identities whose probability is wanted; NEW pads.
    """

    rows: Ints
    identity: Ints
    group: Ints
    others: Ints


def gather(networks: list[Views], gallery: Gallery, parts: Ints, asked: Asked, identities: int) -> Evidence:
    """Ask the gallery about every photograph.

    Args:
        networks: embeddings of all photographs by the trained network and by the untrained one.
        gallery: the named photographs.
        parts: see `whitening.parts_of`.
        asked: the photographs in question.
        identities: how many there are; each has a photograph in the gallery.
    """
    starts = _starts(gallery.identity, gallery.group)
    identity_of_group, group = gallery.identity[starts], gallery.group[starts]
    classes = _starts(identity_of_group)

    def scores(likeness: Floats, places: Ints) -> tuple[Floats, Floats]:
        """(b, groups of the gallery) without the photograph's own group, (b, identities)."""
        by_group = np.maximum.reduceat(likeness, starts, axis=1)
        by_group[asked.group[places, None] == group[None, :]] = -np.inf
        return by_group, np.maximum.reduceat(by_group, classes, axis=1)

    count = len(asked.rows)
    few = np.linspace(0, count - 1, min(count, max(1, _MOST_CELLS // identities))).astype(np.int64)
    drawn = [(few[at], scores(block, few[at])[1]) for at, block in compared(networks, gallery, parts, asked.rows[few])]
    scale, new = fit(
        np.concatenate([block for _, block in drawn]), asked.identity[np.concatenate([at for at, _ in drawn])]
    )

    none, nothing = np.full((3, count), -np.inf, np.float32), np.zeros((2, count), np.float32)
    found = Evidence(
        own=none[0],
        p_own=nothing[0],
        best=np.zeros(count, np.int64),
        p_best=nothing[1],
        nearest=np.zeros(count, np.int64),
        first=none[1],
        second=none[2],
        p=np.zeros((count, asked.others.shape[1]), np.float32),
    )
    for places, likeness in compared(networks, gallery, parts, asked.rows):
        by_group, by_class = scores(likeness, places)
        p = probabilities(by_class, scale, new)
        at, label = np.arange(len(places)), asked.identity[places]
        own = np.where(label >= 0, by_class[at, label], -np.inf)
        found.own[places] = own
        found.p_own[places] = p[at, np.where(np.isfinite(own), label, identities)]
        for column in range(asked.others.shape[1]):
            other = asked.others[places, column]
            there = (other >= 0) & np.isfinite(by_class[at, other])
            found.p[places, column] = p[at, np.where(there, other, identities)]
        p[at, np.where(label >= 0, label, identities)] = -1
        best = p[:, :identities].argmax(axis=1)
        found.best[places], found.p_best[places] = best, p[at, best]
        of_best = np.where(identity_of_group[None, :] == best[:, None], by_group, -np.inf)
        first = of_best.argmax(axis=1)
        found.first[places] = of_best[at, first]
        of_best[at, first] = -np.inf
        found.second[places] = of_best.max(axis=1)
        ends = np.append(starts, len(gallery.rows))
        for place, row, chosen in zip(places, at, first, strict=True):
            inside = slice(int(ends[chosen]), int(ends[chosen + 1]))
            found.nearest[place] = inside.start + int(likeness[row, inside].argmax())
    return found


def fit(scores: Floats, label: Ints) -> tuple[float, float]:
    """Scale and score of "none of these" that make the labels (n,) most likely, given `scores` (n, identities)."""
    from scipy.optimize import minimize

    at = np.arange(len(label))
    own = np.where(label >= 0, scores[at, label], -np.inf)
    target = np.where(np.isfinite(own), label, scores.shape[1])

    def surprise(numbers: NDArray[np.float64]) -> float:
        p = probabilities(scores, float(np.exp(numbers[0])), float(numbers[1]))
        return float(-np.log(np.maximum(p[at, target], 1e-12)).mean())

    found = minimize(surprise, [np.log(15.0), 7.0], method="Nelder-Mead", options={"maxiter": 80, "xatol": 0.02})
    return float(np.exp(found.x[0])), float(found.x[1])


def probabilities(scores: Floats, scale: float, new: float) -> Floats:
    """Softmax of `scale * scores` (n, identities) and of `new`, which comes last: (n, identities + 1)."""
    logits = np.full((len(scores), scores.shape[1] + 1), new, np.float32)
    logits[:, :-1] = np.where(np.isfinite(scores), scale * scores, _LOWEST)
    logits -= logits.max(axis=1, keepdims=True)
    powers = np.exp(logits)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _starts(*columns: Ints) -> Ints:
    """Where the values of the columns, taken together, change; the first place among them."""
    changed = np.zeros(len(columns[0]), dtype=bool)
    changed[:1] = True
    for column in columns:
        changed[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(changed)
