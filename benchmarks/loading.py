"""The loader alone against what a network takes: ResNet18 at 224 px, all changes of the whales preset.

    python -m benchmarks.loading [--size 224] [--batches 8]

Images a second that the loader gives when nobody waits for anything else, and that a training step on the CPU takes.
Pixels are drawn at random: how a photograph gets into memory is `prepare`'s and the first seconds' of `train`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from fastai.data.core import DataLoaders
from torchvision.models import resnet18

from benchmarks import measuring
from longtail import params
from longtail.stages.train import Params
from longtail.training import device
from longtail.training.augmenting import Augmentation
from longtail.training.dataloaders import ImageDataset, build_dataloaders

BATCH = 32
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def main(asked: Sequence[str] | None = ()) -> None:
    """Time both in turns, keep the ratio."""
    parser = argparse.ArgumentParser(prog="benchmarks.loading", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batches", type=int, default=8)
    options = parser.parse_args(asked)
    values = params.load(Params, "train", params.read(Path("presets/whales.yaml")), "presets/whales.yaml")
    device.choose(values.compute)
    data = drawn(values, options.size, options.batches)
    network = resnet18(num_classes=100).to(memory_format=torch.channels_last)
    turns = [(loaded(data), trained(network, data)) for _ in range(measuring.RUNS)]
    mine, theirs, ratio = (float(np.median(column)) for column in zip(*((a, b, a / b) for a, b in turns), strict=True))
    row = {"size": options.size, "threads": values.compute.threads, "loader_images_per_second": round(mine)}
    measuring.keep("loading", [row | {"resnet18_images_per_second": round(theirs, 1), "ratio": round(ratio, 1)}])


def drawn(values: Params, size: int, batches: int) -> DataLoaders:
    """Loaders of so many batches of random pixels."""
    rng = np.random.default_rng(0)
    count = BATCH * batches
    pixels = rng.integers(0, 256, (count, size, size, 1 if values.grey else 3), dtype=np.uint8)
    train_set = ImageDataset(pixels, np.arange(count), rng.integers(0, 100, count), split_idx=0)
    changes = Augmentation(**{name: getattr(values, name) for name in Augmentation.__dataclass_fields__})
    return build_dataloaders(train_set, train_set, BATCH, changes, *IMAGENET, torch.device("cpu"))


def loaded(data: DataLoaders) -> float:
    """Images a second that come out of the loader."""
    began, images = time.perf_counter(), 0
    for batch, _ in data.train:
        images += len(batch)
    return images / (time.perf_counter() - began)


def trained(network: torch.nn.Module, data: DataLoaders) -> float:
    """Images a second that training steps on one batch take, that batch at hand."""
    batch, classes = data.train.one_batch()
    batch, classes = torch.Tensor(batch).contiguous(memory_format=torch.channels_last), torch.Tensor(classes).long()
    optimiser = torch.optim.AdamW(network.parameters(), fused=True)
    began, steps = time.perf_counter(), 2
    for _ in range(steps):
        torch.nn.functional.cross_entropy(network(batch), classes).backward()
        optimiser.step()
        optimiser.zero_grad()
    return steps * len(batch) / (time.perf_counter() - began)


if __name__ == "__main__":
    main(None)
