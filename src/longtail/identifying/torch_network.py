"""The trained network in torch, loaded quickly: from the graph that an earlier start exported, else built anew."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from longtail import atomic
from longtail.identifying import exported_graph
from longtail.training import checkpoint, side_by_side
from longtail.training.checkpoint import Card
from longtail.training.embedding import normalised

Embed = Callable[[NDArray[np.uint8]], NDArray[np.float32]]

_NO_GRAPH = "cannot be exported"


def load(tensors: Path, card: Card, graphs: Path) -> tuple[Embed, nn.Module | None]:
    """Load the network on the CPU.

    Args:
        tensors: `model.safetensors`.
        card: the contents of `model.json`.
        graphs: folder with cached graphs; it need not exist.

    Returns:
        Images as bytes (n, size, size, 1 or 3) -> embeddings (n, d), one image at a time; and the module, where no
        graph was cached.

    Raises:
        BadInput: tensors and card do not belong together.
    """
    try:
        graph = json.loads(_file(card, graphs).read_text("utf-8"))
        values = side_by_side.read(tensors, card, load_file)
        network = exported_graph.load_graph(graph, _with_memory_format(values, card))
        with torch.inference_mode():
            network(torch.zeros(1, 3, card.size, card.size))
        return _from_bytes(network, card), None
    except (OSError, ValueError, KeyError, RuntimeError, exported_graph.ExportError):  # none, or none that fits
        built = checkpoint.load_body(tensors, card)
        return _from_bytes(built, card), built


def _from_bytes(network: Callable[[Tensor], Tensor], card: Card) -> Embed:
    def embed(frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            images = normalised(frames, card.mean, card.std, torch.device("cpu"))
            return np.concatenate([network(image[None]).float().numpy() for image in images])

    return embed


def save_graph(built: nn.Module, card: Card, graphs: Path) -> None:
    """Cache the exported graph, so that the next start is fast; where it cannot be exported, cache that.

    Args:
        built: the module, as from `load`.
        card: the contents of `model.json`.
        graphs: folder of the cache.
    """
    file = _file(card, graphs)
    if file.exists() and _NO_GRAPH in file.read_text("utf-8"):
        return
    try:
        graph = exported_graph.export_graph(built, card.size)
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
    several: list[int | str] = [card.networks] if card.networks > 1 else []
    several += [f"pretrained {card.pretrained_size}"] if card.pretrained_size else []
    key = json.dumps(
        [card.backbone, card.architecture, card.model_args, card.neck, card.whitened, *several, card.size, *versions]
    )
    return graphs / f"{hashlib.blake2b(key.encode(), digest_size=8).hexdigest()}.json"
