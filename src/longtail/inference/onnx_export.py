"""A network written as an ONNX graph by torch's own exporter, without its tensors."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from typing import TYPE_CHECKING, Any

from longtail.inference.onnx_graph import BODY, INPUT, OUTPUT, ExportError, OnnxGraph

if TYPE_CHECKING:
    from torch import nn

    from longtail.training.checkpoint import Card

_FEATURES = "features"  # the backbone's own numbers, before the neck


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
    return both(body, card)[0]


def both(body: nn.Module, card: Card) -> tuple[OnnxGraph, OnnxGraph | None]:
    """Export a network, and its backbone with it.

    Args:
        body: as for `export`.
        card: likewise.

    Returns:
        The graph, and that of the backbone alone where there is one, with a neck after it. Raises ExportError as
        `export` does.
    """
    model = _exported(body, card)
    backbone = _part(model, body, _FEATURES) if _has_neck(card) else None
    return _part(model, body, OUTPUT), backbone


def _part(whole: Any, body: nn.Module, output: str) -> OnnxGraph:
    """What one output needs, without tensors of the network."""
    model = type(whole)()
    model.CopyFrom(whole)
    graph, needed = model.graph, {output}
    for node in reversed(list(graph.node)):  # an operator stands after those whose results it reads
        if needed.isdisjoint(node.output):
            graph.node.remove(node)
        else:
            needed.update(node.input)
    for values, kept in ((graph.output, {output}), (graph.value_info, needed), (graph.initializer, needed)):
        for value in [value for value in values if value.name not in kept]:
            values.remove(value)
    tensors = [tensor for tensor in graph.initializer if tensor.name.startswith(BODY)]
    names = tuple(tensor.name.removeprefix(BODY) for tensor in tensors)
    if lacking := set(names) - set(body.state_dict()):
        raise ExportError(f"no tensor for {sorted(lacking)[0]}")
    for tensor in tensors:
        _leave_out(tensor)
    for part in (*graph.node, *graph.value_info, *graph.input, *graph.output, graph, model):
        for note in ("metadata_props", "doc_string"):  # traces of the code that it was exported from, with its paths
            part.ClearField(note)
    return OnnxGraph(model.SerializeToString(deterministic=True), names)


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
                output_names=[OUTPUT, _FEATURES][: 1 + _has_neck(card)],
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
        reads_network = any(value is not None and (value.name or "").startswith(BODY) for value in node.inputs)
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

        def forward(self, images: torch.Tensor) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
            floats = (images.permute(0, 3, 1, 2).float() / 255 - self.colour_mean) / self.colour_spread
            if not _has_neck(card):
                embeddings: torch.Tensor = self.body(floats)
                return embeddings
            backbone, neck = (self.body.get_submodule(name) for name in ("backbone", "neck"))
            features = backbone(floats)
            return neck(features), features

    return FromBytes().eval()


def _has_neck(card: Card) -> bool:
    """Whether there is one backbone with a neck after it; networks side by side have one each."""
    is_alone = card.networks == 1 and not card.pretrained_size
    return is_alone and (bool(card.neck) or card.whitened)


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
