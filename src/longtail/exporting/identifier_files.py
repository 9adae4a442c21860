"""The identifier for programs without Longtail: the network as ONNX, what it is as JSON, the gallery as arrays.

`network.onnx` takes bytes (n, size, size, 1 or 3) and gives embeddings (n, d). The scores of the individuals are the
weighted sum of the parts that `identifier.json` lists, less an offset; a part is a matrix of `gallery.npz`, and the
individual of each of its rows (-1: none). Weights and offset hold what local scaling subtracts, and what brings the
scores of the network of `train.fold: all` to the scale that threshold and calibration are of. Several networks side by
side (`train.networks`, `train.pretrained_beside`) are one graph; rows of the first one's head have zeros for others.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from longtail import atomic
from longtail.inference import onnx_graph
from longtail.metrics import network_choice, without_score
from longtail.recognition.classifiers.base import Form, Head, Reads
from longtail.recognition.classifiers.class_mean import class_means
from longtail.recognition.embeddings import concat_views, normalise
from longtail.recognition.identifier import Identifier
from longtail.recognition.open_set.score_scale import ScoreScale
from longtail.training import checkpoint, side_by_side
from longtail.training.checkpoint import Card

NETWORK, IDENTIFIER, GALLERY = "network.onnx", "identifier.json", "gallery.npz"
_TOLD = (
    "classifier", "threshold", "calibration", "unknown_share", "ranking", "reranking", "side", "species", "networks",
    network_choice.KEY,
)  # fmt: skip
"""Entries of the run's identifier.json that are passed on, where it has them."""


@dataclass(frozen=True)
class Part:
    """One matrix that an embedding is multiplied by."""

    name: str
    weight: float
    reads: Reads
    form: Form
    rows: NDArray[np.float32]
    bias: NDArray[np.float32]
    identity: NDArray[np.int64]

    def to_dict(self) -> dict[str, Any]:
        """Its entry of identifier.json."""
        return {name: getattr(self, name) for name in ("name", "weight", "reads", "form")}


def parts_of(known: Identifier) -> list[Part]:
    """What the classifier of an identifier sums up.

    Args:
        known: the identifier.

    Returns:
        Parts whose weights sum to 1, or to the factor of a score scale. Rows of a cosine have unit length; of a head
        that reads one of N networks the root of N, by which that network's part of a unit vector is shorter.
    """
    gallery = concat_views(known.gallery.views)
    nearest = _part("nearest", "both", "cosine", gallery, known.gallery.identity)
    present, classes = np.unique(known.gallery.identity, return_inverse=True)
    mean = _part("mean", "both", "cosine", normalise(class_means(gallery, classes, len(present))), present)
    name = known.metadata["classifier"]
    chosen = {"nearest_neighbour": [nearest], "nearest_class_mean": [mean], "ensemble": [nearest, mean]}.get(name, [])
    if known.head is not None and name not in ("nearest_neighbour", "nearest_class_mean"):
        chosen = [*chosen, _of_head(known.head, known)]
    factor = _scale_of(known).factor
    return [Part(**{**vars(part), "weight": factor / len(chosen)}) for part in chosen]


def offset_of(known: Identifier) -> NDArray[np.float32]:
    """What is subtracted from the sum of the parts.

    Args:
        known: the identifier.

    Returns:
        (identities,), by individual.
    """
    scale = _scale_of(known)
    offset = np.zeros(len(known.identities), np.float32) if known.offset is None else known.offset
    return np.asarray(scale.factor * offset - scale.shift, np.float32)


def _scale_of(known: Identifier) -> ScoreScale:
    scale = known.metadata.get("network", {}).get("score_scale")
    return ScoreScale.from_dict(scale) if scale else ScoreScale(1.0, 0.0, 0)


def write(folder: Path, known: Identifier, tensors: Path, card: Card, graphs: Path, copies: Mapping[str, Any]) -> None:
    """Write the three files.

    Args:
        folder: where to; files of these names are replaced.
        known: the identifier.
        tensors: `model.safetensors`.
        card: the contents of `model.json`.
        graphs: where networks' graphs are kept.
        copies: `side` and `quality` of the working copies that were embedded.

    Raises:
        ExportError: the network has no ONNX form.
    """
    graph = onnx_graph.of(card, graphs, lambda: checkpoint.load_body(tensors, card))
    network = onnx_graph.with_tensors(graph, side_by_side.read(tensors, card, load_file))
    parts = parts_of(known)
    entries = {
        "size": card.size,
        "grey": card.grey,
        "working_copy": dict(copies),
        "identities": list(known.identities),
        "photographs": list(known.images),
        "parts": [part.to_dict() for part in parts],
        **{name: known.metadata[name] for name in _TOLD if name in known.metadata},
    }
    if network_that_answers := known.metadata.get("network"):
        entry = {name: value for name, value in network_that_answers.items() if name != "score_scale"}
        entries["network"] = entry | {"note": without_score.notice(network_that_answers)}
    arrays = {f"{part.name}_{name}": getattr(part, name) for part in parts for name in ("rows", "bias", "identity")}
    arrays["offset"] = offset_of(known)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    for name, content in ((NETWORK, network), (GALLERY, buffer.getvalue())):
        with atomic.replacing(folder / name) as temporary:
            temporary.write_bytes(content)
    atomic.write_json(folder / IDENTIFIER, entries)


def _part(name: str, reads: Reads, form: Form, rows: NDArray[np.float32], identity: NDArray[np.int64]) -> Part:
    return Part(name, 1.0, reads, form, rows, np.zeros(len(rows), np.float32), identity)


def _of_head(head: Head, known: Identifier) -> Part:
    number = {name: position for position, name in enumerate(known.identities)}
    identity = np.array([number.get(name, -1) for name in known.classes], dtype=np.int64)
    rows = normalise(head.weight) if head.form == "cosine" else head.weight
    width, own = known.gallery.views.plain.shape[1], rows.shape[1]
    if head.reads != "both" and own < width:  # it reads the first columns, those of the first network
        rows = np.pad(rows, ((0, 0), (0, width - own)))
        rows = rows * np.float32(known.metadata.get("networks", 1) ** 0.5) if head.form == "cosine" else rows
    return Part("head", 1.0, head.reads, head.form, rows, head.bias, identity)
