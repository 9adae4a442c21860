"""The loaders: what an image looks like when it reaches the network."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from longtail.training import augmenting, dataloaders, device
from longtail.training.embedding import normalised

CPU = torch.device("cpu")
MEAN, STD = (0.5, 0.5, 0.25), (0.5, 0.25, 0.25)
STRONG = augmenting.Augmentation(horizontal_flip=False, max_rotate=30, zoom=1.5, max_warp=0.3, max_lighting=0.5)


def pictures(channels: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (10, 16, 16, channels), dtype=np.uint8)


def both(pixels: np.ndarray, augmentation: augmenting.Augmentation, batch: int = 4) -> dataloaders.DataLoaders:
    device.seed_everything(0)
    datasets = [dataloaders.ImageDataset(pixels, np.arange(10), np.arange(10), fold) for fold in (0, 1)]
    return dataloaders.build_dataloaders(datasets[0], datasets[1], batch, augmentation, MEAN, STD, CPU)


@pytest.mark.parametrize("channels", [1, 3])
def test_watched_images_are_normalised_and_nothing_else(channels: int) -> None:
    pixels = pictures(channels)
    images, classes = both(pixels, STRONG).valid.one_batch()
    assert classes.tolist() == list(range(8))
    wanted = (np.broadcast_to(pixels[:8], (8, 16, 16, 3)) / 255 - MEAN) / STD
    np.testing.assert_allclose(images.numpy(), wanted.transpose(0, 3, 1, 2), atol=1e-5)
    np.testing.assert_allclose(normalised(pixels[:8], MEAN, STD, CPU).numpy(), images.numpy(), atol=1e-6)


def test_learned_images_are_changed_anew_each_epoch_and_alike_in_each_run() -> None:
    data = both(pictures(3), STRONG)
    first, second = [torch.cat([images for images, _ in data.train]) for _ in range(2)]
    again = both(pictures(3), STRONG)
    assert torch.equal(first, torch.cat([images for images, _ in again.train]))
    assert not torch.equal(first, second)
    assert len(first) == 8  # the last, smaller batch is left out


def test_a_batch_is_never_larger_than_the_train_set() -> None:
    assert len(both(pictures(3), STRONG, batch=64).train) == 1


def test_no_image_is_mirrored_unless_asked() -> None:
    """A picture that is black on its left stays so under every other change."""
    pixels = np.zeros((10, 16, 16, 3), np.uint8)
    pixels[:, :, 8:] = 255
    still = augmenting.Augmentation(horizontal_flip=False, max_rotate=0, zoom=1.2, max_warp=0.0, max_lighting=0.2)
    mirrored = augmenting.Augmentation(horizontal_flip=True, max_rotate=0, zoom=1.2, max_warp=0.0, max_lighting=0.2)

    def left_is_darker(augmentation: augmenting.Augmentation) -> list[bool]:
        data = both(pixels, augmentation)
        images = torch.cat([images for _ in range(4) for images, _ in data.train])
        return (images[..., :4].mean((1, 2, 3)) < images[..., -4:].mean((1, 2, 3))).tolist()

    assert all(left_is_darker(still))
    assert 0 < sum(left_is_darker(mirrored)) < 32


def test_a_mirror_image_is_an_identity_of_its_own() -> None:
    pixels = pictures(1)
    dataset = dataloaders.ImageDataset(pixels, np.array([3, 1]), np.array([0, 4]), split_idx=0)
    both_ways = dataloaders.with_mirror_images(dataset, classes=5)
    assert len(both_ways) == 4
    images, classes = both_ways[range(4)]
    assert classes.tolist() == [0, 4, 5, 9]
    assert torch.equal(images[2:], images[:2].flip(3))
    assert not torch.equal(images[2:], images[:2])
    np.testing.assert_array_equal(images[0, 0].numpy(), pixels[3, :, :, 0])
