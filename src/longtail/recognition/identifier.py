"""The identifier: the selected classifier, refitted on all labelled photographs, as files that `identify` reads."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from longtail import atomic, renamed
from longtail.errors import BadInput, Problem
from longtail.recognition.classifiers.base import Head
from longtail.recognition.classifiers.factory import build
from longtail.recognition.classifiers.local_scaling import scaled
from longtail.recognition.embeddings import Floats, PairedEmbeddings
from longtail.recognition.local_matching import fusion, keypoint_table
from longtail.recognition.local_matching.keypoint_table import KeypointTable
from longtail.recognition.open_set.score_scale import ScoreScale
from longtail.recognition.top_k import NEW, Classifier, Gallery
from longtail.recognition.traits import Traits

KEYPOINTS = "keypoints"
"""Folder of the labelled photographs' keypoints in that of the identifier."""


@dataclass(frozen=True)
class Identifier:
    """All that is needed to identify a photograph from its embeddings."""

    metadata: dict[str, Any]  # what identifier.json holds: classifier, strategy, threshold, settings, ...
    identities: Sequence[str]
    gallery: Gallery
    images: Sequence[str]  # the labelled photograph behind each row of the gallery
    head: Head | None = None
    classes: Sequence[str] = ()  # of the head, in the order of its rows
    offset: Floats | None = None  # (identities,), of local scaling; None without it
    keypoints: KeypointTable | None = None  # of the labelled photographs, where marks are compared


def write(
    folder: Path,
    identifier: Identifier,
    network: Mapping[str, Path] | None = None,
    card: Mapping[str, Any] | None = None,
) -> None:
    """Write `identifier.json`, `gallery.safetensors`, `head.safetensors` and `keypoints/`, atomically.

    The last two where there is a head, and where marks are compared.

    Args:
        folder: replaced as a whole.
        identifier: what to write.
        network: {name below the folder: file} of the network that answers, where it is not the one that was scored;
            they are copied.
        card: `model.json` of that network, where no file has it as it is.
    """
    metadata = identifier.metadata | {"identities": list(identifier.identities), "images": list(identifier.images)}
    head = identifier.head
    if head is not None:
        metadata |= {"classes": list(identifier.classes), "head_form": head.form, "head_reads": head.reads}
    views = identifier.gallery.views
    with atomic.replacing_folder(folder) as temporary:
        for name, file in (network or {}).items():
            (temporary / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, temporary / name)
        if card is not None:
            atomic.write_json(temporary / "model.json", card)
        atomic.write_json(temporary / "identifier.json", metadata)
        gallery: dict[str, NDArray[Any]] = {
            "plain": views.plain,
            "mirrored": views.mirrored,
            "identity": identifier.gallery.identity,
        }
        if views.traits is not None:
            gallery["traits"] = views.traits.numbers
        if identifier.offset is not None:
            gallery["offset"] = identifier.offset
        _save(temporary / "gallery.safetensors", gallery)
        if head is not None:
            _save(temporary / "head.safetensors", {"weight": head.weight, "bias": head.bias})
        if identifier.keypoints is not None:
            images, table = sorted(set(identifier.images)), identifier.keypoints
            (temporary / KEYPOINTS).mkdir()
            keypoint_table.write(temporary / KEYPOINTS, images, map(table.of, images), table.settings)


def read(folder: Path) -> Identifier:
    """Read the identifier that `write` left in `folder`, of this version or an earlier one.

    Returns:
        The identifier.

    Raises:
        BadInput: the folder holds none, or an incomplete one.
    """
    try:
        metadata = renamed.record(json.loads((folder / "identifier.json").read_text("utf-8")))
        tensors = load_file(folder / "gallery.safetensors")
        traits = Traits(tensors["traits"]) if "traits" in tensors else None
        gallery = Gallery(PairedEmbeddings(tensors["plain"], tensors["mirrored"], traits), tensors["identity"])
        head = None
        if "head_form" in metadata:
            layer = load_file(folder / "head.safetensors")
            head = Head(layer["weight"], layer["bias"], metadata["head_form"], metadata["head_reads"])
        identities, images, classes = metadata["identities"], metadata["images"], metadata.get("classes", [])
        sizes = {len(images), len(gallery.identity), len(gallery.views.plain)}
        uses_marks = fusion.of_choice(metadata) is not None
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise BadInput(_incomplete(error, folder)) from error
    if len(sizes) > 1:
        raise BadInput(_incomplete("names and embeddings are not equally many", folder))
    keypoints = keypoint_table.read(folder / KEYPOINTS) if uses_marks else None
    return Identifier(metadata, identities, gallery, images, head, classes, tensors.get("offset"), keypoints)


def classifier_of(identifier: Identifier) -> Classifier:
    """The classifier that the identifier was written from: equal scores for equal embeddings."""
    number = {name: position for position, name in enumerate(identifier.identities)}
    columns = np.array([number.get(name, NEW) for name in identifier.classes], dtype=np.int64)
    name = identifier.metadata["classifier"]
    classifier = build(name, identifier.gallery, identifier.head, columns, len(identifier.identities))
    if identifier.offset is not None:
        classifier = scaled(classifier, identifier.offset)
    scale = identifier.metadata.get("network", {}).get("score_scale")
    return ScoreScale.from_dict(scale).of(classifier) if scale else classifier


def _save(path: Path, tensors: Mapping[str, NDArray[Any]]) -> None:
    with atomic.replacing(path) as temporary:  # safetensors writes files that only their owner may read
        save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, temporary)


def _incomplete(reason: object, folder: Path) -> Problem:
    remedy = "`make run` makes one; `--identifier DIR` names another folder."
    return Problem(f"there is no whole identifier here ({reason})", remedy, where=str(folder))
