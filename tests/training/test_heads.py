"""Necks, heads and the margin: numbers worked by hand."""

from __future__ import annotations

import math

import pytest
import torch

from longtail.training import heads


def arcface(cosines: list[list[float]], targets: list[int], margin: float, scale: float) -> float:
    loss = heads.ArcFaceLoss(margin, scale, label_smoothing=0.0)
    return float(loss(torch.tensor(cosines, dtype=torch.float64), torch.tensor(targets)))


def test_without_a_margin_it_is_the_cross_entropy_of_scaled_cosines() -> None:
    assert arcface([[0.5, 0.2]], [0], margin=0.0, scale=10.0) == pytest.approx(math.log1p(math.exp(-3.0)), abs=1e-4)


def test_the_margin_turns_the_own_class_away() -> None:
    """60 degrees and a margin of 30 make a right angle: the own logit is 0, the other 10 x 0.2."""
    loss = arcface([[0.5, 0.2]], [0], margin=math.pi / 6, scale=10.0)
    assert loss == pytest.approx(math.log1p(math.exp(2.0)), abs=1e-4)


def test_past_pi_the_loss_still_falls_with_the_angle() -> None:
    losses = [arcface([[cosine, 0.0]], [0], margin=0.5, scale=4.0) for cosine in (-1.0, -0.95, -0.9, -0.8, 0.0)]
    assert losses == sorted(losses, reverse=True)
    held = -0.95 - 0.5 * math.sin(0.5)
    assert losses[1] == pytest.approx(math.log1p(math.exp(-4.0 * held)), abs=1e-4)


def test_a_gradient_at_a_perfect_cosine_is_a_number() -> None:
    cosines = torch.tensor([[1.0, -1.0]], requires_grad=True)
    heads.ArcFaceLoss(0.3, 30.0, 0.0)(cosines, torch.tensor([0])).backward()
    assert torch.isfinite(cosines.grad).all()


def test_an_arcface_head_gives_cosines_whatever_the_length() -> None:
    head = heads.build_head("arcface", 2, 3, 0.0)
    with torch.no_grad():
        head.linear.weight.copy_(torch.tensor([[2.0, 0.0], [0.0, 5.0], [-1.0, 0.0]]))
    assert head(torch.tensor([[3.0, 4.0]])).tolist()[0] == pytest.approx([0.6, 0.8, -0.6])
    assert set(head.linear.state_dict()) == {"weight"}


def test_a_neck_is_there_only_where_it_is_asked_for() -> None:
    backbone = torch.nn.Flatten()
    images = torch.randn(4, 3, 2, 2)
    assert torch.equal(heads.Embedder(backbone, 12, 0)(images), images.flatten(1))
    assert heads.Embedder(backbone, 12, 5)(images).shape == (4, 5)


def test_the_neck_learns_while_the_backbone_is_frozen() -> None:
    body = heads.Embedder(torch.nn.Linear(4, 3), 3, 2)
    network = heads.Network(body, heads.build_head("softmax", 2, 5, 0.0))
    still, learning = heads.parameter_groups(network)
    assert len(still) == 2
    assert {tuple(parameter.shape) for parameter in learning} == {(2, 3), (2,), (5, 2), (5,)}
