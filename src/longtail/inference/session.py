"""A network in ONNX Runtime, on the CPU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from longtail.inference import onnx_graph
from longtail.inference.onnx_graph import ExportError, OnnxGraph

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]
_ERRORS_ONLY = 3  # of what it logs


@dataclass(frozen=True)
class OnnxNetwork:
    """Images as bytes (n, size, size, 1 or 3) -> embeddings (n, d)."""

    session: Any

    def __call__(self, frames: Frames) -> Floats:
        """Embeddings of some images."""
        [embeddings] = self.session.run(None, {onnx_graph.INPUT: np.ascontiguousarray(frames)})
        return np.asarray(embeddings, dtype=np.float32)


def load(graph: OnnxGraph, tensors: Mapping[str, NDArray[Any]], threads: int) -> OnnxNetwork:
    """Put the tensors into a graph.

    Args:
        graph: without tensors.
        tensors: of the network, by the names that `model.safetensors` has for them.
        threads: that one batch is worked on with.

    Returns:
        The network.

    Raises:
        ExportError: the tensors are those of another network, or ONNX Runtime cannot run the graph.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # as everywhere: see `longtail.waiting`
    options.log_severity_level = _ERRORS_ONLY
    if lacking := set(graph.tensors) - set(tensors):
        raise ExportError(f"no tensor for {sorted(lacking)[0]}")
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(tensors[name])) for name in graph.tensors]
    options.add_external_initializers([onnx_graph.initializer(name) for name in graph.tensors], values)
    try:
        return OnnxNetwork(onnxruntime.InferenceSession(graph.content, options, providers=["CPUExecutionProvider"]))
    except Exception as error:  # its own classes derive from Exception alone
        raise ExportError(str(error).split("\n", 1)[0]) from error
