"""The networks of a run in ONNX Runtime: the trained one, and the same before any training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors.numpy import load_file

from longtail.inference import onnx_graph, session
from longtail.inference.onnx_graph import ExportError
from longtail.inference.session import OnnxNetwork
from longtail.training import checkpoint, side_by_side

if TYPE_CHECKING:
    from longtail.training.checkpoint import Card


def trained(tensors: Path, card: Card, folder: Path, threads: int) -> OnnxNetwork:
    """The trained network, or all networks that are side by side.

    Args:
        tensors: `model.safetensors`, of the first one.
        card: the contents of `model.json`.
        folder: where graphs are kept.
        threads: that one batch is worked on with.

    Returns:
        The network. Raises BadInput where tensors and card do not belong together.

    Raises:
        ExportError: ONNX Runtime cannot run it.
    """
    graph = onnx_graph.of(card, folder, lambda: checkpoint.load_body(tensors, card))
    try:
        return session.load(graph, side_by_side.read(tensors, card, load_file), threads)
    except ExportError:
        checkpoint.load_body(tensors, card)  # says which network's tensors they are not
        raise


def pretrained(card: Card, root: Path, threads: int) -> OnnxNetwork:
    """The backbone as it was before any training.

    Args:
        card: the contents of `model.json`.
        root: the project's root.
        threads: that one batch is worked on with.

    Returns:
        The network. Raises ExportError where ONNX Runtime cannot run it.
    """
    from longtail.training.heads import Embedder

    body = Embedder(checkpoint.load_pretrained(card, root), card.embedding_size, 0)
    alone = replace(card, neck=0, whitened=False, networks=1)
    graph = onnx_graph.of(alone, root / onnx_graph.FOLDER, lambda: body.eval())
    tensors = {name: tensor.contiguous().numpy() for name, tensor in body.state_dict().items()}
    return session.load(graph, tensors, threads)
