"""Longtail's training on a GPU against a plain torch loop over input that is already there.

    python -m benchmarks.gpu            # ResNet50, 224 px, mixed precision, channels last: wants a GPU
    python -m benchmarks.gpu --tiny     # a small network, 32 px, on the CPU: keeps this file alive

Images a second of both, the share of an epoch that the loader takes when it runs alone, the most memory of the GPU, and
how far the loss of equal batches and weights lies from the CPU's.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from fastai.data.core import DataLoaders
from torch import nn

from benchmarks.measuring import keep
from longtail import params
from longtail.params import ComputeParams
from longtail.stages.train import Params
from longtail.training import backbones, device, heads, learner, trainer
from longtail.training.augmenting import Augmentation
from longtail.training.dataloaders import ImageDataset, build_dataloaders

CLASSES = 1000


@dataclass(frozen=True)
class Size:
    """What is trained, and for how long."""

    backbone: str
    size: int
    batch: int
    batches: int
    compute: ComputeParams


def main(asked: Sequence[str] | None = ()) -> None:
    """Train both ways, keep the figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.gpu", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--tiny", action="store_true", help="on the CPU, in seconds")
    tiny = parser.parse_args(asked).tiny
    if not tiny and not torch.cuda.is_available():
        raise SystemExit("There is no GPU here: --tiny runs the same on the CPU.")
    size = (
        Size("resnet18", 32, 4, 3, ComputeParams(device="cpu"))
        if tiny
        else Size("resnet50", 224, 64, 100, ComputeParams(device="cuda"))
    )
    keep("gpu_tiny" if tiny else "gpu", [measured(size)])


def measured(size: Size) -> dict[str, object]:
    """The figures of one size."""
    where = device.choose(size.compute)
    values = params.load(Params, "train", params.read(Path("presets/whales.yaml")), "presets/whales.yaml")
    mixed = device.use_mixed_precision(values.mixed_precision, where)
    data = drawn(size, values, where)
    outcome = trainer.train(built(size, where), data, nn.CrossEntropyLoss(), _schedule(values, mixed))
    ours = float(outcome.seconds["images_per_second"].iloc[-1])  # the first epoch warms up
    most = torch.cuda.max_memory_allocated() if where.type == "cuda" else 0
    plain = plainly(size, where, mixed)
    began = time.perf_counter()
    for _ in data.train:
        pass
    loader = (time.perf_counter() - began) / float(outcome.seconds["seconds"].iloc[-1])
    return {
        "device": torch.cuda.get_device_name() if where.type == "cuda" else "cpu",
        "backbone": size.backbone,
        "size": size.size,
        "batch": size.batch,
        "mixed_precision": mixed,
        "images_per_second": round(ours, 1),
        "plain_loop": round(plain, 1),
        "share": round(ours / plain, 3),
        "loader_share": round(loader, 3),
        "most_memory_mib": round(most / 2**20),
        "loss_off_the_cpus": round(off_the_cpus(size, where), 6),
    }


def drawn(size: Size, values: Params, where: torch.device) -> DataLoaders:
    """Loaders of random pixels, changed as the whales preset changes them; two batches are watched."""
    rng = np.random.default_rng(0)
    count = size.batch * size.batches
    pixels = rng.integers(0, 256, (count, size.size, size.size, 1 if values.grey else 3), dtype=np.uint8)
    targets = rng.integers(0, CLASSES, count)
    train_set = ImageDataset(pixels, np.arange(count), targets, split_idx=0)
    valid_set = ImageDataset(pixels, np.arange(2 * size.batch), targets[: 2 * size.batch], split_idx=1)
    changes = Augmentation(**{name: getattr(values, name) for name in Augmentation.__dataclass_fields__})
    mean, std = backbones.IMAGENET_MEAN, backbones.IMAGENET_STD
    return build_dataloaders(train_set, valid_set, size.batch, changes, mean, std, where)


def built(size: Size, where: torch.device) -> heads.Network:
    """The network with random weights, the same every time."""
    backbone = backbones.build(size.backbone, "none", size.size, 0, Path.cwd())
    body = heads.Embedder(backbone.body, backbone.embedding_size, 0)
    head = heads.build_head("softmax", backbone.embedding_size, CLASSES, 0.0)
    return heads.Network(body, head).to(where).to(memory_format=torch.channels_last)


def plainly(size: Size, where: torch.device, mixed: bool) -> float:
    """Images a second of forward, backward and step alone, on one batch that lies on the device."""
    network, images, classes = built(size, where).train(), *_batch(size, where)
    optimiser = torch.optim.AdamW(network.parameters(), fused=True)
    scaler = torch.amp.GradScaler(where.type, enabled=mixed)
    for step in range(-size.batches // 4, size.batches):
        if step == 0:
            _wait(where)
            began = time.perf_counter()
        with torch.autocast(where.type, torch.float16, enabled=mixed):
            loss = nn.functional.cross_entropy(network(images), classes)
        scaler.scale(loss).backward()
        scaler.step(optimiser)
        scaler.update()
        optimiser.zero_grad()
    _wait(where)
    return size.batches * size.batch / (time.perf_counter() - began)


def off_the_cpus(size: Size, where: torch.device) -> float:
    """The furthest that the loss of the same batch and weights lies from the CPU's, in full precision."""
    losses = []
    for target in (where, torch.device("cpu")):
        images, classes = _batch(size, target)
        with torch.inference_mode():
            losses.append(float(nn.functional.cross_entropy(built(size, target).eval()(images), classes)))
    return abs(losses[0] - losses[1])


def _schedule(values: Params, mixed: bool) -> learner.Schedule:
    return learner.Schedule(
        frozen_epochs=0,
        unfrozen_epochs=2,
        base_lr=0.001,
        body_lr_divisor=1.0,
        weight_decay=values.weight_decay,
        lr_find=False,
        lr_find_batches=0,
        mixed_precision=mixed,
    )


def _batch(size: Size, where: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    images = torch.randn(size.batch, 3, size.size, size.size, generator=draw)
    classes = torch.randint(CLASSES, (size.batch,), generator=draw)
    return images.to(where).contiguous(memory_format=torch.channels_last), classes.to(where)


def _wait(where: torch.device) -> None:
    if where.type == "cuda":
        torch.cuda.synchronize()


if __name__ == "__main__":
    main(None)
