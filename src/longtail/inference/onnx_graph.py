"""A network as an ONNX graph, without its tensors: what ONNX Runtime needs to run it without torch.

The graph takes the bytes of images and normalises them itself. It depends on the architecture, on the edge of an image
and on how it is normalised, and not on what was learned: one file serves every training. torch's own exporter writes it
(`torch.onnx.export`); it holds names of operators, numbers and names of tensors, and nothing in it can run code.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import logging
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
_BODY = "body."  # the network, inside of what is exported
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
    try:
        graph = export(build(), card)
    except ExportError as error:
        _keep(file, {"error": str(error)})
        raise
    _keep(file, {"graph": base64.b64encode(graph.content).decode(), "tensors": list(graph.tensors)})
    return graph


def export(body: nn.Module, card: Card) -> OnnxGraph:
    """Export a network.

    Args:
        body: ready for inference; it takes normalised images (n, 3, size, size).
        card: edge of an image, normalisation.

    Returns:
        A graph that takes bytes (n, size, size, 1 or 3), however many images, and gives embeddings (n, d).

    Raises:
        ExportError: it has an operator that ONNX does not know, or is made for a fixed number of images.
    """
    model = _exported(body, card)
    used = {name for node in model.graph.node for name in node.input}
    tensors = []
    for tensor in list(model.graph.initializer):
        if tensor.name not in used:
            model.graph.initializer.remove(tensor)
        elif tensor.name.startswith(_BODY):
            _leave_out(tensor)
            tensors.append(tensor.name.removeprefix(_BODY))
    if lacking := set(tensors) - set(body.state_dict()):
        raise ExportError(f"no tensor for {sorted(lacking)[0]}")
    for part in (
        *model.graph.node,
        *model.graph.value_info,
        *model.graph.input,
        *model.graph.output,
        model.graph,
        model,
    ):
        for note in ("metadata_props", "doc_string"):  # traces of the code that it was exported from, with its paths
            part.ClearField(note)
    return OnnxGraph(model.SerializeToString(deterministic=True), tuple(tensors))


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
            tensor.raw_data = tensors[tensor.name.removeprefix(_BODY)].astype("<f4", copy=False).tobytes()
    return bytes(model.SerializeToString(deterministic=True))


def initializer(name: str) -> str:
    """What the graph calls a tensor of the network."""
    return _BODY + name


def _exported(body: nn.Module, card: Card) -> Any:
    import torch

    channels = 1 if card.grey else 3
    sample = torch.zeros(2, card.size, card.size, channels, dtype=torch.uint8)
    exporter_output = io.StringIO()
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(exporter_output), _quiet(), torch.inference_mode():
            warnings.simplefilter("ignore")  # of the exporter, about itself
            program = torch.onnx.export(
                _from_bytes(body, card),
                (sample,),
                dynamo=True,
                input_names=[INPUT],
                output_names=[OUTPUT],
                dynamic_shapes=({0: torch.export.Dim("n")},),
                optimize=False,  # it would fold tensors of the network into each other
                verbose=False,
            )
            _fold_constants(program)
            return program.model_proto  # type: ignore[union-attr]
    except Exception as error:  # whatever the exporter meets in foreign code
        raise ExportError(f"{type(error).__name__}: {error}".split("\n", 1)[0]) from error


def _fold_constants(program: Any) -> None:
    """Work out what depends on no tensor of the network: what lies in between keeps ONNX Runtime from fusing layers."""
    from onnxscript import optimizer

    def should_fold(node: Any) -> bool | None:
        reads_network = any(value is not None and (value.name or "").startswith(_BODY) for value in node.inputs)
        return False if reads_network else None  # None: as the optimizer does by default

    optimizer.fold_constants(program.model, onnx_shape_inference=True, should_fold=should_fold)
    optimizer.remove_unused_nodes(program.model)


def _from_bytes(body: nn.Module, card: Card) -> nn.Module:
    """The network with the normalisation before it, as `training.embedding.normalised` does it."""
    import torch
    from torch import nn

    class FromBytes(nn.Module):
        colour_mean: torch.Tensor
        colour_spread: torch.Tensor

        def __init__(self) -> None:
            super().__init__()
            self.body = body  # the exporter calls an operator's result `mean` too: a buffer may not have that name
            self.register_buffer("colour_mean", torch.tensor(card.mean).view(1, 3, 1, 1))
            self.register_buffer("colour_spread", torch.tensor(card.std).view(1, 3, 1, 1))

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            floats = images.permute(0, 3, 1, 2).float() / 255
            embeddings: torch.Tensor = self.body((floats - self.colour_mean) / self.colour_spread)
            return embeddings

    return FromBytes().eval()


def _leave_out(tensor: Any) -> None:
    """Say that the numbers of a tensor lie elsewhere; ONNX Runtime is given them with the graph."""
    import onnx

    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="model.safetensors")


@contextlib.contextmanager
def _quiet() -> Any:
    """Without the lines that the exporter logs of each of its steps."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _key(card: Card) -> str:
    """A graph holds for one architecture, as these versions build and export it."""
    versions = [metadata.version(name) for name in _PACKAGES]
    architecture = [card.backbone, card.architecture, card.model_args, card.neck, card.whitened]
    key = json.dumps(["onnx", *architecture, card.size, card.grey, card.mean, card.std, *versions])
    return hashlib.blake2b(key.encode(), digest_size=8).hexdigest()


def _keep(file: Path, value: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        atomic.write_json(file, value)
