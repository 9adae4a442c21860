"""A softmax layer fitted anew on fixed embeddings, in seconds: what a balancing approach does, without a training.

Embeddings are brought to length 1, centred and whitened onto their first principal axes, so that one learning rate
serves any backbone; both steps are folded into the layer that comes out. Every approach gets the same number of
steps: it decides what is drawn, not how long is learned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from longtail.scoring.scorers import Head
from longtail.scoring.views import Floats, Ints, product

_BATCH = 256
_FEWEST_STEPS = 200
_FLOOR = 1e-3  # variance under this share of the first axis' is noise, not to be blown up by whitening


@dataclass(frozen=True)
class HeadSettings:
    """How the layer is fitted."""

    epochs: int = 10  # passes over as many rows as there are originals
    lr: float = 0.02  # of AdamW, at the top of the one-cycle schedule
    weight_decay: float = 0.01
    dims: int = 512  # principal axes


@dataclass(frozen=True)
class Whitening:
    """`(x - mean) @ axes` has unit variance along each of the first principal axes: mean (d,), axes (d, dims)."""

    mean: Floats
    axes: Floats


def whiten(embeddings: Floats, dims: int) -> Whitening:
    """The whitening of `embeddings` (n, d), of length 1, onto at most `dims` axes."""
    mean = embeddings.mean(axis=0, dtype=np.float64)
    centred = (embeddings - mean).astype(np.float32)
    covariance = product(centred.T, centred.T).astype(np.float64) / max(1, len(centred) - 1)
    variances, axes = (part.numpy() for part in torch.linalg.eigh(torch.from_numpy(covariance)))
    variances, axes = variances[::-1][:dims], axes[:, ::-1][:, :dims]
    variances = np.maximum(variances, max(float(variances[0]) * _FLOOR, 1e-12))
    return Whitening(mean.astype(np.float32), (axes / np.sqrt(variances)).astype(np.float32))


def steps_for(photographs: int, settings: HeadSettings) -> int:
    """Minibatches that make `settings.epochs` passes over that many photographs; a small set is passed over oftener."""
    return max(_FEWEST_STEPS, round(settings.epochs * photographs / _BATCH))


def fit(
    embeddings: Floats,
    classes: Ints,
    weight: NDArray[np.float64],
    count: int,
    whitening: Whitening,
    settings: HeadSettings,
    steps: int,
    seed: int,
) -> Head:
    """Fit a layer of `count` classes on rows drawn by `weight`.

    Args:
        embeddings: (n, d), of length 1.
        classes: (n,), each row's class, from 0.
        weight: (n,), how often a row is drawn, relative to the others.
        count: number of classes.
        whitening: made from the originals, the same for every approach.
        settings: learning rate and weight decay.
        steps: minibatches of 256, see `steps_for`.
        seed: decides the draws; equal arguments give equal bytes on one machine with one number of threads.
    """
    rng = np.random.default_rng(seed)
    inputs = torch.from_numpy(product(embeddings - whitening.mean, whitening.axes.T))
    inputs /= inputs.shape[1] ** 0.5
    targets = torch.from_numpy(classes)
    layer = torch.nn.Linear(inputs.shape[1], count)
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    optimiser = torch.optim.AdamW(layer.parameters(), lr=settings.lr, weight_decay=settings.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.lr, total_steps=steps + 1)
    for rows in np.array_split(draw(weight, steps * _BATCH, rng), steps):
        batch = torch.from_numpy(rows)
        loss = torch.nn.functional.cross_entropy(layer(inputs[batch]), targets[batch])
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
    return _folded(layer, whitening)


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


def _folded(layer: torch.nn.Linear, whitening: Whitening) -> Head:
    with torch.no_grad():
        weight = layer.weight.numpy() / np.float32(layer.in_features**0.5) @ whitening.axes.T
        bias = layer.bias.numpy() - weight @ whitening.mean
    return Head(np.ascontiguousarray(weight, dtype=np.float32), bias.astype(np.float32), on_normalised=True)
