"""A layer of cosines fitted anew on fixed embeddings: a direction for each identity, its photographs' mean at first.

The logit of an identity is `scale` times the cosine of embedding and direction: Wang et al. 2017, "NormFace"; starting
at the class means: Qi et al. 2018, "Low-shot learning with imprinted weights".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from longtail.recognition.classifiers.base import Head, means
from longtail.recognition.classifiers.optim import Course, Lesson, Projection, descend, steps_for
from longtail.recognition.embeddings import Floats, normalise


@dataclass(frozen=True)
class CosineSettings:
    """How the directions are fitted."""

    epochs: int = 3  # passes over the approach's rows
    lr: float = 0.01  # of AdamW, at the top of the one-cycle schedule
    scale: float = 20.0  # of the cosines, before softmax
    dims: int = 256  # principal axes


def fit(lesson: Lesson, axes: Projection, settings: CosineSettings, seed: int, start: Floats | None = None) -> Head:
    """Fit a direction of each class on the lesson's vectors, seen along `axes` (around the origin: cosines stay).

    start: (count, d) directions to start from; without it, the mean of each class's rows.
    """
    inputs = axes(lesson.vectors)
    begin = means(lesson.vectors, lesson.classes, lesson.count) if start is None else start
    weight = torch.from_numpy(normalise(np.asarray(begin @ axes.axes, dtype=np.float32))).requires_grad_()

    def logits(rows: torch.Tensor) -> torch.Tensor:
        return settings.scale * rows @ torch.nn.functional.normalize(weight, dim=1).T

    course = Course(steps_for(lesson, settings.epochs), settings.lr, 0.0, seed)
    descend(logits, [weight], inputs, lesson, course)
    folded = normalise(np.asarray(weight.detach().numpy() @ axes.axes.T, dtype=np.float32))
    return Head(np.ascontiguousarray(folded), np.zeros(lesson.count, np.float32), "cosine", "both")
