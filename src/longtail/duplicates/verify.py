"""Verification of candidate pairs: are two pictures alike, and is that evidence enough.

A *picture* here is one distinct file content; its number is its place in the arrays. One that ends in a caption strip
is compared with the others in two views, as it is and without the strip.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from longtail.compute import usable_cores
from longtail.duplicates import evidence
from longtail.duplicates.captions import trim_captions
from longtail.duplicates.hash_search import pairs_by_hash
from longtail.duplicates.lsh import pairs_by_shape
from longtail.duplicates.register import Moved, align, move

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]

_AT_ONCE = 1 << 17  # pixels moved onto each other at a time: they stay in the processor's cache
_WORTH = 0.76  # similarity at half the size that is worth a look at the whole: five proposed pairs in six have less
_STEPS, _MORE_STEPS = 4, 6  # at half the size, then at the whole
_FINE, _COARSE = 0.6, 1.5  # standard deviations, in pixels, of the blurs between which the fine detail lies


class Pairs(NamedTuple):
    """Pairs of pictures, each once, sorted: (p,) first and second number, mean grey difference, similarity.

    `same`: that they show one picture. Of the others the similarity is as high, and says too little (`evidence`).
    """

    first: IntArray
    second: IntArray
    difference: NDArray[np.float64]
    similarity: NDArray[np.float64]
    same: NDArray[np.bool_]


class Comparison(NamedTuple):
    """What pairs have in common: the moves (p, 4) that lay one onto the other, similarity (p,), difference (p,).

    Similarity is the correlation of the fine detail, between two blurs: light and pose, which two flukes may share, are
    blurred away, and gain, offset and compression leave the rest as it is. Of the detail its root is taken, so that a
    sharp outline does not outvote what is inside. The difference is the mean one in grey levels of 255, after gain and
    offset, on the scale of the picture that is not moved. `same` (p,): that this is evidence enough for one picture.
    """

    moves: FloatArray
    similarity: NDArray[np.float64]
    difference: NDArray[np.float64]
    same: NDArray[np.bool_]


def find_alike(
    hashes: NDArray[np.uint64], thumbs: NDArray[np.uint8], max_distance: int, min_similarity: float
) -> Pairs:
    """The pairs of pictures that are alike, and whether that is enough to say that they show the same.

    A mirrored picture is not the same: a mirrored fluke is another whale's.

    Args:
        hashes: (n,), 64-bit difference hashes.
        thumbs: (n, side * side), grey thumbnails.
        max_distance: bits in which two hashes may differ for the pair to be looked at; pairs of one shape are anyway.
        min_similarity: correlation of the fine detail from which two pictures are the same (see `Compared`).

    Returns:
        The pairs, `first < second`. Whether a pair is among them depends on its two pictures alone.
    """
    side = round(thumbs.shape[1] ** 0.5)
    pictures = thumbs.reshape(-1, side, side)
    bare = trim_captions(pictures)
    whole = np.concatenate([pictures, bare.pictures])
    number = np.concatenate([np.arange(len(pictures)), bare.numbers])
    half = _halved(whole)
    pairs = _each_once([*pairs_by_hash(hashes, max_distance), *pairs_by_shape(half)])
    pairs = pairs[number[pairs[:, 0]] != number[pairs[:, 1]]]  # a picture is not compared with itself trimmed
    contrast = half.std(axis=(1, 2))[pairs]
    moved = np.where(contrast[:, :1] < contrast[:, 1:], pairs[:, ::-1], pairs)
    coarse = compare_pairs(half, moved, np.zeros((len(pairs), 4), np.float32), _STEPS)
    worth = coarse.similarity > _WORTH
    fine = compare_pairs(whole, moved[worth], coarse.moves[worth], _MORE_STEPS, min_similarity)
    near = fine.similarity >= min_similarity
    photographs = np.sort(number[pairs[worth][near]], axis=1)
    return _best(photographs, fine.difference[near], fine.similarity[near], fine.same[near])


def little_detail(thumbs: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which thumbnails (n, side * side) have little or no detail to be compared by."""
    side = round(thumbs.shape[1] ** 0.5)
    block = max(1, _AT_ONCE // max(1, side * side))
    pictures = thumbs.reshape(-1, side, side)
    blocks = [
        evidence.is_little(_detail(pictures[at : at + block].astype(np.float32)))
        for at in range(0, len(pictures), block)
    ]
    return np.concatenate([np.zeros(0, bool), *blocks])


def _halved(pictures: NDArray[np.uint8]) -> FloatArray:
    """Pictures (n, side, side) at half the size: the mean of each two by two pixels."""
    count, side, _ = pictures.shape
    half = np.empty((count, side // 2, side // 2), np.float32)
    block = max(1, _AT_ONCE // max(1, side * side))
    for start in range(0, count, block):
        rows = pictures[start : start + block].astype(np.float32)
        rows = rows[:, ::2] + rows[:, 1::2]
        half[start : start + block] = (rows[..., ::2] + rows[..., 1::2]) / 4
    return half


def _best(
    pairs: IntArray, difference: NDArray[np.float64], similarity: NDArray[np.float64], same: NDArray[np.bool_]
) -> Pairs:
    """Each pair (p, 2) once, as its most alike views have it, those first that show one picture."""
    order = np.lexsort([difference, -similarity, ~same, pairs[:, 1], pairs[:, 0]])
    pairs, difference, similarity = pairs[order], difference[order].round(4), similarity[order].round(4)
    first = np.ones(len(pairs), bool)
    first[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    return Pairs(pairs[first, 0], pairs[first, 1], difference[first], similarity[first], same[order][first])


def compare_pairs(
    pictures: NDArray[Any], pairs: IntArray, moves: FloatArray, steps: int, min_similarity: float = np.inf
) -> Comparison:
    """Each pair's pixels against each other, as they are and moved onto each other, whichever is more alike.

    Args:
        pictures: (n, side, side), grey.
        pairs: (p, 2): the one that is moved, and the one onto which; a gain under 1 is the stabler fit, so the second
            should be the flatter one.
        moves: (p, 4), where to begin to move.
        steps: see `register.align`.
        min_similarity: from which on the evidence is weighed; without it no pair is called the same.

    Returns:
        A value for each of the p pairs.
    """
    block = max(1, _AT_ONCE // max(1, pictures[:1].size))

    def compared(start: int) -> Comparison:
        one, other = (pictures[pairs[start : start + block, side]].astype(np.float32) for side in (0, 1))
        closer = align(one, other, moves[start : start + block], steps)
        return _better(Moved(one, np.ones_like(one)), move(one, closer), other, closer, min_similarity)

    nothing = Comparison(moves[:0], np.empty(0), np.empty(0), np.empty(0, bool))
    with ThreadPoolExecutor(usable_cores()) as pool:  # numpy lets go of the interpreter's lock while it computes
        blocks = [nothing, *pool.map(compared, range(0, len(pairs), block))]
    return Comparison(*(np.concatenate(column) for column in zip(*blocks, strict=True)))


def _better(plain: Moved, moved: Moved, onto: FloatArray, moves: FloatArray, min_similarity: float) -> Comparison:
    """What the more alike of the two, the pictures as they are and moved, has in common with `onto`."""
    detail = _detail(onto)
    still, shifted = _detail(plain.pictures), _detail(moved.pictures)
    as_it_is, aligned = (_correlation(one, detail, both.inside) for one, both in ((still, plain), (shifted, moved)))
    better = aligned > as_it_is
    similarity = np.maximum(as_it_is, aligned)
    difference = np.where(better, _difference(moved, onto), _difference(plain, onto))
    same = similarity >= min_similarity
    if same.any():
        pick = better[same, None, None]
        inside = np.where(pick, moved.inside[same], plain.inside[same])
        same[same] = _is_evidence(
            np.where(pick, shifted[same], still[same]), detail[same], inside, similarity[same], min_similarity
        )
    return Comparison(moves, similarity.astype(float), difference.astype(float), same)


def _is_evidence(
    one: FloatArray, other: FloatArray, inside: FloatArray, similarity: FloatArray, min_similarity: float
) -> NDArray[np.bool_]:
    """Whether these similarities (p,) of details (p, side, side) are enough to say that two pictures are one."""
    # The wider spread of the two: a copy with clipped lights has lost detail, and its original has not.
    spread = np.maximum(evidence.spread(one), evidence.spread(other))
    return evidence.is_sufficient(similarity, spread, evidence.agreement(one, other, inside), min_similarity)


def _correlation(one: FloatArray, other: FloatArray, weight: FloatArray) -> FloatArray:
    """Correlation (p,) of details (p, side, side), weighted; 0 where there is no detail."""
    count = weight.sum(axis=(1, 2), keepdims=True)
    one, other = (detail - (weight * detail).sum(axis=(1, 2), keepdims=True) / count for detail in (one, other))
    both, first, second = (_total(weight, product) for product in (one * other, one * one, other * other))
    enough = np.minimum(first, second) > evidence.LEAST_DETAIL * count[:, 0, 0]  # a root squared is the detail itself
    correlation: FloatArray = np.where(enough, both / np.sqrt(np.where(enough, first * second, 1)), 0)
    return correlation


def _difference(moved: Moved, onto: FloatArray) -> FloatArray:
    """Mean grey difference (p,), the gain and offset that fit best taken out, where the moved ones come from inside."""
    count = moved.inside.sum(axis=(1, 2), keepdims=True)
    one, other = (
        grey - (moved.inside * grey).sum(axis=(1, 2), keepdims=True) / count for grey in (moved.pictures, onto)
    )
    gain = _total(moved.inside, one * other) / np.maximum(_total(moved.inside, one * one), 1e-6)
    difference: FloatArray = _total(moved.inside, np.abs(other - gain[:, None, None] * one)) / count[:, 0, 0]
    return difference


def _total(weight: FloatArray, values: FloatArray) -> FloatArray:
    """Weighted sums (p,) of values (p, side, side)."""
    total: FloatArray = (weight * values).sum(axis=(1, 2))
    return total


def _detail(pictures: FloatArray) -> FloatArray:
    """What lies between a fine and a coarse Gaussian blur of each picture (p, side, side), its root, with its sign."""
    fine, coarse = (_blur(pictures.shape[1], deviation) for deviation in (_FINE, _COARSE))
    detail = np.matmul(fine @ pictures, fine.T) - np.matmul(coarse @ pictures, coarse.T)
    compressed: FloatArray = np.sign(detail) * np.sqrt(np.abs(detail))
    return compressed


@cache
def _blur(side: int, deviation: float) -> FloatArray:
    """A matrix (side, side) that blurs one axis, an edge's pixel going on beyond it."""
    reach = np.arange(-side, side + 1)
    weights = np.exp(-0.5 * (reach / deviation) ** 2)
    matrix = np.zeros((side, side))
    for pixel in range(side):
        np.add.at(matrix[pixel], np.clip(pixel + reach, 0, side - 1), weights / weights.sum())
    return matrix.astype(np.float32)


def _each_once(blocks: list[IntArray]) -> IntArray:
    """All pairs of the blocks, sorted, none twice."""
    pairs = np.concatenate([np.empty((0, 2), np.int64), *blocks])
    return np.unique(pairs, axis=0)
