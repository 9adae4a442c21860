"""The identifier: the chosen scorer, refitted on all labelled photographs, as files that `identify` reads."""

from __future__ import annotations

import json
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
from longtail.recognition.classifiers.base import Head, build
from longtail.recognition.embeddings import Views
from longtail.recognition.top_k import NEW, Gallery, Scorer


@dataclass(frozen=True)
class Identifier:
    """What it takes to name a photograph from its embeddings."""

    told: dict[str, Any]  # scorer, approach, threshold, settings, ...: what identifier.json says
    identities: Sequence[str]
    gallery: Gallery
    images: Sequence[str]  # the labelled photograph behind each row of the gallery
    head: Head | None = None
    classes: Sequence[str] = ()  # of the head, in the order of its rows


def write(folder: Path, identifier: Identifier) -> None:
    """Write `identifier.json`, `gallery.safetensors` and, for a head, `head.safetensors`. Whole or not at all."""
    told = identifier.told | {"identities": list(identifier.identities), "images": list(identifier.images)}
    head = identifier.head
    if head is not None:
        told |= {"classes": list(identifier.classes), "head_form": head.form, "head_reads": head.reads}
    views = identifier.gallery.views
    with atomic.replacing_folder(folder) as beside:
        atomic.write_json(beside / "identifier.json", told)
        gallery: dict[str, NDArray[Any]] = {
            "plain": views.plain,
            "mirrored": views.mirrored,
            "identity": identifier.gallery.identity,
        }
        _save(beside / "gallery.safetensors", gallery)
        if head is not None:
            _save(beside / "head.safetensors", {"weight": head.weight, "bias": head.bias})


def read(folder: Path) -> Identifier:
    """The identifier that `write` left in `folder`. Raises BadInput where it is not one, or not whole."""
    try:
        told = renamed.record(json.loads((folder / "identifier.json").read_text("utf-8")))
        tensors = load_file(folder / "gallery.safetensors")
        gallery = Gallery(Views(tensors["plain"], tensors["mirrored"]), tensors["identity"])
        head = None
        if "head_form" in told:
            layer = load_file(folder / "head.safetensors")
            head = Head(layer["weight"], layer["bias"], told["head_form"], told["head_reads"])
        identities, images, classes = told["identities"], told["images"], told.get("classes", [])
        if not len(images) == len(gallery.identity) == len(gallery.views.plain):
            raise ValueError("names and embeddings are not equally many")
        return Identifier(told, identities, gallery, images, head, classes)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        remedy = "`make run` makes one; `--identifier DIR` names another folder."
        problem = Problem(f"there is no whole identifier here ({error})", remedy, where=str(folder))
        raise BadInput(problem) from error


def scorer_of(identifier: Identifier) -> Scorer:
    """The scorer that the identifier was written from: equal scores for equal embeddings."""
    number = {name: place for place, name in enumerate(identifier.identities)}
    columns = np.array([number.get(name, NEW) for name in identifier.classes], dtype=np.int64)
    return build(
        identifier.told["classifier"], identifier.gallery, identifier.head, columns, len(identifier.identities)
    )


def _save(path: Path, tensors: Mapping[str, NDArray[Any]]) -> None:
    with atomic.replacing(path) as beside:  # safetensors writes files that only their owner may read
        save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, beside)
