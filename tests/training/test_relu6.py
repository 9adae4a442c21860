"""The lean ReLU6: torch's own results and gradients, bit by bit, with a third less kept for them."""

from __future__ import annotations

import copy

import pytest
import timm
import torch
from torch import nn

from longtail.training.relu6 import LeanReLU6, use_lean_relu6


def kept(network: nn.Module, images: torch.Tensor) -> tuple[torch.Tensor, int]:
    """(what the network gives, bytes that it keeps for the gradients)."""
    storages: dict[int, int] = {}

    def look(tensor: torch.Tensor) -> torch.Tensor:
        storages[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(look, lambda tensor: tensor):
        return network(images), sum(storages.values())


def test_values_and_gradients_are_torchs_at_every_edge() -> None:
    values = torch.tensor([-torch.inf, -1.0, -0.0, 0.0, 1e-45, 3.0, 5.9999995, 6.0, 6.5, torch.inf, torch.nan])
    results = []
    for module in (nn.ReLU6(inplace=True), LeanReLU6()):
        start = values.clone().requires_grad_()
        out = module(start * 1)
        (out * torch.arange(1.0, 12)).sum().backward()
        results.append((out.detach(), start.grad))
    for theirs, ours in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("mode", ["train", "eval"])
def test_a_network_learns_the_same_and_keeps_less(mode: str) -> None:
    torch.manual_seed(0)
    theirs = timm.create_model("efficientnet_lite0", num_classes=0).to(memory_format=torch.channels_last)
    getattr(theirs, mode)()
    ours = copy.deepcopy(theirs)
    use_lean_relu6(ours)
    assert sum(isinstance(module, LeanReLU6) for module in ours.modules()) == 33
    images = torch.randn(4, 3, 64, 64)
    (wanted, before), (actual, after) = kept(theirs, images), kept(ours, images)
    assert torch.equal(actual, wanted)
    wanted.square().sum().backward()
    actual.square().sum().backward()
    for (name, weights), others in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert torch.equal(weights.grad, others.grad), name
    for (name, ours_of), (_, others_of) in zip(ours.named_buffers(), theirs.named_buffers(), strict=True):
        assert torch.equal(ours_of, others_of), name
    assert after < 0.85 * before
    assert ours.state_dict().keys() == theirs.state_dict().keys()


def test_nothing_is_kept_without_gradients() -> None:
    values = torch.tensor([-1.0, 7.0])
    with torch.inference_mode():
        assert LeanReLU6()(values.clone()).tolist() == [0.0, 6.0]
