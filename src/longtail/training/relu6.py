"""ReLU6 that keeps one tensor for its gradient instead of two.

torch's own, made in place, first copies what it overwrites, since its gradient is written in terms of the input. The
result says as well where the gradient passes: between 0 and 6. Equal bits, and a third of what EfficientNet-Lite keeps
of a batch.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

_TOP = 6.0


class LeanReLU6(nn.Module):
    """min(max(x, 0), 6), in place."""

    def forward(self, values: Tensor) -> Tensor:
        """The values, clamped where they lie."""
        if not (torch.is_grad_enabled() and values.requires_grad):
            return nn.functional.relu6(values, inplace=True)
        clamped: Tensor = _Clamp.apply(values)
        return clamped


class _Clamp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        nn.functional.relu6(values, inplace=True)
        ctx.mark_dirty(values)
        ctx.save_for_backward(values)
        return values

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (clamped,) = ctx.saved_tensors
        passed: Tensor = torch.ops.aten.hardtanh_backward(grads[0], clamped, 0.0, _TOP)
        return passed


def use_lean_relu6(network: nn.Module) -> None:
    """Replace each ReLU6 that works in place, for a training; weights and results stay equal.

    Args:
        network: it is changed.
    """
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if type(child) is nn.ReLU6 and child.inplace:
                setattr(module, name, LeanReLU6())
