"""A softmax layer fitted anew on fixed embeddings.

Embeddings are centred and whitened onto their first principal axes, so that one learning rate serves any backbone;
both steps are folded into the layer that comes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from longtail.recognition.classifiers.base import Head
from longtail.recognition.classifiers.optim import Course, Lesson, Projection, descend, steps_for
from longtail.recognition.embeddings import Floats

_GENTLY = 0.1
"""A layer that has learned already moves at this share of the rate of one that starts from nothing."""


@dataclass(frozen=True)
class HeadSettings:
    """How the layer is fitted."""

    epochs: int = 10  # passes over the approach's rows
    lr: float = 0.2  # of AdamW, at the top of the one-cycle schedule
    weight_decay: float = 0.05
    dims: int = 256  # principal axes


def fit(lesson: Lesson, axes: Projection, settings: HeadSettings, seed: int, tau: float = 0.0) -> Head:
    """Fit a layer on the lesson's vectors, seen along `axes` (of the photographs, the same for every approach).

    tau: above 0 the rows' lengths are evened out afterwards, w / |w| ** tau, without a bias (Kang et al. 2020, section
        4.3): a frequent identity's row grows long in training. The mean length stays, so that softmax is as sharp.
    """
    inputs = axes(lesson.vectors)
    width = inputs.shape[1] ** 0.5
    weight, bias = torch.zeros(lesson.count, inputs.shape[1]), torch.zeros(lesson.count)
    _learn(weight, bias, inputs / width, lesson, settings, settings.lr, seed)
    if tau:
        lengths = weight.norm(dim=1, keepdim=True).clamp_min(1e-12)
        weight, bias = weight * (lengths.mean() / lengths) ** tau, torch.zeros_like(bias)
    folded = weight.numpy() / np.float32(width) @ axes.axes.T
    return Head(_contiguous(folded), _contiguous(bias.numpy() - folded @ axes.mean), "softmax", "both")


def retrain(lesson: Lesson, axes: Projection, settings: HeadSettings, seed: int, start: tuple[Floats, Floats]) -> Head:
    """Retrain the network's own layer (`start`: weight, bias) on its raw embeddings, seen along `axes`."""
    inputs = axes(lesson.raw)
    length = float(inputs.norm(dim=1).mean().clamp_min(1e-12))  # whatever a network's embeddings are long: to about 1
    weight, bias = torch.from_numpy(_contiguous(start[0] @ axes.axes * length)), torch.from_numpy(start[1].copy())
    _learn(weight, bias, inputs / length, lesson, settings, settings.lr * _GENTLY, seed)
    return Head(_contiguous(weight.numpy() / length @ axes.axes.T), _contiguous(bias.numpy()), "softmax", "plain")


def _learn(
    weight: torch.Tensor,
    bias: torch.Tensor,
    inputs: torch.Tensor,
    lesson: Lesson,
    settings: HeadSettings,
    rate: float,
    seed: int,
) -> None:
    """Fit both in place; they are plain numbers again afterwards."""
    weight.requires_grad_()
    bias.requires_grad_()
    course = Course(steps_for(lesson, settings.epochs), rate, settings.weight_decay, seed)
    descend(lambda rows: torch.nn.functional.linear(rows, weight, bias), [weight, bias], inputs, lesson, course)
    weight.detach_()
    bias.detach_()


def _contiguous(values: NDArray[Any]) -> Floats:
    return np.ascontiguousarray(values, dtype=np.float32)
