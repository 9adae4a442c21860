"""fastai's loaders over decoded pixels. Augmentation works on a whole batch at once, as tensors.

So the result depends neither on the number of processes that opened the files nor on their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from fastai.data.core import DataLoaders, TfmdDL
from fastai.data.transforms import IntToFloatTensor, Normalize
from fastai.torch_core import TensorCategory, TensorImage, get_random_states, set_random_states

from longtail.training.augmenting import Augmentation, transforms
from longtail.training.image_cache import Pixels

Ints = np.ndarray[tuple[Any, ...], np.dtype[np.int64]]
Bools = np.ndarray[tuple[Any, ...], np.dtype[np.bool_]]


@dataclass(frozen=True)
class ImageDataset:
    """Images of a loader: their rows in `pixels`, the class of each, and whether its mirror image is shown."""

    pixels: Pixels
    pixel_rows: Ints
    targets: Ints
    split_idx: int
    """fastai's name: 0 is learned from, 1 is validated on, and a random transform leaves it alone."""
    mirrored: Bools | None = None
    """None: every image as it is."""
    known: Bools | None = None
    """What an ancestor has learned already: an epoch shows `replayed` of it. None: every image in each epoch."""
    replayed: int = 0
    """Images among `known` that an epoch shows, drawn anew for each."""
    n_inp: ClassVar[int] = 1
    """fastai's name: a batch has one input. Asked nobody, fastai sends an image through the transforms to find out, in
    the midst of the first epoch, and that moves the draws."""

    def __len__(self) -> int:
        return len(self.pixel_rows)

    @property
    def per_epoch(self) -> int:
        """Images that an epoch shows."""
        return len(self) if self.known is None else int((~self.known).sum()) + self.replayed

    def __getitem__(self, indices: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Images as bytes (n, 1 or 3, size, size) and classes (n,)."""
        images = self.pixels[self.pixel_rows[indices]]
        if self.mirrored is not None:
            turned = self.mirrored[indices]
            images[turned] = images[turned, :, ::-1]
        classes = torch.from_numpy(self.targets[indices])
        return TensorImage(torch.from_numpy(images).permute(0, 3, 1, 2)), TensorCategory(classes)


class _Batches(TfmdDL):  # type: ignore[misc]
    """fastai's loader, but a whole batch is cut from the array at once: a call for each image costs more."""

    def create_item(self, s: int | None) -> int:
        """The index alone."""
        return s or 0

    def get_idxs(self) -> list[int]:
        """The indices of an epoch, in its order: all, or what is new and a share of what was known."""
        known = self.dataset.known
        if known is None:
            return list(super().get_idxs())
        replayed = self.rng.sample(np.flatnonzero(known).tolist(), self.dataset.replayed)
        return list(self.shuffle_fn(np.flatnonzero(~known).tolist() + replayed))

    def do_batch(self, b: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """The batch of these indices."""
        images: tuple[torch.Tensor, torch.Tensor] = self.dataset[list(b)]
        return images


def with_mirror_images(images: ImageDataset, classes: int) -> ImageDataset:
    """The same images, then their mirror images as classes of their own: class c's mirror image is `classes` + c.

    A fluke's mirror image is another fluke, so it is one more identity to tell apart and not another view of the same
    one (known from Kaggle's 2019 humpback challenge).

    Args:
        images: what is learned from.
        classes: number of their classes.

    Returns:
        Twice as many images and classes.
    """
    mirrored = np.repeat([False, True], len(images))
    targets = np.concatenate([images.targets, images.targets + classes])
    known = None if images.known is None else np.tile(images.known, 2)
    return ImageDataset(
        images.pixels, np.tile(images.pixel_rows, 2), targets, images.split_idx, mirrored, known, 2 * images.replayed
    )


def build_dataloaders(
    train_set: ImageDataset,
    valid_set: ImageDataset,
    batch_size: int,
    augmentation: Augmentation,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    device: torch.device,
) -> DataLoaders:
    """Batches of (n, 3, size, size) floats, normalised, and classes (n,).

    The last incomplete training batch is dropped. A batch is never larger than what an epoch shows, so that there is
    always one. Grey images get their three channels by the normalising, after augmentation.

    Args:
        train_set: what is learned from.
        valid_set: what is validated on.
        batch_size: images in a training batch; a validation batch has twice as many.
        augmentation: of the training images.
        mean: of each channel, for normalising.
        std: of each channel, for normalising.
        device: where batches go.

    Returns:
        fastai's loaders of train and valid set.
    """
    norm = Normalize.from_stats(mean, std, cuda=False)
    size = min(batch_size, train_set.per_epoch)
    pinned = device.type == "cuda"
    train = _Batches(
        train_set,
        size,
        n=train_set.per_epoch,
        shuffle=True,
        drop_last=True,
        num_workers=0,
        pin_memory=pinned,
        after_batch=[IntToFloatTensor(), *transforms(augmentation), norm],
        device=device,
    )
    valid = _Batches(
        valid_set,
        2 * size,
        num_workers=0,
        pin_memory=pinned,
        after_batch=[IntToFloatTensor(), norm],
        device=device,
    )
    return DataLoaders(train, valid, device=device)


@contextmanager
def preserve_rng_state(data: DataLoaders) -> Iterator[None]:
    """Put every generator back at the end, so that what follows draws as if nothing had been drawn inside.

    See `rng_state` for which these are.
    """
    state = rng_state(data)
    try:
        yield
    finally:
        set_rng_state(data, state)


def rng_state(data: DataLoaders) -> dict[str, Any]:
    """The state of every generator, as tensors and plain values.

    They are Python's, numpy's and torch's (all GPUs included), and the one that each of fastai's loaders has of its
    own: it decides the order of the images. fastai forgets Apple's GPU.

    Returns:
        The states by name.
    """
    states = get_random_states()
    kind, keys, *rest = states["numpy_state"]
    return {
        **states,
        "numpy_state": (kind, keys.tolist(), *rest),
        "mps": torch.mps.get_rng_state() if torch.backends.mps.is_available() else None,
        "orders": [loader.rng.getstate() for loader in data.loaders],
    }


def set_rng_state(data: DataLoaders, state: Mapping[str, Any]) -> None:
    """Put every generator where it was.

    Args:
        data: the loaders.
        state: of `rng_state`.
    """
    states = dict(state)
    apples, orders = states.pop("mps"), states.pop("orders")
    set_random_states(**states)
    if apples is not None:
        torch.mps.set_rng_state(apples)
    for loader, order in zip(data.loaders, orders, strict=True):
        loader.rng.setstate(order)
