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

from longtail.training.augmenting import Augmentation, transforms
from longtail.training.pixels import Pixels

Ints = np.ndarray[tuple[Any, ...], np.dtype[np.int64]]
Bools = np.ndarray[tuple[Any, ...], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Shown:
    """Images of a loader: their places in the pixels, the class of each, and whether its mirror image is shown."""

    pixels: Pixels
    places: Ints
    targets: Ints
    split_idx: int
    """fastai's name: 0 is learned from, 1 is watched, and a random transform leaves it alone."""
    mirrored: Bools | None = None
    """None: every image as it is."""

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        pixels = self.pixels[self.places[index]]
        if self.mirrored is not None and self.mirrored[index]:
            pixels = pixels[:, ::-1]
        image = torch.from_numpy(np.array(pixels, order="C")).permute(2, 0, 1)
        return TensorImage(image.expand(3, -1, -1)), TensorCategory(int(self.targets[index]))


def with_mirror_images(shown: Shown, classes: int) -> Shown:
    """The same images, then their mirror images as classes of their own: class c's mirror image is `classes` + c.

    A fluke's mirror image is another fluke, so it is one more identity to tell apart and not another view of the same
    one (known from Kaggle's 2019 humpback challenge).
    """
    mirrored = np.repeat([False, True], len(shown))
    targets = np.concatenate([shown.targets, shown.targets + classes])
    return Shown(shown.pixels, np.tile(shown.places, 2), targets, shown.split_idx, mirrored)


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
        after_batch=[IntToFloatTensor(), *transforms(augmentation), norm],
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
