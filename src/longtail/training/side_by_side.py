"""The files of networks side by side (`train.networks`), as one network reads them: torch is not needed for it.

The first network lies where a single one would, each other in a folder of its own below it. `heads.SideBySide` says
what the whole gives for an image.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from longtail.errors import BadInput, Problem, format_examples

Tensor = TypeVar("Tensor")

FOLDER = "more"
"""Beside the first network's files: where the others are."""
NETWORKS = "networks"
"""Attribute of `heads.SideBySide`: the beginning of its tensors' names."""


def folder_of(number: int) -> Path:
    """The folder of a network's files, below that of the first one; `number`: 2 for the second."""
    return Path(FOLDER) / f"network_{number}"


def files(tensors: Path, networks: int) -> list[Path]:
    """The files of tensors, by number.

    Args:
        tensors: `model.safetensors` of the first network.
        networks: how many there are, as its card says.

    Returns:
        As many files.

    Raises:
        BadInput: one of them is not there.
    """
    others = [tensors.parent / folder_of(number) / tensors.name for number in range(2, networks + 1)]
    if missing := [path for path in others if not path.is_file()]:
        names = format_examples(path.relative_to(tensors.parent).as_posix() for path in missing)
        what = f"of {networks} networks side by side, as model.json counts them, {len(missing)} not there"
        remedy = f"Copy the folder {FOLDER}/ too, or train again: longtail train"
        raise BadInput(Problem(what, remedy, str(tensors.parent), example=names))
    return [tensors, *others]


def merged(networks: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """The tensors of some networks by the names that `heads.SideBySide` has for them.

    Args:
        networks: {name: tensor} of each.

    Returns:
        {name: tensor}; those of a single network as they are.
    """
    if len(networks) == 1:
        return dict(networks[0])
    return {f"{NETWORKS}.{number}.{name}": one[name] for number, one in enumerate(networks) for name in one}


def read(tensors: Path, networks: int, load_file: Callable[[Path], Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """The tensors of all networks.

    Args:
        tensors: `model.safetensors` of the first network.
        networks: how many there are.
        load_file: safetensors' reader, of numpy or of torch.

    Returns:
        As `merged`. Raises BadInput where a file is not there.
    """
    return merged([load_file(path) for path in files(tensors, networks)])
