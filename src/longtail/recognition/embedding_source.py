"""Whose embeddings of a run are read: those of the trained network, of the pretrained one, or of both side by side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from longtail.metrics.network_choice import PRETRAINED, TRAINED, Used
from longtail.recognition.embeddings import ALL_FOLDS, WHITENED, Floats, PairedEmbeddings, read

if TYPE_CHECKING:
    import pandas as pd

_TINY = np.float32(1e-12)  # as in `training.heads.SideBySide`


@dataclass(frozen=True)
class EmbeddingSource:
    """Whose embeddings are read."""

    used: Used = TRAINED
    own: int = 0
    """Numbers that the first trained network gives of an image; needed for both."""
    all_folds: bool = False
    """Whether the trained networks are those that learned from every fold."""

    def read(self, folder: Path) -> tuple[pd.DataFrame, PairedEmbeddings]:
        """Read one part as `embed` wrote it.

        Args:
            folder: the part's folder.

        Returns:
            Index and embeddings, as `embeddings.read`. Of both those of the trained networks, then those of the
            pretrained one, made as long as the first one's: a cosine is then the mean over all networks.
        """
        if self.used == PRETRAINED:
            return read(folder, network=WHITENED)
        index, trained = read(folder, network=ALL_FOLDS if self.all_folds else "")
        if self.used == TRAINED:
            return index, trained
        pretrained = read(folder, network=WHITENED)[1]
        plain = side_by_side(trained.plain, pretrained.plain, self.own)
        return index, PairedEmbeddings(plain, side_by_side(trained.mirrored, pretrained.mirrored, self.own))


OF_TRAINED = EmbeddingSource()


def side_by_side(first: Floats, other: Floats, own: int) -> Floats:
    """The embeddings of several networks in one row, as `training.heads.SideBySide` gives them.

    Args:
        first: (n, d), by one network or by several of equal length.
        other: (n, e), by one more.
        own: how many columns of `first` are the first network's.

    Returns:
        (n, d + e).
    """
    length = np.linalg.norm(first[:, :own], axis=1, keepdims=True)
    factor = length / (np.linalg.norm(other, axis=1, keepdims=True) + _TINY)
    return np.hstack([first, other * factor]).astype(np.float32, copy=False)


def is_offered(labelled: Path) -> bool:
    """Whether `embed` wrote those of a pretrained network beside the trained one; `labelled`: that part's folder."""
    return (labelled / f"{WHITENED}.npy").exists()
