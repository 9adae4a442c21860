"""Principal axes of the training photographs: heads are fitted on embeddings projected on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from longtail.recognition.embeddings import Floats, first_columns, matmul_t
from longtail.recognition.training_set import TrainingSet

Doubles = NDArray[np.float64]

_FLOOR = 1e-3
"""Least variance in whitening, as a share of the first axis': below it lies noise."""

_NO_VARIANCE = 1e-10
"""Of an axis, as a share of the first axis'."""
_WIDE = 2048
"""Numbers of a vector above which only the axes that are kept are computed. All take a time that grows with the cube of
the number: of 1,792 numbers 14.9 s of the processor, 256 axes of them 2.1 s."""


@dataclass(frozen=True)
class Projection:
    """`(x - mean) @ axes`: embeddings (n, d) on their first axes (n, dims), so that a fit is quick."""

    mean: Floats
    axes: Floats
    _last: list[tuple[Floats, Tensor]] = field(default_factory=list, compare=False, repr=False)

    def __call__(self, vectors: Floats) -> Tensor:
        """Project `vectors` (n, d): (n, dims). The same array, asked for again (by another seed), is projected once."""
        if not self._last or self._last[0][0] is not vectors:
            projected = torch.from_numpy(matmul_t(vectors - self.mean, np.ascontiguousarray(self.axes.T)))
            self._last[:] = [(vectors, projected)]
        return self._last[0][1]


@dataclass(frozen=True)
class Projections:
    """The projections of a training set, the same under every strategy; each is computed when first needed."""

    training_set: TrainingSet
    linear_dims: int
    cosine_dims: int
    head_width: int | None = None
    """Numbers that the network's own head reads; None: there is no head."""

    @cached_property
    def whitened(self) -> Projection:
        """Of photograph and mirror image side by side, centred and whitened: for the linear probe."""
        return principal_axes(self.training_set.vectors, self.linear_dims, centred=True, whitened=True)

    @cached_property
    def around_origin(self) -> Projection:
        """Of the same, not centred, so that cosines are kept: for the cosine head."""
        return principal_axes(self.training_set.vectors, self.cosine_dims, centred=False, whitened=False)

    @cached_property
    def raw(self) -> Projection:
        """Of the photographs' embeddings as the network gave them: for retraining the network's own head."""
        plain = self.training_set.photographs.views.plain
        raw = plain * self.training_set.norms[: len(plain), None]
        raw = first_columns(raw, self.head_width or raw.shape[1])
        return principal_axes(raw, self.linear_dims, centred=False, whitened=False)


def principal_axes(vectors: Floats, dims: int, *, centred: bool, whitened: bool) -> Projection:
    """Principal component analysis by the eigenvectors of the covariance.

    Args:
        vectors: (n, d).
        dims: axes to keep, at most d.
        centred: subtract the mean; without it cosines are kept.
        whitened: scale every axis to unit variance, so that one learning rate serves any backbone.

    Returns:
        The projection on the first `dims` axes.
    """
    mean = vectors.mean(axis=0, dtype=np.float64) if centred else np.zeros(vectors.shape[1])
    moved = np.ascontiguousarray((vectors - mean).T.astype(np.float32))
    covariance = matmul_t(moved, moved).astype(np.float64) / max(1, len(vectors) - 1)
    variances, axes = (part[..., ::-1] for part in _last_eigenvectors(covariance, dims, len(vectors)))
    if whitened:
        axes = axes / np.sqrt(np.maximum(variances, max(float(variances[0]) * _FLOOR, 1e-12)))
    return Projection(mean.astype(np.float32), np.ascontiguousarray(axes, dtype=np.float32))


def _last_eigenvectors(covariance: Doubles, count: int, vectors: int) -> tuple[Doubles, Doubles]:
    """The largest eigenvalues of a covariance, rising, and their eigenvectors.

    Args:
        covariance: (d, d).
        count: at most d.
        vectors: how many it was computed from.

    Returns:
        Eigenvalues (count,) and eigenvectors (d, count). Of wide vectors only these are computed, by Lanczos's method
        with restarts (Lehoucq, Sorensen and Yang 1998, "ARPACK users' guide"): up to rounding and sign the same. It
        does not find axes without variance, so where there are such among them all are computed.
    """
    if len(covariance) > max(_WIDE, 4 * count) and vectors > 2 * count:
        from scipy.sparse.linalg import ArpackError, eigsh

        try:
            values, axes = eigsh(covariance, count, v0=np.ones(len(covariance)))
        except ArpackError:  # did not converge
            values = np.zeros(1)
        if values[0] > _NO_VARIANCE * values[-1]:
            return values, axes
    values, axes = (part.numpy() for part in torch.linalg.eigh(torch.from_numpy(covariance)))
    return values[-count:], axes[:, -count:]
