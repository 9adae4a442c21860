"""How long a run will take, from a measurement of its three costly parts on this machine."""

from __future__ import annotations

import logging
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longtail.errors import counted
from longtail.images.describing import Item, describe
from longtail.images.working import CopyParams
from longtail.labels.label_csv import photographs
from longtail.params import ComputeParams
from longtail.paths import CHECKPOINTS, RAW
from longtail.preset import shares
from longtail.preset.survey import Facts

_PREPARED = 20  # photographs that are prepared
_BATCHES = 3  # of a measured epoch, after one that warms up
_GLANCE = 8  # images that are embedded first, to see how slow the machine is
_MOST_S = 10.0  # seconds in which the measured images can be embedded: two epochs of them take some six times as long
_OTHER_S = (
    0.035  # seconds of the other stages, a labelled photograph: on two cores the whales had 0.038, the sample 0.029
)
_TRAINING = logging.getLogger("longtail.training")
_START_S = 45.0  # seconds in which a run starts its stages


@dataclass(frozen=True)
class Speed:
    """What was measured."""

    prepare_s: float
    """Seconds to open a photograph and write its copy, in one process."""
    learned_s: float
    """Seconds to learn from one image."""
    embedded_s: float
    """Seconds to embed one image, one network and one view."""
    checkpoint_s: float = 0.0
    """Seconds to keep an epoch."""


@dataclass(frozen=True)
class Minutes:
    """What a run will take."""

    prepare: float
    train: float
    embed: float
    other: float

    def __str__(self) -> str:
        """One line for the console."""
        parts = {"train": self.train, "embed": self.embed, "prepare": self.prepare, "other": self.other}
        total = max(1, round(sum(parts.values())))
        rounded = zip(parts, _rounded_to_sum(list(parts.values()), total), strict=True)
        listed = ", ".join(f"{name} {minutes}" for name, minutes in rounded)
        return f"about {counted(total, 'minute')} on this machine ({listed})"


def estimate(facts: Facts, sections: Mapping[str, Any], compute: ComputeParams, speed: Speed) -> Minutes:
    """The minutes of a first run.

    Args:
        facts: what the set holds.
        sections: `split`, `oversample` and `train` as they will be.
        compute: number of processes.
        speed: what was measured.

    Returns:
        The minutes of its parts.
    """
    train, expected = sections["train"], shares.expected(facts.class_counts, sections)
    second = train.fold == "all"  # as many networks again, which learn from every fold
    an_epoch = train.networks * (expected.images + second * expected.images_of_all) * (1 + train.mirror_as_identity)
    epochs = train.frozen_epochs + train.unfrozen_epochs
    images = an_epoch * (train.frozen_epochs / 3 + train.unfrozen_epochs)  # without the body's backward pass
    watched = epochs * train.networks * expected.scored * speed.embedded_s
    kept = epochs * train.networks * (1 + second) * speed.checkpoint_s
    of_one_network = 2 * (facts.photographs + facts.test + expected.variants)
    networks = train.networks * (1 + second) + train.pretrained_beside
    views = 2 * facts.photographs + networks * of_one_network  # the labelled ones by the untrained network, too
    watched += train.pretrained_beside * 2 * facts.photographs * speed.embedded_s  # the whitening, of most of them
    return Minutes(
        (facts.photographs + facts.test) * speed.prepare_s / compute.workers / 60,
        (images * speed.learned_s + watched + kept) / 60,
        views * speed.embedded_s / 60,
        (facts.photographs * _OTHER_S + _START_S) / 60,
    )


def _rounded_to_sum(parts: Sequence[float], total: int) -> list[int]:
    """Whole numbers that sum to `total`, by the largest remainders."""
    rounded = [int(part) for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda at: rounded[at] - parts[at])
    for at in by_remainder[: total - sum(rounded)]:
        rounded[at] += 1
    return rounded


def measure(root: Path, train: Any, prepare: Any, classes: int) -> Speed:
    """Prepare some photographs, learn from some random images and embed them, with the stages' own code.

    Args:
        root: the project's root.
        train: `train:` as it will be.
        prepare: `prepare:` as it will be.
        classes: identities that are learned.

    Returns:
        Seconds of each part.
    """
    originals = root / RAW / "train"
    names = photographs(originals)[:_PREPARED]
    side = CopyParams(prepare.side, prepare.quality)
    with tempfile.TemporaryDirectory(prefix="longtail.") as scratch:
        began = time.perf_counter()
        for at, name in enumerate(names):
            describe(Item(name, f"{at}.jpg"), originals, Path(scratch), side, prepare.max_pixels)
        prepared_s = time.perf_counter() - began
    level = _TRAINING.level
    _TRAINING.setLevel(logging.WARNING)  # the progress of this training is nobody's concern
    try:
        return Speed(prepared_s / max(1, len(names)), *_training(root, train, classes))
    finally:
        _TRAINING.setLevel(level)


def _training(root: Path, train: Any, classes: int) -> tuple[float, float, float]:
    """(seconds to learn from an image, to embed one, to keep an epoch) of the network that `train` will build."""
    import numpy as np
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # fastai 2.8 still asks for torch.jit
        from longtail.training import (
            augmenting,
            backbones,
            dataloaders,
            device,
            embedding,
            heads,
            learner,
            relu6,
            trainer,
        )

    where = device.choose(train.compute)
    weights = "none" if train.weights in backbones.PRETRAINED else train.weights  # as quick, without a download
    backbone = backbones.build(train.backbone, weights, train.size, train.seed, root)
    body = heads.Embedder(backbone.body, backbone.embedding_size, train.embedding_size)
    width, several = train.embedding_size or backbone.embedding_size, max(2, classes)
    head = heads.build_head(train.head, width, several * (1 + train.mirror_as_identity), train.dropout)
    network = heads.Network(body, head).to(where)
    relu6.use_lean_relu6(network)
    if train.channels_last:
        network = network.to(memory_format=torch.channels_last)
    stats = backbone.mean, backbone.std
    shape = (_BATCHES * train.batch_size, backbone.size, backbone.size, 1 if train.grey else 3)
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)

    def embedding_s(images: int) -> float:
        began = time.perf_counter()
        bodies = {"embeddings": network.body.eval()}
        embedding.embed_all(bodies, pixels[:images], *stats, where, batch_size=64, mirrored=False, label="measuring")
        return (time.perf_counter() - began) / images

    many = max(_GLANCE, min(len(pixels), int(_MOST_S / embedding_s(_GLANCE))))
    pixels = pixels[:many]
    rows = np.arange(many)
    learned, validated = (
        dataloaders.ImageDataset(pixels, rows[:end], rows[:end] % several, split_idx=part)
        for part, end in enumerate((many, min(many, train.batch_size)))
    )
    change = augmenting.Augmentation(**_same_named(augmenting.Augmentation, train))
    data = dataloaders.build_dataloaders(learned, validated, train.batch_size, change, *stats, where)
    loss = heads.build_loss(train.head, train.label_smoothing, train.margin, train.scale)
    fixed = {"frozen_epochs": 0, "unfrozen_epochs": 2, "lr_find": False, "base_lr": 0.001}
    fixed["mixed_precision"] = device.use_mixed_precision(train.mixed_precision, where)
    schedule = learner.Schedule(**_same_named(learner.Schedule, train) | fixed)
    images_a_second = float(trainer.train(network, data, loss, schedule).seconds["images_per_second"].iloc[-1])
    return 1 / images_a_second, embedding_s(many), _checkpoint_s(root, network)


def _checkpoint_s(root: Path, network: Any) -> float:
    """Seconds to write the weights and the two tensors that AdamW has of each, where `train` writes them."""
    from longtail.training.epoch_checkpoint import EpochCheckpoint

    checkpoint = EpochCheckpoint(root / CHECKPOINTS, "measured", "preset")
    state = network.state_dict()
    began = time.perf_counter()
    checkpoint.write({"network": state, "first": state, "second": state})
    seconds = time.perf_counter() - began
    checkpoint.remove()
    return seconds


def _same_named(kind: Any, train: Any) -> dict[str, Any]:
    return {name: getattr(train, name) for name in kind.__dataclass_fields__ if hasattr(train, name)}
