"""A network as an ONNX graph, without its tensors: what ONNX Runtime needs to run it without torch.

The graph takes the bytes of images and normalises them itself. It depends on the architecture, on the edge of an image
and on how it is normalised, and not on what was learned: one file serves every training. torch's own exporter writes it
(`torch.onnx.export`); it holds names of operators, numbers and names of tensors, and nothing in it can run code.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longtail import atomic
from longtail.process_lock import STATE

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import nn

    from longtail.training.checkpoint import Card

FOLDER = STATE / "networks"
"""Where graphs are kept, from the project's root."""
INPUT, OUTPUT = "images", "embeddings"
BODY = "body."
"""Before the names of the network's tensors, in a graph."""
_PACKAGES = ("torch", "torchvision", "timm", "onnx", "onnxscript")


class ExportError(Exception):
    """The network cannot be exported: it has to be run by torch."""


@dataclass(frozen=True)
class OnnxGraph:
    """`content` is an ONNX model; `tensors` are the names of those that it lacks, as `model.safetensors` has them."""

    content: bytes
    tensors: tuple[str, ...]


def of(card: Card, folder: Path, build: Callable[[], nn.Module]) -> OnnxGraph:
    """The graph of a network: from the folder where it is kept, else exported, and kept there.

    The graph of its backbone alone is kept with it: `embed` compares with the backbone before any training, and an
    export takes seconds.

    Args:
        card: architecture, edge of an image, normalisation.
        folder: where graphs are kept; it need not exist.
        build: makes the network, ready for inference, where it has to be exported.

    Returns:
        The graph.

    Raises:
        ExportError: it cannot be exported. That is kept too, so that it is tried once.
    """
    file = folder / f"{_key(card)}.json"
    with contextlib.suppress(OSError, ValueError, KeyError):
        kept = json.loads(file.read_text("utf-8"))
        if "error" in kept:
            raise ExportError(kept["error"])
        return OnnxGraph(base64.b64decode(kept["graph"]), tuple(kept["tensors"]))
    from longtail.inference import onnx_export

    try:
        graph, backbone = onnx_export.both(build(), card)
    except ExportError as error:
        _keep(file, {"error": str(error)})
        raise
    _keep(file, _as_json(graph))
    if backbone is not None:
        _keep(folder / f"{_key(replace(card, neck=0, whitened=False))}.json", _as_json(backbone))
    return graph


def with_tensors(graph: OnnxGraph, tensors: Mapping[str, NDArray[Any]]) -> bytes:
    """The graph with its tensors: an ONNX model that is complete.

    Args:
        graph: as from `of`.
        tensors: of the network, by the names that `model.safetensors` has for them.

    Returns:
        The model's bytes.
    """
    import onnx

    model = onnx.load_from_string(graph.content)
    for tensor in model.graph.initializer:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            tensor.ClearField("external_data")
            tensor.ClearField("data_location")
            tensor.raw_data = tensors[tensor.name.removeprefix(BODY)].astype("<f4", copy=False).tobytes()
    return bytes(model.SerializeToString(deterministic=True))


def initializer(name: str) -> str:
    """What the graph calls a tensor of the network."""
    return BODY + name


def _key(card: Card) -> str:
    """A graph holds for one architecture, as these versions build and export it."""
    versions = [metadata.version(name) for name in _PACKAGES]
    architecture = [card.backbone, card.architecture, card.model_args, card.neck, card.whitened]
    architecture += [card.networks] if card.networks > 1 else []
    architecture += [f"pretrained {card.pretrained_size}"] if card.pretrained_size else []
    key = json.dumps(["onnx", *architecture, card.size, card.grey, card.mean, card.std, *versions])
    return hashlib.blake2b(key.encode(), digest_size=8).hexdigest()


def _as_json(graph: OnnxGraph) -> dict[str, Any]:
    return {"graph": base64.b64encode(graph.content).decode(), "tensors": list(graph.tensors)}


def _keep(file: Path, value: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        atomic.write_json(file, value)
