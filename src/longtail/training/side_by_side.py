"""The files of networks side by side, as one network reads them: torch is not needed for it.

The first network lies where a single one would, each other (`train.networks`), and the pretrained one
(`train.pretrained_beside`), in a folder of its own below it. `heads.SideBySide` says what the whole gives for an image.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from longtail.errors import BadInput, Problem, format_examples

if TYPE_CHECKING:
    from longtail.training.checkpoint import Card

Tensor = TypeVar("Tensor")

FOLDER = "more"
"""Beside the first network's files: where the others are."""
PRETRAINED = Path(FOLDER) / "pretrained"
"""Below the first network's folder: the pretrained network, whitened."""
NETWORKS = "networks"
"""Attribute of `heads.SideBySide`: the beginning of its tensors' names."""


def folder_of(number: int) -> Path:
    """The folder of a network's files, below that of the first one; `number`: 2 for the second."""
    return Path(FOLDER) / f"network_{number}"


def files(tensors: Path, networks: int, *, pretrained: bool = False) -> list[Path]:
    """The files of tensors, by number.

    Args:
        tensors: `model.safetensors` of the first network.
        networks: how many trained ones there are, as its card says.
        pretrained: whether the pretrained one is among those side by side.

    Returns:
        As many files, that of the pretrained network last.

    Raises:
        BadInput: one of them is not there.
    """
    folders = [*map(folder_of, range(2, networks + 1)), *([PRETRAINED] if pretrained else [])]
    others = [tensors.parent / folder / tensors.name for folder in folders]
    if missing := [path for path in others if not path.is_file()]:
        names = format_examples(path.relative_to(tensors.parent).as_posix() for path in missing)
        what = f"of {1 + len(others)} networks side by side, as model.json counts them, {len(missing)} not there"
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


def read(tensors: Path, card: Card, load_file: Callable[[Path], Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """The tensors of all networks.

    Args:
        tensors: `model.safetensors` of the first network.
        card: the contents of its `model.json`: which others there are.
        load_file: safetensors' reader, of numpy or of torch.

    Returns:
        As `merged`. Raises BadInput where a file is not there.
    """
    paths = files(tensors, card.networks, pretrained=bool(card.pretrained_size))
    return merged([load_file(path) for path in paths])
