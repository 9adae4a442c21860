"""fastai's loaders over decoded pixels. What chance does to an image is done to a whole batch at once, as tensors.

So the result depends neither on the number of processes that opened the files nor on their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from fastai.data.core import DataLoaders, TfmdDL
from fastai.data.transforms import IntToFloatTensor, Normalize
from fastai.torch_core import TensorCategory, TensorImage
from fastai.vision.augment import aug_transforms

from longtail.training.pixels import Pixels

Ints = np.ndarray[tuple[Any, ...], np.dtype[np.int64]]


@dataclass(frozen=True)
class Augmentation:
    """What chance may do to a training image; fastai's `aug_transforms`, drawn anew each time an image is shown."""

    horizontal_flip: bool
    max_rotate: float
    zoom: float
    max_warp: float
    max_lighting: float


@dataclass(frozen=True)
class Shown:
    """Images of a loader: places in the pixels and the class of each. `fold` 0 is learned from, 1 is watched."""

    pixels: Pixels
    places: Ints
    targets: Ints
    split_idx: int
    """fastai's name: a random transform leaves 1 alone."""

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        image = torch.from_numpy(np.array(self.pixels[self.places[index]])).permute(2, 0, 1)
        return TensorImage(image.expand(3, -1, -1)), TensorCategory(int(self.targets[index]))


def loaders(
    learned: Shown,
    watched: Shown,
    batch_size: int,
    augmentation: Augmentation,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    device: torch.device,
) -> DataLoaders:
    """Batches of (n, 3, size, size) floats, normalised, and classes (n,); the last, smaller one is learned from never.

    A batch is never larger than the train set, so that there is always one.
    """
    drawn = aug_transforms(
        do_flip=augmentation.horizontal_flip,
        max_rotate=augmentation.max_rotate,
        max_zoom=augmentation.zoom,
        max_warp=augmentation.max_warp,
        max_lighting=augmentation.max_lighting,
    )
    norm = Normalize.from_stats(mean, std, cuda=False)
    size = min(batch_size, len(learned))
    pinned = device.type == "cuda"
    train = TfmdDL(
        learned,
        size,
        shuffle=True,
        drop_last=True,
        num_workers=0,
        pin_memory=pinned,
        after_batch=[IntToFloatTensor(), *drawn, norm],
        device=device,
    )
    valid = TfmdDL(
        watched,
        2 * size,
        num_workers=0,
        pin_memory=pinned,
        after_batch=[IntToFloatTensor(), norm],
        device=device,
    )
    return DataLoaders(train, valid, device=device)
