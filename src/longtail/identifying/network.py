"""The trained network, loaded quickly: from the graph that an earlier start exported, else built by its library."""

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

_NO_GRAPH = "cannot be exported"


@dataclass(frozen=True)
class Network:
    """`embed` gives the embedding (1, d) of one normalised image; `built` is the module, where no graph was cached."""

    embed: Callable[[Tensor], Tensor]
    built: nn.Module | None


def load(tensors: Path, card: Card, graphs: Path) -> Network:
    """Load the network on the CPU.

    Args:
        tensors: `model.safetensors`.
        card: the contents of `model.json`.
        graphs: folder with cached graphs; it need not exist.

    Returns:
        The network.

    Raises:
        BadInput: tensors and card do not belong together.
    """
    try:
        graph = json.loads(_file(card, graphs).read_text("utf-8"))
        network = exported_graph.load_graph(graph, _with_memory_format(load_file(tensors), card))
        with torch.inference_mode():
            network(torch.zeros(1, 3, card.size, card.size))
        return Network(network, None)
    except (OSError, ValueError, KeyError, RuntimeError, exported_graph.ExportError):  # none, or none that fits
        built = checkpoint.load_body(tensors, card)
        return Network(built, built)


def save_graph(network: Network, card: Card, graphs: Path) -> None:
    """Cache the exported graph, so that the next start is fast; where it cannot be exported, cache that.

    Args:
        network: as from `load`.
        card: the contents of `model.json`.
        graphs: folder of the cache.
    """
    file = _file(card, graphs)
    if network.built is None or (file.exists() and _NO_GRAPH in file.read_text("utf-8")):
        return
    try:
        graph = exported_graph.export_graph(network.built, card.size)
    except exported_graph.ExportError as error:
        graph = {_NO_GRAPH: str(error)}
    with contextlib.suppress(OSError):
        atomic.write_json(file, graph)


def _with_memory_format(tensors: dict[str, Tensor], card: Card) -> dict[str, Tensor]:
    if not card.channels_last:
        return tensors
    wide = {name for name, tensor in tensors.items() if tensor.ndim == 4}
    return {
        name: tensor.to(memory_format=torch.channels_last) if name in wide else tensor
        for name, tensor in tensors.items()
    }


def _file(card: Card, graphs: Path) -> Path:
    """A graph is valid for one architecture and size, as these versions build it; the tensors are not part of it."""
    versions = [metadata.version(name) for name in ("torch", "torchvision", "timm")]
    key = json.dumps(
        [card.backbone, card.architecture, card.model_args, card.neck, card.whitened, card.size, *versions]
    )
    return graphs / f"{hashlib.blake2b(key.encode(), digest_size=8).hexdigest()}.json"
