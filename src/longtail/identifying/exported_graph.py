"""A network as a list of tensor operations, in JSON: it runs without the library that built it.

Importing timm and torchvision takes longer than identifying one photograph. `torch.export` turns what they build into
a list of ATen operations; with the trained tensors that list gives the same embedding, bit for bit. An exported graph
holds names of operations out of a fixed list, numbers and names of values: nothing in it can run code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

ExportedGraph = dict[str, Any]
"""`parameters` ({value: name of the tensor}), `image` (name of the input), `steps` ([value, operation, arguments,
named arguments]), `embedding` (name of the output). A value in an argument is `{"value": name}`."""

_OPERATIONS = """
    adaptive_avg_pool2d.default add.Scalar add.Tensor add_.Tensor avg_pool2d.default batch_norm.default cat.default
    chunk.default clone.default constant_pad_nd.default contiguous.default conv2d.default conv2d.padding div.Tensor
    dropout.default dropout_.default expand.default flatten.using_ints gelu.default gelu_.default group_norm.default
    hardsigmoid.default hardsigmoid_.default hardswish.default hardswish_.default hardtanh.default hardtanh_.default
    layer_norm.default leaky_relu.default leaky_relu_.default linalg_vector_norm.default linear.default matmul.default
    max_pool2d.default mean.dim mul.Scalar mul.Tensor mul_.Tensor pad.default permute.default relu.default
    relu6.default relu6_.default relu_.default reshape.default scaled_dot_product_attention.default select.int
    sigmoid.default sigmoid_.default silu.default silu_.default slice.Tensor softmax.int split.Tensor
    split_with_sizes.default squeeze.dim stack.default sub.Tensor sum.dim_IntList tanh.default transpose.int
    unbind.int unsqueeze.default view.default
"""
OPERATIONS = frozenset(_OPERATIONS.split())


class ExportError(Exception):
    """The network cannot be exported as a list of known operations; it has to be built each time."""


def export_graph(body: nn.Module, size: int) -> ExportedGraph:
    """Export a network for one image.

    Args:
        body: the network.
        size: of the image, (1, 3, size, size).

    Returns:
        The graph, ready for JSON.

    Raises:
        ExportError: the network uses an operation or a constant that a graph cannot hold.
    """
    try:
        program = torch.export.export(body, (torch.zeros(1, 3, size, size),), strict=False)
    except Exception as error:  # whatever its tracer meets in foreign code
        raise ExportError(str(error)) from error
    signature = program.graph_signature
    parameters = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
    steps, embedding = [], ""
    for node in program.graph.nodes:
        if node.op == "call_function":
            steps.append([node.name, _name_of(node.target), _to_json(node.args), _to_json(node.kwargs)])
        elif node.op == "output":
            embedding = node.args[0][0].name
        elif node.op != "placeholder":
            raise ExportError(node.op)
    [image] = signature.user_inputs
    used = {name for step in steps for name in _values(step[2:])}
    needed = {value: name for value, name in parameters.items() if value in used}
    lacking = used - set(needed) - {image, *(step[0] for step in steps)} | set(needed.values()) - set(body.state_dict())
    if lacking:  # constants that no file of tensors holds
        raise ExportError(f"no tensor for {sorted(lacking)[0]}")
    return {
        "parameters": needed,
        "image": image,
        "steps": steps,
        "embedding": embedding,
    }


def load_graph(graph: ExportedGraph, tensors: Mapping[str, Tensor]) -> _GraphNetwork:
    """Put the trained tensors into a graph.

    Args:
        graph: as from `export_graph`.
        tensors: of the trained network.

    Returns:
        A function: images (1, 3, size, size), normalised -> embedding (1, d).

    Raises:
        ExportError: the two do not belong together.
    """
    try:
        values = {value: tensors[name] for value, name in graph["parameters"].items()}
        steps = [(value, _operation(name), args, named) for value, name, args, named in graph["steps"]]
        return _GraphNetwork(values, str(graph["image"]), steps, str(graph["embedding"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ExportError(str(error)) from error


class _GraphNetwork:
    """Images (1, 3, size, size), normalised -> embedding (1, d)."""

    def __init__(self, values: dict[str, Any], image: str, steps: Sequence[Any], embedding: str) -> None:
        self._values, self._image, self._steps, self._embedding = values, image, steps, embedding
        last = {name: index for index, step in enumerate(steps) for name in _values(step[2:])}
        self._last_used: dict[int, list[str]] = {}
        for name, index in last.items():
            if name not in values and name != embedding:
                self._last_used.setdefault(index, []).append(name)

    def __call__(self, images: Tensor) -> Tensor:
        values = {**self._values, self._image: images}
        for index, (value, operation, args, named) in enumerate(self._steps):
            values[value] = operation(*_resolve(args, values), **_resolve(named, values))
            for name in self._last_used.get(index, ()):  # frees its memory
                values.pop(name)
        embedding: Tensor = values[self._embedding]
        return embedding


def _name_of(target: Any) -> str:
    name = str(target).removeprefix("aten.")
    if str(target) == "<built-in function getitem>":
        return "getitem"
    if name not in OPERATIONS:
        raise ExportError(str(target))
    return name


def _operation(name: str) -> Any:
    if name == "getitem":
        return lambda several, index: several[index]
    if name not in OPERATIONS:
        raise ExportError(name)
    plain, _, overload = name.partition(".")
    return getattr(getattr(torch.ops.aten, plain), overload)


def _to_json(value: Any) -> Any:
    """An argument as JSON."""
    if isinstance(value, torch.fx.Node):
        return {"value": value.name}
    if isinstance(value, dict):
        return {"named": {key: _to_json(item) for key, item in value.items()}}
    if isinstance(value, (list, tuple)):
        return [_to_json(item) for item in value]
    if value is None or isinstance(value, (bool, int, str)) or (isinstance(value, float) and abs(value) < float("inf")):
        return value
    raise ExportError(f"an argument of type {type(value).__name__}")


def _resolve(argument: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(argument, list):
        return [_resolve(item, values) for item in argument]
    if isinstance(argument, dict):
        if "value" in argument:
            return values[argument["value"]]
        return {key: _resolve(item, values) for key, item in argument["named"].items()}
    return argument


def _values(arguments: Any) -> list[str]:
    """Names of the values that arguments refer to."""
    if isinstance(arguments, (list, tuple)):
        return [name for item in arguments for name in _values(item)]
    if isinstance(arguments, dict):
        return [arguments["value"]] if "value" in arguments else _values(list(arguments["named"].values()))
    return []
