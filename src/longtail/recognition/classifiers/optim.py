"""A last layer fitted anew on fixed embeddings, in seconds: what a balancing approach does, without a training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from longtail.recognition.embeddings import Floats, Ints, product

BATCH = 512
_FEWEST_STEPS = 30
_MOST_PASSES = 2
"""An epoch of an approach that repeats or adds rows is at most this many times as long as one of the photographs."""


@dataclass(frozen=True)
class Lesson:
    """What a layer is fitted on, under an approach."""

    vectors: Floats  # (n, d), unit length, photograph and mirror image side by side
    raw: Floats  # (n, d'), the photographs as the network made them
    classes: Ints  # (n,)
    weight: NDArray[np.float64]  # (n,), how often a row is drawn, relative to the others
    images: int  # rows of an epoch, repetitions counted
    photographs: int  # of the comparison, the same under every approach
    class_weight: Floats | None  # (c,), what a mistake costs
    offset: Floats | None  # (c,), added to the logits in the loss
    count: int  # classes


@dataclass(frozen=True)
class Projection:
    """`(x - mean) @ axes`: embeddings (n, d) on their first axes (n, dims), so that a fit is quick."""

    mean: Floats
    axes: Floats

    def __call__(self, vectors: Floats) -> Tensor:
        """The vectors on the axes."""
        return torch.from_numpy(product(vectors - self.mean, np.ascontiguousarray(self.axes.T)))


@dataclass(frozen=True)
class Course:
    """How long is learned, and how fast."""

    steps: int
    lr: float  # of AdamW, at the top of the one-cycle schedule
    weight_decay: float
    seed: int


def steps_for(lesson: Lesson, epochs: int) -> int:
    """Minibatches of a fit: `epochs` passes over the approach's own rows.

    What repeats or adds rows has more to learn from and gets more steps, up to _MOST_PASSES times those of the
    photographs alone; a small set is passed over oftener.
    """
    rows = min(max(lesson.images, lesson.photographs), _MOST_PASSES * lesson.photographs)
    return max(_FEWEST_STEPS, round(epochs * rows / BATCH))


def descend(
    logits: Callable[[Tensor], Tensor],
    parameters: Sequence[Tensor],
    inputs: Tensor,
    lesson: Lesson,
    course: Course,
) -> None:
    """Fit `parameters` by AdamW on minibatches drawn by the lesson's weights, cross-entropy of `logits(inputs)`.

    Equal arguments give equal bytes on one machine with one number of threads.
    """
    rng = np.random.default_rng(course.seed)
    targets = torch.from_numpy(lesson.classes)
    cost = None if lesson.class_weight is None else torch.from_numpy(lesson.class_weight)
    offset = torch.zeros(()) if lesson.offset is None else torch.from_numpy(lesson.offset)
    optimiser = torch.optim.AdamW(parameters, lr=course.lr, weight_decay=course.weight_decay, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, course.lr, total_steps=course.steps + 1)
    size = min(BATCH, max(32, lesson.images))
    for rows in np.array_split(draw(lesson.weight, course.steps * size, rng), course.steps):
        batch = torch.from_numpy(rows)
        loss = torch.nn.functional.cross_entropy(logits(inputs[batch]) + offset, targets[batch], weight=cost)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()


def draw(weight: NDArray[np.float64], count: int, rng: np.random.Generator) -> Ints:
    """`count` rows drawn in proportion to `weight`, as evenly as can be: equal weights make whole passes.

    Systematic sampling (Madow 1949) of one pass at a time, each in an order of its own.
    """
    ends = weight.cumsum() / weight.sum()
    passes = []
    for start in range(0, count, len(weight)):
        size = min(len(weight), count - start)
        points = (np.arange(size) + rng.random()) / size
        rows = np.minimum(np.searchsorted(ends, points, side="right"), len(weight) - 1)
        passes.append(rng.permutation(rows))
    return np.concatenate(passes)


def principal_axes(vectors: Floats, dims: int, *, centred: bool, whitened: bool) -> Projection:
    """The first `dims` principal axes of `vectors` (n, d), at most d of them.

    centred: around the mean, or around the origin, which keeps cosines as they are.
    whitened: every axis to unit variance, so that one learning rate serves any backbone.
    """
    mean = vectors.mean(axis=0, dtype=np.float64) if centred else np.zeros(vectors.shape[1])
    moved = np.ascontiguousarray((vectors - mean).T.astype(np.float32))
    second = product(moved, moved).astype(np.float64) / max(1, len(vectors) - 1)
    variances, axes = (part.numpy() for part in torch.linalg.eigh(torch.from_numpy(second)))
    variances, axes = variances[::-1][:dims], axes[:, ::-1][:, :dims]
    if whitened:
        axes = axes / np.sqrt(np.maximum(variances, max(float(variances[0]) * _FLOOR, 1e-12)))
    return Projection(mean.astype(np.float32), np.ascontiguousarray(axes, dtype=np.float32))


_FLOOR = 1e-3  # variance under this share of the first axis' is noise, not to be blown up by whitening
