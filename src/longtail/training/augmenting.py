"""Random augmentation of training images: changes after which a fluke is still the same whale's.

Everything is drawn anew each time an image is shown, from torch's generator, for a whole batch at once: so neither
the number of processes nor the order of files changes the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from fastai.torch_core import TensorImage
from fastai.vision.augment import AffineCoordTfm, PadMode, RandTransform, affine_mat, aug_transforms
from torchvision.transforms.v2 import RandomErasing

_OFTEN = 0.75  # of the images: the share fastai changes in each way
_ERASED = (0.02, 0.15)  # share of the image that a rectangle hides


@dataclass(frozen=True)
class Augmentation:
    """How far an image may be changed; each figure is an end of a uniform draw. The defaults change nothing."""

    horizontal_flip: bool = False
    max_rotate: float = 0.0  # degrees
    max_shear: float = 0.0  # degrees
    max_shift: float = 0.0  # share of the edge
    shrink: float = 1.0  # smallest factor of size
    zoom: float = 1.0  # largest factor of size
    max_warp: float = 0.0  # perspective
    max_lighting: float = 0.0  # brightness and contrast
    erase: float = 0.0  # chance that a rectangle is hidden


def transforms(augmentation: Augmentation) -> list[Any]:
    """Transforms of a batch (n, 3, size, size) in [0, 1], before it is normalised.

    Geometry is one resampling (fastai joins the matrices), what lies outside the image its own reflection.

    Returns:
        fastai's transforms.
    """
    extra: list[Any] = [
        _affine(function, most)
        for function, most in ((shear, augmentation.max_shear), (shift, augmentation.max_shift))
        if most
    ]
    if augmentation.erase:
        extra.append(Erase(augmentation.erase))
    return list(
        aug_transforms(
            do_flip=augmentation.horizontal_flip,
            max_rotate=augmentation.max_rotate,
            min_zoom=augmentation.shrink,
            max_zoom=augmentation.zoom,
            max_warp=augmentation.max_warp,
            max_lighting=augmentation.max_lighting,
            p_affine=_OFTEN,
            p_lighting=_OFTEN,
            xtra_tfms=extra,
        )
    )


def shear(images: torch.Tensor, most: float) -> torch.Tensor:
    """Matrices (n, 3, 3) that slant images sideways: a fluke that leans against the water.

    Args:
        images: (n, 3, size, size).
        most: largest angle, in degrees.

    Returns:
        (n, 3, 3).
    """
    slant = torch.tan(torch.deg2rad(_draws(images, most)))
    one, zero = torch.ones_like(slant), torch.zeros_like(slant)
    matrices: torch.Tensor = affine_mat(one, slant, zero, zero, one, zero)
    return matrices


def shift(images: torch.Tensor, most: float) -> torch.Tensor:
    """Matrices (n, 3, 3) that move images in both directions.

    Args:
        images: (n, 3, size, size).
        most: largest distance, as a share of the edge.

    Returns:
        (n, 3, 3).
    """
    across, down = (2 * _draws(images, most) for _ in range(2))  # the grid runs from -1 to 1
    one, zero = torch.ones_like(across), torch.zeros_like(across)
    matrices: torch.Tensor = affine_mat(one, zero, across, zero, one, down)
    return matrices


class Erase(RandTransform):  # type: ignore[misc]
    """Hides a rectangle of some images, so that no single mark may carry an identity alone.

    Random erasing (Zhong et al. 2020, https://arxiv.org/abs/1708.04896), torchvision's, an image at a time.
    """

    order, split_idx = 95, 0  # after geometry and light, before the normalising; never on validation images

    def __init__(self, chance: float) -> None:
        super().__init__(p=1.0)
        self.one = RandomErasing(p=chance, scale=_ERASED, value=0.5)

    def encodes(self, x: TensorImage) -> TensorImage:
        """The batch with its rectangles."""
        return TensorImage(torch.stack([self.one(image) for image in x.as_subclass(torch.Tensor)]))


def _affine(function: Any, most: float) -> AffineCoordTfm:
    return AffineCoordTfm(aff_fs=partial(function, most=most), mode="bilinear", pad_mode=PadMode.Reflection)


def _draws(images: torch.Tensor, most: float) -> torch.Tensor:
    drawn = images.new_empty(len(images)).uniform_(-most, most)
    return (drawn * images.new_empty(len(images)).bernoulli_(_OFTEN)).as_subclass(torch.Tensor)
