"""One photograph through the same steps as in `prepare` and `embed`: equal files give equal embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from longtail.identifying.network import Network
from longtail.images.describing import Item, describe
from longtail.images.working import CopyParams
from longtail.images.working_reader import open_working
from longtail.recognition.embeddings import PairedEmbeddings
from longtail.recognition.local_matching import keypoints
from longtail.recognition.local_matching.keypoints import Keypoints, KeypointSettings
from longtail.training.checkpoint import Card
from longtail.training.image_cache import decode

_COPY = "photograph.jpg"


@dataclass(frozen=True)
class Photograph:
    """A file that may be a photograph; `error` says why it is not."""

    path: Path
    row: dict[str, Any]  # as in prepare's table
    copy: Path
    keypoints: Keypoints | None = None  # where marks are compared

    @property
    def error(self) -> str:
        """Why it cannot be opened; `""` where it can."""
        return str(self.row["error"])


def copy_in(folder: Path) -> Path:
    """Where the working copy lies."""
    return folder / _COPY


def inspect(
    path: Path, folder: Path, copies: CopyParams, max_pixels: int, settings: KeypointSettings | None = None
) -> Photograph:
    """Describe the file, write its working copy and compute its keypoints.

    Args:
        path: the file.
        folder: of the working copy, which the next call overwrites.
        copies: size and quality of the copy.
        max_pixels: limit of width times height.
        settings: of the keypoints; None: marks are not compared.

    Returns:
        The photograph, with an error where it cannot be opened.
    """
    item = Item(path.name, _COPY)
    row = describe(item, originals=path.parent, copies=folder, params=copies, max_pixels=max_pixels)
    copy = copy_in(folder)
    if settings is None or row["error"]:
        return Photograph(path, row, copy)
    with open_working(copy) as picture:
        return Photograph(path, row, copy, keypoints.compute(picture, settings))


def embed(photograph: Photograph, network: Network, card: Card) -> PairedEmbeddings:
    """Embed the photograph and its mirror image.

    Args:
        photograph: with its working copy.
        network: the trained network.
        card: size and normalisation of its input.

    Returns:
        Two embeddings, each (1, d).
    """
    raw = decode((photograph.copy, card.size, card.grey))
    frames = np.frombuffer(raw, np.uint8).reshape(1, card.size, card.size, -1)
    both = network.embed(np.concatenate([frames, frames[:, :, ::-1]]))
    return PairedEmbeddings(both[:1], both[1:])
