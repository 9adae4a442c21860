"""The trained network, started quickly: from a plan that an earlier start has left, else built by its library."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from longtail import atomic
from longtail.identifying import exported_graph
from longtail.training import checkpoint
from longtail.training.checkpoint import Card

_NO_PLAN = "there is no plan"


@dataclass(frozen=True)
class Network:
    """`embed` gives the embedding (1, d) of one normalised image; `built` is the module where no plan was at hand."""

    embed: Callable[[Tensor], Tensor]
    built: nn.Module | None


def start(tensors: Path, card: Card, plans: Path) -> Network:
    """The network of `model.safetensors` and its card, on the CPU.

    Args:
        tensors: the trained tensors.
        card: what belongs to them.
        plans: folder in which plans are kept; it need not exist.

    Raises:
        BadInput: tensors and card do not belong together.
    """
    try:
        plan = json.loads(_file(card, plans).read_text("utf-8"))
        network = exported_graph.prepared(plan, _as_trained(load_file(tensors), card))
        with torch.inference_mode():
            network(torch.zeros(1, 3, card.size, card.size))
        return Network(network, None)
    except (OSError, ValueError, KeyError, RuntimeError, exported_graph.NoPlanError):  # none, or none that fits
        built = checkpoint.load_body(tensors, card)
        return Network(built, built)


def leave_plan(network: Network, card: Card, plans: Path) -> None:
    """Make the next start a quick one; where that cannot be, say so once, and each will be as slow as this one."""
    file = _file(card, plans)
    if network.built is None or (file.exists() and _NO_PLAN in file.read_text("utf-8")):
        return
    try:
        plan = exported_graph.plan_of(network.built, card.size)
    except exported_graph.NoPlanError as why:
        plan = {_NO_PLAN: str(why)}
    with contextlib.suppress(OSError):
        atomic.write_json(file, plan)


def _as_trained(tensors: dict[str, Tensor], card: Card) -> dict[str, Tensor]:
    if not card.channels_last:
        return tensors
    wide = {name for name, tensor in tensors.items() if tensor.ndim == 4}
    return {
        name: tensor.to(memory_format=torch.channels_last) if name in wide else tensor
        for name, tensor in tensors.items()
    }


def _file(card: Card, plans: Path) -> Path:
    """A plan holds for one network at one size, as these versions build it; the tensors are no part of it."""
    versions = [metadata.version(name) for name in ("torch", "torchvision", "timm")]
    told = json.dumps([card.backbone, card.neck, card.size, *versions])
    return plans / f"{hashlib.blake2b(told.encode(), digest_size=8).hexdigest()}.json"
