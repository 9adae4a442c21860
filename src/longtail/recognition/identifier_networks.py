"""The network files that an identifier holds, where it does not use the scored network in `artifacts/train/`.

`predict` copies them into the identifier's folder, so that `identify` needs no rule of its own: with `train.fold: all`
the network of all folds, with `train.pretrained_beside` the pretrained one, or all that are used side by side.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longtail.metrics.network_choice import BOTH, PRETRAINED, Used

_FILES = ("model.safetensors", "model.json")


@dataclass(frozen=True)
class IdentifierNetworks:
    """The networks of an identifier."""

    count: int
    """How many are used side by side."""
    files: Mapping[str, Path]
    """{name below the folder: file}; empty where the identifier uses the scored network in `artifacts/train/`."""
    card: Mapping[str, Any] | None = None
    """`model.json` of the first one, where none of the files is it."""


def of(paths: Any, used: Used, *, all_folds: bool) -> IdentifierNetworks:
    """The networks that the identifier uses.

    Args:
        paths: those of `predict`.
        used: which of the run's networks `evaluate` chose.
        all_folds: whether the trained ones are those that learned from every fold.

    Returns:
        Their files.
    """
    pretrained = paths.more / PRETRAINED
    if used == PRETRAINED:
        return IdentifierNetworks(1, {name: pretrained / name for name in _FILES})
    trained = paths.all_folds if all_folds else paths.model.parent
    card, count = _card(trained), int(_card(paths.model.parent).get("networks", 1))
    if used != BOTH:
        return IdentifierNetworks(count, _files(trained) if all_folds else {})
    files = _files(trained) | {f"{paths.more.name}/{PRETRAINED}/{name}": pretrained / name for name in _FILES}
    del files[paths.card.name]
    return IdentifierNetworks(count + 1, files, card | {"pretrained_size": _card(pretrained)["embedding_size"]})


def _card(folder: Path) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((folder / "model.json").read_text("utf-8"))
    return card


def _files(folder: Path) -> dict[str, Path]:
    """Those of the first network and of the others that were trained like it."""
    files = [*(folder / name for name in _FILES), *sorted(folder.glob("more/network_*/model.*"))]
    return {path.relative_to(folder).as_posix(): path for path in files}
