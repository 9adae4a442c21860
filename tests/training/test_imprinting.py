"""A head that starts from the pretrained network's own embeddings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from longtail.training import augmenting, backbones, device, heads, imprinting, loading

CPU = torch.device("cpu")
STRONG = augmenting.Augmentation(max_rotate=30, zoom=1.5, max_warp=0.3, max_lighting=0.5, erase=1.0)


def imprinted(embedding_size: int) -> tuple[heads.Network, loading.Shown, np.ndarray]:
    """A network whose head of four classes was imprinted with twelve images, and those images normalised."""
    torch.set_num_threads(1)
    backbone = backbones.build("timm/test_resnet", "none", 32, 0, Path())
    device.start_from(0)
    width = embedding_size or backbone.embedding_size
    body = heads.Embedder(backbone.body, backbone.embedding_size, embedding_size)
    network = heads.Network(body, heads.build_head("arcface", width, 4, 0.0))
    pixels = np.random.default_rng(0).integers(0, 256, (12, 32, 32, 3), dtype=np.uint8)
    shown = loading.Shown(pixels, np.arange(12), np.arange(12) % 4, split_idx=0)
    data = loading.loaders(shown, shown, 5, STRONG, (0.5,) * 3, (0.5,) * 3, CPU)
    imprinting.imprint(network, data)
    return network, shown, ((pixels / 255 - 0.5) / 0.5).transpose(0, 3, 1, 2).astype(np.float32)


def embeddings(network: heads.Network, images: np.ndarray) -> torch.Tensor:
    with torch.inference_mode():
        return network.body.eval()(torch.from_numpy(images))


@pytest.mark.parametrize("embedding_size", [0, 6])
def test_a_class_starts_at_the_mean_direction_of_its_images_unchanged_by_chance(embedding_size: int) -> None:
    network, shown, images = imprinted(embedding_size)
    directions = torch.nn.functional.normalize(embeddings(network, images))
    for number in range(4):
        wanted = torch.nn.functional.normalize(directions[shown.targets == number].sum(0), dim=0)
        torch.testing.assert_close(network.head.linear.weight[number].detach(), wanted, rtol=1e-3, atol=1e-4)


def test_the_neck_starts_as_a_whitening() -> None:
    network, _, images = imprinted(6)
    found = embeddings(network, images).double()
    assert found.mean(0).abs().max() < 1e-3
    covariance = found.T @ found / 11
    assert covariance.diagonal().max() < 1.01  # an axis of noise is not blown up to 1
    assert covariance[0, 0] == pytest.approx(1.0, abs=1e-2)
    assert (covariance - covariance.diagonal().diag()).abs().max() < 1e-2


def test_what_is_imprinted_can_still_learn() -> None:
    network, _, _ = imprinted(6)
    assert network.training
    assert all(parameter.requires_grad for parameter in network.parameters())
