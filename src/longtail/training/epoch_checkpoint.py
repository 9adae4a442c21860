"""The file of a training's finished epochs: written after each, read by the next run of the same training.

It lies where no stage reads and DVC removes nothing, and there is one for each network of a run: several with
`train.fold: all` and with `train.networks`. What another training has left (other parameters, photographs, code or
machine) is removed. Tensors and plain values are in it, and nothing that can run code.
"""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

import torch

from longtail import atomic
from longtail.errors import NoSpace

_LOG = logging.getLogger(__name__)


class EpochCheckpoint:
    """The checkpoint of one training."""

    def __init__(self, folder: Path, key: str, name: str = "train", beside: Collection[str] = ()) -> None:
        """Take the place of every other training's checkpoint.

        Args:
            folder: `paths.CHECKPOINTS` of a project.
            key: of `training_key.key_of`.
            name: of the network, the beginning of the file's name.
            beside: names of the other networks of the same run, whose checkpoints stay.
        """
        self.path = folder / f"{name}-{key}.pt"
        self._beside = beside
        self.is_kept = False
        """Whether the file holds the last finished epoch."""

    def read(self) -> dict[str, Any]:
        """What was written last; empty if there is nothing of this training, or it cannot be read."""
        others = [path for path in _files(self.path.parent) if path != self.path and not self._stays(path)]
        for path in others:
            path.unlink(missing_ok=True)
        if any(path.suffix == self.path.suffix for path in others):
            _LOG.info("train: a checkpoint of another training is removed (other parameters, data, code or machine)")
        if not self.path.is_file():
            return {}
        if not _is_whole(self.path):
            _LOG.warning("train: the checkpoint is damaged and is removed: the training begins anew")
            self.remove()
            return {}
        state: dict[str, Any] = torch.load(self.path, map_location="cpu", weights_only=True)
        self.is_kept = True
        return state

    def _stays(self, path: Path) -> bool:
        return path.name.partition("-")[0] in self._beside

    def write(self, state: dict[str, Any]) -> None:
        """Replace the file as a whole. A disk that takes no more does not end the training; it is said.

        Args:
            state: tensors and plain values.
        """
        self.is_kept = False
        data = io.BytesIO()  # torch's own writer turns a full disk into an error without a reason
        torch.save(state, data)
        try:
            with atomic.replacing(self.path) as temporary:
                temporary.write_bytes(data.getbuffer())
        except (NoSpace, OSError) as error:
            why = "no space left on the disk" if isinstance(error, NoSpace) else error.strerror or error
            _LOG.warning(f"train: no checkpoint of this epoch ({why}: {self.path}); the training goes on")
        else:
            self.is_kept = True

    def remove(self) -> None:
        """Remove the file: the training has ended well."""
        self.path.unlink(missing_ok=True)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _is_whole(path: Path) -> bool:
    """Whether every part of a file that torch has written agrees with its sum, which torch does not check."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, zipfile.BadZipFile):
        return False
