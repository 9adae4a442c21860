"""The identifier: the chosen scorer, refitted on all labelled photographs, as files that `identify` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from longtail import atomic
from longtail.scoring.candidates import Gallery
from longtail.scoring.scorers import Head


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
        told |= {"classes": list(identifier.classes), "head_on_normalised": head.on_normalised}
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


def _save(path: Path, tensors: Mapping[str, NDArray[Any]]) -> None:
    save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, path)
