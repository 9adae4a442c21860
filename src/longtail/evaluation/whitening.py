"""Similarities that the label of the photograph in question did not influence: cross-fitted within-class whitening.

A network has seen the labels of the train fold and draws a photograph towards its own label, right or wrong. Here the
embeddings are transformed so that photographs of one identity vary equally in all directions (within-class covariance
normalisation: Hatch, Kajarekar and Stolcke 2006, "Within-class covariance normalization for SVM-based speaker
recognition"), fitted without the photograph's group. The same is done for the network before training, which has seen
no label at all; the two similarities are averaged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from longtail.recognition.embeddings import Floats, Ints, PairedEmbeddings
from longtail.recognition.top_k import BLOCK, similarities

FOLDS = 4
"""Folds of the groups: each is compared after whitening fitted on the others."""
DIMS = 128
"""Principal axes that are kept before whitening."""
SHRINK = 0.1
"""Shrinkage of the within-class covariance towards a multiple of the identity (Ledoit and Wolf 2004, "A
well-conditioned estimator for large-dimensional covariance matrices")."""
UNTRAINED_WEIGHT = 0.5
"""Weight of the untrained network's similarity; the trained one has 1."""


@dataclass(frozen=True)
class NamedGallery:
    """The named photographs that others are compared with, sorted by identity and group.

    `rows` (m,) among the embeddings; `identity` (m,) and `group` (m,) as numbers.
    """

    rows: Ints
    identity: Ints
    group: Ints


def fold_of_groups(groups: Sequence[str]) -> Ints:
    """The fold of each group, (n,): by a hash of its name, so that it does not depend on the others."""
    digests = (hashlib.blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest() for name in groups)
    return np.array([int.from_bytes(digest, "big") % FOLDS for digest in digests], dtype=np.int64)


def project(networks: Sequence[PairedEmbeddings], gallery: NamedGallery) -> list[PairedEmbeddings]:
    """The embeddings along the DIMS principal axes of the gallery.

    Args:
        networks: embeddings of n photographs by the trained network, then by the untrained one.
        gallery: see `NamedGallery`.

    Returns:
        For `whitened_similarities`.
    """
    return [_project(views, *_principal_axes(views[gallery.rows])) for views in networks]


def whitened_similarities(
    projected: Sequence[PairedEmbeddings], gallery: NamedGallery, folds: Ints, queries: Ints
) -> Iterator[tuple[Ints, Floats]]:
    """Similarities of the queries to the whole gallery, a block at a time.

    Args:
        projected: as from `project`.
        gallery: see `NamedGallery`.
        folds: (n,), see `fold_of_groups`.
        queries: rows among the n.

    Yields:
        Positions in `queries` (b,), and their similarities (b, m) in [-1, 1]: the weighted mean over networks of
        cosines after whitening, each the mean of a photograph's and its mirror image's.
    """
    for fold in range(FOLDS):
        positions = np.flatnonzero(folds[queries] == fold)
        if not len(positions):
            continue
        fitted_on = folds[gallery.rows] != fold
        whitened = [
            _transform(views, _whitening(views[gallery.rows[fitted_on]], gallery.identity[fitted_on]))
            for views in projected
        ]
        galleries = [views[gallery.rows] for views in whitened]
        for start in range(0, len(positions), BLOCK):
            block = positions[start : start + BLOCK]
            cosines = similarities(whitened[0][queries[block]], galleries[0])
            for views, others in zip(whitened[1:], galleries[1:], strict=True):
                cosines += np.float32(UNTRAINED_WEIGHT) * similarities(views[queries[block]], others)
            yield block, cosines / np.float32(1 + UNTRAINED_WEIGHT * (len(projected) - 1))


def _principal_axes(views: PairedEmbeddings) -> tuple[Floats, Floats]:
    """The mean of the embeddings, mirror images among them, and their DIMS principal axes (d, k)."""
    unit = views.normalised()
    both = np.concatenate([unit.plain, unit.mirrored])
    mean = both.mean(axis=0)
    _, axes = np.linalg.eigh((both - mean).T @ (both - mean))
    return np.asarray(mean, np.float32), np.ascontiguousarray(axes[:, -DIMS:], np.float32)


def _project(views: PairedEmbeddings, mean: Floats, axes: Floats) -> PairedEmbeddings:
    unit = views.normalised()
    plain, mirrored = (np.asarray((one - mean) @ axes, np.float32) for one in (unit.plain, unit.mirrored))
    return PairedEmbeddings(plain, mirrored, views.traits)


def _whitening(views: PairedEmbeddings, identity: Ints) -> Floats:
    """A matrix (k, k) after which embeddings of one identity vary equally in all directions; sorted by identity."""
    width = views.plain.shape[1]
    _, starts, counts = np.unique(identity, return_index=True, return_counts=True)
    several = np.repeat(counts > 1, counts)
    if not several.any():
        return np.eye(width, dtype=np.float32)
    residuals = []
    for embeddings in (views.plain, views.mirrored):
        mean = np.add.reduceat(embeddings, starts, axis=0) / counts[:, None]
        residuals.append((embeddings - np.repeat(mean, counts, axis=0))[several])
    within = np.concatenate(residuals)
    covariance = within.T @ within / len(within)
    level = float(np.trace(covariance)) / width
    covariance = (1 - SHRINK) * covariance + SHRINK * level * np.eye(width)
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors / np.sqrt(np.maximum(values, 1e-12)), dtype=np.float32)


def _transform(views: PairedEmbeddings, matrix: Floats) -> PairedEmbeddings:
    return PairedEmbeddings(views.plain @ matrix, views.mirrored @ matrix, views.traits).normalised()
