"""The trained network of `identify`, in the runtime that its gallery was made with."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from longtail.inference import onnx_graph
from longtail.inference.runtimes import ONNX, TORCH, Runtime
from longtail.training.checkpoint import Card

if TYPE_CHECKING:
    from torch import nn

_LOG = logging.getLogger(__name__)
_THREADS = 1  # for one photograph at a time, more are slower


@dataclass(frozen=True)
class Network:
    """`embed`: images as bytes (n, size, size, 1 or 3) -> embeddings (n, d)."""

    embed: Callable[[NDArray[np.uint8]], NDArray[np.float32]]
    runtime: Runtime
    built: nn.Module | None = None
    """torch's module, where no graph of it was kept."""


def load(tensors: Path, card: Card, graphs: Path, runtime: Runtime) -> Network:
    """Load the network on the CPU.

    Args:
        tensors: `model.safetensors`.
        card: the contents of `model.json`.
        graphs: folder with the graphs of earlier starts; it need not exist.
        runtime: what the gallery was made with; torch takes over where ONNX Runtime cannot run the network.

    Returns:
        The network.

    Raises:
        BadInput: tensors and card do not belong together.
    """
    if runtime == ONNX:
        from longtail.inference import networks

        try:
            return Network(networks.trained(tensors, card, graphs, _THREADS), ONNX)
        except onnx_graph.ExportError as error:
            _LOG.info(f"ONNX Runtime cannot run this network, so torch does: {error}")
    from longtail.compute import set_torch_threads
    from longtail.identifying import torch_network

    set_torch_threads(_THREADS)
    embed, built = torch_network.load(tensors, card, graphs)
    return Network(embed, TORCH, built)


def keep(network: Network, card: Card, graphs: Path) -> None:
    """Keep what makes the next start quick. ONNX Runtime's graph is kept already.

    Args:
        network: as from `load`.
        card: the contents of `model.json`.
        graphs: folder of the graphs.
    """
    if network.built is not None:
        from longtail.identifying import torch_network

        torch_network.save_graph(network.built, card, graphs)
