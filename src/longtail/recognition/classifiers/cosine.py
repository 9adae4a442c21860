"""A cosine head fitted on fixed embeddings: one direction an identity, initialised with the class mean.

The logit of an identity is `scale` times the cosine of embedding and direction: Wang et al. 2017, "NormFace"; the
initialisation: Qi et al. 2018, "Low-shot learning with imprinted weights".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from longtail.recognition.balancing.apply import FitData
from longtail.recognition.classifiers.base import Head
from longtail.recognition.classifiers.class_mean import class_means
from longtail.recognition.classifiers.optim import OptimConfig, aligned_linear, fit_minibatches, steps_for
from longtail.recognition.classifiers.projection import Projection
from longtail.recognition.embeddings import Floats, normalise


@dataclass(frozen=True)
class CosineSettings:
    """How the directions are fitted."""

    epochs: int = 3  # passes over the strategy's rows
    lr: float = 0.01  # of AdamW, at the top of the one-cycle schedule
    scale: float = 20.0  # of the cosines, before softmax
    dims: int = 256  # principal axes


def fit(
    data: FitData, projection: Projection, settings: CosineSettings, seed: int, initial: Floats | None = None
) -> Head:
    """Fit a direction for each class.

    Args:
        data: the training rows.
        projection: not centred, so that cosines are kept.
        settings: of the fit.
        seed: of the minibatches.
        initial: (classes, d), initial directions; None: the mean of each class.

    Returns:
        The head: rows of unit length.
    """
    inputs = projection(data.vectors)
    directions = class_means(data.vectors, data.classes, data.count) if initial is None else initial
    projected = np.asarray(directions @ projection.axes, dtype=np.float32)
    weight = torch.from_numpy(normalise(projected)).requires_grad_()

    def logits(rows: torch.Tensor) -> torch.Tensor:
        return aligned_linear(settings.scale * rows, torch.nn.functional.normalize(weight, dim=1), None)

    config = OptimConfig(steps_for(data, settings.epochs), settings.lr, 0.0, seed)
    fit_minibatches(logits, [weight], inputs, data, config)
    folded = normalise(np.asarray(weight.detach().numpy() @ projection.axes.T, dtype=np.float32))
    return Head(np.ascontiguousarray(folded), np.zeros(data.count, np.float32), "cosine", "both")
