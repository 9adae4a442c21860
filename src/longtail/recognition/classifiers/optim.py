"""The optimiser of the heads: AdamW on minibatches of fixed embeddings, in seconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from longtail.recognition.balancing.apply import FitData
from longtail.recognition.embeddings import Ints

BATCH = 512
_FEWEST_STEPS = 30
_MOST_PASSES = 2
"""An epoch of a strategy that adds rows is at most this many times as long as one of the photographs alone."""


@dataclass(frozen=True)
class OptimConfig:
    """Length and rate of an optimisation."""

    steps: int
    lr: float  # of AdamW, at the top of the one-cycle schedule
    weight_decay: float
    seed: int


def steps_for(data: FitData, epochs: int) -> int:
    """Number of minibatches of a fit.

    A strategy that repeats or adds rows gets more steps, up to _MOST_PASSES times those of the photographs alone. A
    small set gets _FEWEST_STEPS, and so more epochs.

    Args:
        data: the training rows.
        epochs: passes over them.

    Returns:
        The number of steps.
    """
    rows = min(max(data.images, data.photographs), _MOST_PASSES * data.photographs)
    return max(_FEWEST_STEPS, round(epochs * rows / BATCH))


def fit_minibatches(
    logits: Callable[[Tensor], Tensor],
    parameters: Sequence[Tensor],
    inputs: Tensor,
    data: FitData,
    config: OptimConfig,
) -> None:
    """Fit `parameters` in place: cross-entropy, AdamW, one-cycle schedule.

    Equal arguments give equal bytes on one machine with one number of threads.

    Args:
        logits: inputs (b, dims) -> logits (b, classes), by `parameters`.
        parameters: what is fitted.
        inputs: (n, dims), the rows of `data`, projected.
        data: targets, sampling weights, and the class terms of the loss.
        config: steps, learning rate, weight decay, seed.
    """
    rng = np.random.default_rng(config.seed)
    targets = torch.from_numpy(data.classes)
    class_weight = None if data.class_weight is None else torch.from_numpy(data.class_weight)
    offset = torch.zeros(()) if data.offset is None else torch.from_numpy(data.offset)
    optimiser = torch.optim.AdamW(parameters, lr=config.lr, weight_decay=config.weight_decay, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.lr, total_steps=config.steps + 1)
    size = min(BATCH, max(32, data.images))
    for rows in np.array_split(systematic_sample(data.weight, config.steps * size, rng), config.steps):
        batch = torch.from_numpy(rows)
        loss = torch.nn.functional.cross_entropy(logits(inputs[batch]) + offset, targets[batch], weight=class_weight)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()


def systematic_sample(weight: NDArray[np.float64], count: int, rng: np.random.Generator) -> Ints:
    """Rows drawn in proportion to their weights, as evenly as possible: equal weights give whole passes.

    Systematic sampling (Madow 1949, "On the theory of systematic sampling, II") of one pass at a time, each pass
    shuffled.

    Args:
        weight: (n,), of each row.
        count: rows to draw.
        rng: the random numbers.

    Returns:
        Rows (count,).
    """
    ends = weight.cumsum() / weight.sum()
    passes = []
    for start in range(0, count, len(weight)):
        size = min(len(weight), count - start)
        points = (np.arange(size) + rng.random()) / size
        rows = np.minimum(np.searchsorted(ends, points, side="right"), len(weight) - 1)
        passes.append(rng.permutation(rows))
    return np.concatenate(passes)
