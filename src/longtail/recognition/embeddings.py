"""Photographs as the network sees them: one embedding of each, and one of its mirror image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Views:
    """Embeddings of n photographs and of their mirror images, both (n, d) float32."""

    plain: Floats
    mirrored: Floats

    def __len__(self) -> int:
        return len(self.plain)

    def __getitem__(self, rows: Ints | slice) -> Views:
        return Views(self.plain[rows], self.mirrored[rows])

    def normalised(self) -> Views:
        """The same with every row of length 1 (a row of zeros stays one): their products are cosines."""
        return Views(normalise(self.plain), normalise(self.mirrored))


def normalise(embeddings: Floats) -> Floats:
    """`embeddings` (n, d) with every row of length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.asarray(embeddings / np.maximum(lengths, 1e-12), dtype=np.float32)


def product(left: Floats, right: Floats) -> Floats:
    """`left` (n, d) times the transpose of `right` (m, d), on as many threads as torch was given: (n, m)."""
    return np.asarray((torch.from_numpy(left) @ torch.from_numpy(right).T).numpy())


def beside(views: Views) -> Floats:
    """Each photograph and its mirror image as one vector of length 1: (n, 2d).

    The cosine of two such vectors is the mean of the cosines of the photographs and of their mirror images.
    """
    made = views.normalised()
    return np.hstack([made.plain, made.mirrored]) * np.float32(0.5**0.5)


def join(first: Views, second: Views) -> Views:
    """The rows of `first`, then those of `second`."""
    return Views(np.vstack([first.plain, second.plain]), np.vstack([first.mirrored, second.mirrored]))


def read(folder: Path, *, pretrained: bool = False) -> tuple[pd.DataFrame, Views]:
    """Index and embeddings of one part, as `embed` wrote them; with `pretrained` the network's before training.

    Where no mirror images were embedded (`has_mirrored`), their embeddings are zeros.
    """
    names = ("pretrained.npy", "pretrained_mirrored.npy") if pretrained else (_PLAIN, _MIRRORED)
    plain, mirrored = (_load(folder / name) for name in names)
    if plain is None:
        raise FileNotFoundError(folder / names[0])
    if mirrored is None:
        mirrored = np.zeros_like(plain)
    index = pd.read_parquet(folder / "index.parquet")
    if not len(index) == len(plain) == len(mirrored):
        raise ValueError(f"{folder}: {len(index)} rows in the index, {len(plain)} and {len(mirrored)} embeddings")
    return index, Views(plain, mirrored)


def has_mirrored(folder: Path) -> bool:
    """Whether `embed` sent the mirror images of that part through the network too."""
    return (folder / _MIRRORED).exists()


_PLAIN, _MIRRORED = "embeddings.npy", "mirrored.npy"


def _load(path: Path) -> Floats | None:
    return np.load(path, allow_pickle=False).astype(np.float32, copy=False) if path.exists() else None
