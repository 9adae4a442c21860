"""What chance does to an image: how far, and what it leaves alone."""

from __future__ import annotations

import math

import torch
from fastai.torch_core import TensorImage

from longtail.training import augmenting


def images(count: int = 200, edge: int = 16) -> TensorImage:
    torch.manual_seed(0)
    return TensorImage(torch.rand(count, 3, edge, edge))


def test_the_defaults_change_nothing() -> None:
    assert augmenting.transforms(augmenting.Augmentation()) == []


def test_a_slant_moves_rows_sideways_within_its_bounds() -> None:
    matrices = augmenting.shear(images(), 20.0)
    slants = matrices[:, 0, 1]
    assert slants.abs().max() <= math.tan(math.radians(20))
    assert slants.min() < -0.2 < 0.2 < slants.max()
    still = matrices.clone()
    still[:, 0, 1] = 0
    assert torch.equal(still, torch.eye(3).expand(200, 3, 3))


def test_a_shift_is_a_share_of_the_edge_and_a_quarter_stays() -> None:
    moved = augmenting.shift(images(400), 0.1)[:, :2, 2]
    assert moved.abs().max() <= 0.2  # the grid runs from -1 to 1
    assert moved.abs().max() > 0.15
    assert 0.15 < (moved[:, 0] == 0).float().mean() < 0.35


def test_erasing_hides_one_rectangle_of_about_the_share_asked_for() -> None:
    before = images(300)
    torch.manual_seed(1)
    after = augmenting.Erase(0.5).encodes(before)
    hidden = (after != before).any(dim=1)
    touched = hidden.flatten(1).any(dim=1)
    assert 0.4 < touched.float().mean() < 0.6
    shares = hidden[touched].float().mean((1, 2))
    assert shares.min() > 0.005
    assert shares.max() < 0.2
    assert (after[(after != before)] == 0.5).all()


def test_geometry_is_one_resampling_and_light_comes_after() -> None:
    strong = augmenting.Augmentation(False, 10, 5, 0.05, 0.85, 1.15, 0.1, 0.3, 0.25)
    names = [type(transform).__name__ for transform in augmenting.transforms(strong)]
    assert len(names) == 3
    assert names[-1] == "Erase"
