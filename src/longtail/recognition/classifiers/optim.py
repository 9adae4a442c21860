"""The optimiser of the heads: AdamW on minibatches of fixed embeddings, in seconds.

torch's own step, and the formulas of torch's schedule. Their classes import torch's compiler, which takes longer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim.adamw import adamw

from longtail.recognition.balancing.apply import FitData
from longtail.recognition.embeddings import Ints, aligned

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
    offset = None if data.offset is None else torch.from_numpy(data.offset)
    means, squares = ([torch.zeros_like(parameter) for parameter in parameters] for _ in range(2))
    counts = [torch.zeros(()) for _ in parameters]
    size = min(BATCH, max(32, data.images))
    batches = np.array_split(systematic_sample(data.weight, config.steps * size, rng), config.steps)
    for rows, (lr, momentum) in zip(batches, one_cycle(config.lr, config.steps), strict=True):
        batch = torch.from_numpy(rows)
        scores = logits(inputs[batch]) if offset is None else logits(inputs[batch]) + offset
        loss = torch.nn.functional.cross_entropy(scores, targets[batch], weight=class_weight)
        for parameter in parameters:
            parameter.grad = None
        torch.autograd.backward(loss)
        with torch.no_grad():
            adamw(
                list(parameters),
                [parameter.grad for parameter in parameters if parameter.grad is not None],
                means,
                squares,
                [],
                counts,
                fused=True,
                amsgrad=False,
                beta1=momentum,
                beta2=0.999,
                lr=lr,
                weight_decay=config.weight_decay,
                eps=1e-8,
                maximize=False,
            )


def aligned_linear(inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """A linear layer for many classes.

    Args:
        inputs: (b, dims), which get no gradient.
        weight: (classes, dims).
        bias: (classes,), or None.

    Returns:
        Logits (b, classes).
    """
    logits: Tensor = AlignedLinear.apply(inputs, weight, bias)
    return logits


class AlignedLinear(torch.autograd.Function):
    """`torch.nn.functional.linear` for many classes, with the same bits in two thirds of the time (`aligned`)."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The logits.

        Args:
            ctx: what backward needs.
            inputs: (b, dims), which get no gradient.
            weight: (classes, dims).
            bias: (classes,), or None.

        Returns:
            (b, classes).
        """
        ctx.save_for_backward(inputs)
        ctx.with_bias = bias is not None
        rows, count = aligned(weight), len(weight)
        if bias is not None:
            bias = torch.nn.functional.pad(bias, (0, len(rows) - count))
        return torch.nn.functional.linear(inputs, rows, bias)[:, :count].contiguous()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor, Tensor | None]:
        """The gradients of weight and bias.

        Args:
            ctx: as forward left it.
            gradient: of the logits, (b, classes).

        Returns:
            None, (classes, dims), and (classes,) or None.
        """
        (inputs,) = ctx.saved_tensors
        return None, gradient.t() @ inputs, gradient.sum(0) if ctx.with_bias else None


def one_cycle(lr: float, steps: int) -> Iterator[tuple[float, float]]:
    """The one-cycle schedule as torch's OneCycleLR has it (Smith and Topin 2019, https://arxiv.org/abs/1708.07120).

    The rate rises from a 25th of the highest in the first 3 steps of 10, then falls to a 10,000th of where it began;
    the momentum falls from 0.95 to 0.85 and rises again. One step more is planned than made.

    Args:
        lr: the highest rate.
        steps: how many there are.

    Yields:
        Rate and momentum of each step.
    """
    turn = 0.3 * (steps + 1) - 1
    for step in range(steps):
        if step <= turn:
            part = step / turn
            yield _cosine(lr / 25, lr, part), _cosine(0.95, 0.85, part)
        else:
            part = (step - turn) / (steps - turn)
            yield _cosine(lr, lr / 25 / 1e4, part), _cosine(0.85, 0.95, part)


def _cosine(start: float, end: float, part: float) -> float:
    return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)


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
