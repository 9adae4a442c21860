"""Embeddings of photographs and of their mirror images, and the linear algebra on them."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from longtail.recognition import traits as traits_of
from longtail.recognition.traits import Traits

if TYPE_CHECKING:
    import pandas as pd  # imported where it is used: `identify` needs neither it nor torch
    import torch

RUNTIME = "runtime"
"""Key of `runtime.json` beside embeddings, and of identifier.json."""
PRETRAINED, WHITENED, ALL_FOLDS = "pretrained", "whitened", "all"
"""Whose embeddings lie beside those of the trained network, by the names of their files."""
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class PairedEmbeddings:
    """Embeddings of n photographs and of their mirror images, both (n, d) float32.

    `traits`: which others each may be compared with; None where the data has neither sides nor species.
    """

    plain: Floats
    mirrored: Floats
    traits: Traits | None = None

    def __len__(self) -> int:
        return len(self.plain)

    def __getitem__(self, rows: Ints | slice) -> PairedEmbeddings:
        traits = None if self.traits is None else self.traits[rows]
        return PairedEmbeddings(self.plain[rows], self.mirrored[rows], traits)

    def normalised(self) -> PairedEmbeddings:
        """Both with rows of unit length, so that inner products are cosines; rows of zeros stay zeros."""
        return PairedEmbeddings(normalise(self.plain), normalise(self.mirrored), self.traits)


def normalise(embeddings: Floats) -> Floats:
    """`embeddings` (n, d) with rows of unit L2 length; rows of zeros stay zeros."""
    norms = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.asarray(embeddings / np.maximum(norms, 1e-12), dtype=np.float32)


def first_columns(embeddings: Floats, count: int) -> Floats:
    """The embeddings of the first of several networks that are side by side, as that one gave them.

    Args:
        embeddings: (n, d).
        count: numbers of one network's embedding.

    Returns:
        (n, count), contiguous; `embeddings` itself where there is one network.
    """
    return embeddings if embeddings.shape[1] == count else np.ascontiguousarray(embeddings[:, :count])


def matmul_t(left: Floats, right: Floats) -> Floats:
    """Matrix product with a transpose: torch's, on as many threads as it was given, where torch is imported already.

    The two agree to the last but one digit of a float32.

    Args:
        left: (n, d).
        right: (m, d).

    Returns:
        `left @ right.T`, (n, m).
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return np.asarray(left @ right.T)
    one, other = torch.from_numpy(left), torch.from_numpy(right)
    if len(left) < _FEW or right.nbytes > _LARGEST_COPY:
        return np.asarray((one @ other.T).numpy())
    return np.asarray((one @ aligned(other).T)[:, : len(right)].numpy())


def aligned(rows: torch.Tensor) -> torch.Tensor:
    """`rows` (m, d) and rows of zeros after them, up to a multiple of _ALIGNED: products with them are quicker.

    MKL takes half as long again for a product whose rows do not begin at multiples of 64 bytes (2024.2, 512 x 256 times
    256 x 3661: 19 ms, of 3664: 12 ms on one thread). The elements have the same bits.

    Returns:
        (m or a little more, d); `rows` themselves where m is small: there MKL has other kernels, with other bits.
    """
    import torch

    missing = -len(rows) % _ALIGNED
    if not missing or len(rows) < _FEW:
        return rows
    return torch.nn.functional.pad(rows, (0, 0, 0, missing))


_ALIGNED = 16  # float32 in 64 bytes
_FEW = 128
_LARGEST_COPY = 2**28
"""Bytes of a gallery that is copied for it."""


def concat_views(embeddings: PairedEmbeddings) -> Floats:
    """Each photograph and its mirror image as one vector of unit length.

    The cosine of two such vectors is the mean of the cosine of the photographs and that of their mirror images.

    Returns:
        (n, 2d).
    """
    unit = embeddings.normalised()
    return np.hstack([unit.plain, unit.mirrored]) * np.float32(0.5**0.5)


def join(first: PairedEmbeddings, second: PairedEmbeddings) -> PairedEmbeddings:
    """Concatenate two sets of embeddings.

    Args:
        first: (n, d).
        second: (m, d).

    Returns:
        The rows of `first`, then those of `second`: (n + m, d).
    """
    plain, mirrored = np.vstack([first.plain, second.plain]), np.vstack([first.mirrored, second.mirrored])
    return PairedEmbeddings(plain, mirrored, traits_of.concatenate(first.traits, second.traits))


def read(folder: Path, *, network: str = "") -> tuple[pd.DataFrame, PairedEmbeddings]:
    """Read one part as `embed` wrote it.

    Args:
        folder: the part's folder, `artifacts/embed/<part>`.
        network: whose embeddings; `""`: those of the trained network. PRETRAINED: of its backbone before training.
            WHITENED: of the same, whitened (`train.pretrained_beside`). ALL_FOLDS: of `train.fold: all`.

    Returns:
        The index (a row an embedding: image, file) and the embeddings. Where no mirror images were embedded
        (`has_mirrored`), their embeddings are zeros.

    Raises:
        FileNotFoundError: the part has no such embeddings.
        ValueError: index and embeddings have different lengths.
    """
    import pandas as pd

    names = (f"{network}.npy", f"{network}_mirrored.npy") if network else (_PLAIN, _MIRRORED)
    plain, mirrored = (_load(folder / name) for name in names)
    if plain is None:
        raise FileNotFoundError(folder / names[0])
    if mirrored is None:
        mirrored = np.zeros_like(plain)
    index = pd.read_parquet(folder / "index.parquet")
    if not len(index) == len(plain) == len(mirrored):
        raise ValueError(f"{folder}: {len(index)} rows in the index, {len(plain)} and {len(mirrored)} embeddings")
    return index, PairedEmbeddings(plain, mirrored)


def with_traits(part: tuple[pd.DataFrame, PairedEmbeddings], table: Path) -> tuple[pd.DataFrame, PairedEmbeddings]:
    """One part with the side and species of its photographs.

    Args:
        part: index and embeddings, as from `read`.
        table: `prepare`'s table of that part.

    Returns:
        Index and embeddings; `part` itself where the data has neither sides nor species.
    """
    index, views = part
    words = traits_of.read(table)
    if words is None:
        return part
    return index, PairedEmbeddings(views.plain, views.mirrored, traits_of.of_images(words, index["image"]))


def runtime_of(folder: Path) -> str:
    """What runs the network on a CPU in this run, as `embed` wrote it beside the embeddings; earlier it was torch."""
    file = folder / "runtime.json"
    return str(json.loads(file.read_text("utf-8"))[RUNTIME]) if file.exists() else "torch"


def has_mirrored(folder: Path) -> bool:
    """Whether `embed` embedded the mirror images of that part too."""
    return (folder / _MIRRORED).exists()


_PLAIN, _MIRRORED = "embeddings.npy", "mirrored.npy"


def _load(path: Path) -> Floats | None:
    return np.load(path, allow_pickle=False).astype(np.float32, copy=False) if path.exists() else None
