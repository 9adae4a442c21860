"""A linear probe: a softmax layer fitted on fixed embeddings.

Embeddings are centred and whitened on their first principal axes, so that one learning rate serves any backbone. Both
steps are folded into the weights that come out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from longtail.recognition.balancing.apply import FitData
from longtail.recognition.classifiers.base import Head
from longtail.recognition.classifiers.optim import OptimConfig, aligned_linear, fit_minibatches, steps_for
from longtail.recognition.classifiers.projection import Projection
from longtail.recognition.embeddings import Floats, first_columns

_RETRAIN_LR = 0.1
"""Factor of the learning rate for a layer that is trained already."""


@dataclass(frozen=True)
class LinearProbeSettings:
    """How the layer is fitted."""

    epochs: int = 10  # passes over the strategy's rows
    lr: float = 0.2  # of AdamW, at the top of the one-cycle schedule
    weight_decay: float = 0.05
    dims: int = 256  # principal axes


@dataclass(frozen=True)
class Layer:
    """A fitted layer on projected embeddings: `weight` (classes, dims), `bias` (classes,)."""

    weight: torch.Tensor
    bias: torch.Tensor


def fit(data: FitData, projection: Projection, settings: LinearProbeSettings, seed: int) -> Layer:
    """Fit a layer from zero weights.

    Args:
        data: the training rows.
        projection: of the photographs, whitened; the same under every strategy.
        settings: of the fit.
        seed: of the minibatches.

    Returns:
        The layer, for `unprojected`.
    """
    inputs = projection(data.vectors)
    weight, bias = torch.zeros(data.count, inputs.shape[1]), torch.zeros(data.count)
    _optimise(weight, bias, inputs / inputs.shape[1] ** 0.5, data, settings, settings.lr, seed)
    return Layer(weight, bias)


def unprojected(layer: Layer, projection: Projection, tau: float = 0.0) -> Head:
    """A fitted layer as a head.

    Args:
        layer: as from `fit`.
        projection: that it was fitted with.
        tau: above 0 for tau-normalisation: the weights become w / |w| ** tau, without a bias (Kang et al. 2020,
            "Decoupling representation and classifier for long-tailed recognition", section 4.3), because the weights
            of frequent identities grow in training. The mean norm is kept, so that softmax is as sharp as before.

    Returns:
        The head on unprojected vectors.
    """
    weight, bias = layer.weight, layer.bias
    if tau:
        norms = weight.norm(dim=1, keepdim=True).clamp_min(1e-12)
        weight, bias = weight * (norms.mean() / norms) ** tau, torch.zeros_like(bias)
    folded = weight.numpy() / np.float32(weight.shape[1] ** 0.5) @ projection.axes.T
    return Head(_contiguous(folded), _contiguous(bias.numpy() - folded @ projection.mean), "softmax", "both")


def retrain(
    data: FitData,
    projection: Projection,
    settings: LinearProbeSettings,
    seed: int,
    initial: tuple[Floats, Floats],
) -> Head:
    """Retrain the network's own last layer on its raw embeddings (cRT: Kang et al. 2020, section 4.1).

    Args:
        data: the training rows.
        projection: of the network's raw embeddings, not centred.
        settings: of the fit.
        seed: of the minibatches.
        initial: weight (classes, d) and bias (classes,) of the network.

    Returns:
        The head on raw embeddings of the photographs.
    """
    inputs = projection(first_columns(data.raw, initial[0].shape[1]))
    norm = float(inputs.norm(dim=1).mean().clamp_min(1e-12))  # inputs are scaled to a norm of about 1
    weight = torch.from_numpy(_contiguous(initial[0] @ projection.axes * norm))
    bias = torch.from_numpy(initial[1].copy())
    _optimise(weight, bias, inputs / norm, data, settings, settings.lr * _RETRAIN_LR, seed)
    folded = _contiguous(weight.numpy() / norm @ projection.axes.T)
    return Head(folded, _contiguous(bias.numpy()), "softmax", "plain")


def _optimise(
    weight: torch.Tensor,
    bias: torch.Tensor,
    inputs: torch.Tensor,
    data: FitData,
    settings: LinearProbeSettings,
    lr: float,
    seed: int,
) -> None:
    """Fit both in place; afterwards they need no gradient."""
    weight.requires_grad_()
    bias.requires_grad_()
    config = OptimConfig(steps_for(data, settings.epochs), lr, settings.weight_decay, seed)
    fit_minibatches(lambda rows: aligned_linear(rows, weight, bias), [weight, bias], inputs, data, config)
    weight.detach_()
    bias.detach_()


def _contiguous(values: NDArray[Any]) -> Floats:
    return np.ascontiguousarray(values, dtype=np.float32)
