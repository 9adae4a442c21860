"""Similarities that no label of the photograph in question has shaped: within-class whitening, cross-fitted by group.

A network has seen the labels of the train fold and draws a photograph towards its own label, right or wrong. Here the
embeddings are turned so that photographs of one identity vary alike in all directions (within-class covariance
normalisation: Hatch, Kajarekar and Stolcke 2006, "Within-class covariance normalization for SVM-based speaker
recognition"), fitted without the photograph's group. The same is done for the network as it was before training, which
has seen no label at all; the two similarities are averaged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from longtail.recognition.embeddings import Floats, Ints, Views
from longtail.recognition.top_k import BLOCK, similarities

PARTS = 4
"""Parts of the groups: each is compared in directions fitted on the others."""
DIMS = 128
"""Principal axes that are kept before whitening."""
SHRINK = 0.1
"""Share of the within-class covariance that is replaced by a multiple of the identity (Ledoit and Wolf 2004)."""
UNTRAINED_WEIGHT = 0.5
"""Weight of the untrained network's similarity beside the trained one's 1."""


@dataclass(frozen=True)
class Gallery:
    """The named photographs that others are compared with, sorted by identity and group.

    `rows` (m,) among the embeddings; `identity` (m,) and `group` (m,) by number.
    """

    rows: Ints
    identity: Ints
    group: Ints


def parts_of(groups: Sequence[str]) -> Ints:
    """The part of each group, (n,): a hash of its name, so that it does not depend on the others."""
    digests = (hashlib.blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest() for name in groups)
    return np.array([int.from_bytes(digest, "big") % PARTS for digest in digests], dtype=np.int64)


def compared(networks: Sequence[Views], gallery: Gallery, parts: Ints, queries: Ints) -> Iterator[tuple[Ints, Floats]]:
    """Similarities of the queries to the whole gallery, a block at a time.

    Args:
        networks: embeddings of n photographs by the trained network, then by the untrained one.
        gallery: see `Gallery`.
        parts: (n,), see `parts_of`.
        queries: rows among the n.

    Yields:
        Places among `queries` (b,), and their similarities (b, m) in [-1, 1]: the weighted mean over networks of
        cosines after whitening, each the mean of a photograph's and its mirror image's.
    """
    axes = [_principal(views[gallery.rows]) for views in networks]
    seen = [_along(views, *axis) for views, axis in zip(networks, axes, strict=True)]
    for part in range(PARTS):
        places = np.flatnonzero(parts[queries] == part)
        if not len(places):
            continue
        fitted_on = parts[gallery.rows] != part
        whitened = [
            _turned(views, _whitening(views[gallery.rows[fitted_on]], gallery.identity[fitted_on])) for views in seen
        ]
        shown = [views[gallery.rows] for views in whitened]
        for start in range(0, len(places), BLOCK):
            block = places[start : start + BLOCK]
            likeness = similarities(whitened[0][queries[block]], shown[0])
            for views, others in zip(whitened[1:], shown[1:], strict=True):
                likeness += np.float32(UNTRAINED_WEIGHT) * similarities(views[queries[block]], others)
            yield block, likeness / np.float32(1 + UNTRAINED_WEIGHT * (len(networks) - 1))


def _principal(views: Views) -> tuple[Floats, Floats]:
    """The mean of the embeddings, mirror images among them, and their DIMS principal axes (d, k)."""
    made = views.normalised()
    both = np.concatenate([made.plain, made.mirrored])
    mean = both.mean(axis=0)
    _, axes = np.linalg.eigh((both - mean).T @ (both - mean))
    return mean, np.ascontiguousarray(axes[:, -DIMS:])


def _along(views: Views, mean: Floats, axes: Floats) -> Views:
    made = views.normalised()
    plain, mirrored = (np.asarray((seen - mean) @ axes, np.float32) for seen in (made.plain, made.mirrored))
    return Views(plain, mirrored)


def _whitening(views: Views, identity: Ints) -> Floats:
    """A matrix (k, k) after which the embeddings of one identity vary alike in all directions; sorted by identity."""
    width = views.plain.shape[1]
    _, starts, counts = np.unique(identity, return_index=True, return_counts=True)
    several = np.repeat(counts > 1, counts)
    if not several.any():
        return np.eye(width, dtype=np.float32)
    residuals = []
    for seen in (views.plain, views.mirrored):
        mean = np.add.reduceat(seen, starts, axis=0) / counts[:, None]
        residuals.append((seen - np.repeat(mean, counts, axis=0))[several])
    inside = np.concatenate(residuals)
    covariance = inside.T @ inside / len(inside)
    level = float(np.trace(covariance)) / width
    covariance = (1 - SHRINK) * covariance + SHRINK * level * np.eye(width)
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors / np.sqrt(np.maximum(values, 1e-12)), dtype=np.float32)


def _turned(views: Views, matrix: Floats) -> Views:
    return Views(views.plain @ matrix, views.mirrored @ matrix).normalised()
