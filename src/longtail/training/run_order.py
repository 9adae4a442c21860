"""The trainings of one run of `train`, in their order: checkpoint names, names in lines of progress, time left.

There are `train.networks` of the train fold, and with `train.fold: all` then as many of every fold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SCORED, ALL_FOLDS = "train", "all"
"""The networks of the train fold, and those of every fold: values of `train.fold`, and names of their checkpoints."""


@dataclass(frozen=True)
class TrainingRun:
    """One of the trainings: several networks are trained one after the other, in as many epochs each."""

    name: str = ""
    """As "network 2 of 3"; `""` where there is one."""
    epochs: Mapping[str, int] = field(default_factory=dict)
    """By phase, of each training."""
    later: int = 0
    """Trainings that come after it."""

    @property
    def prefix(self) -> str:
        """What begins a line about it."""
        return f"{self.name}: " if self.name else ""

    def seconds_left(self, phase: str, epoch: int, seconds: float) -> float:
        """About how long all trainings still take.

        Args:
            phase: the phase that is under way.
            epoch: its epochs that have ended.
            seconds: that one of these took.

        Returns:
            Seconds.
        """
        phases = list(self.epochs)
        ended = {name: self.epochs[name] for name in phases[: phases.index(phase)]} | {phase: epoch}
        every = 1 + self.later
        left = sum(_COST[name] * (every * count - ended.get(name, 0)) for name, count in self.epochs.items())
        return seconds * left / _COST[phase]


_COST = {"frozen": 1 / 3, "unfrozen": 1.0}
"""Of an epoch, in those of the whole network: a frozen body has no backward pass."""


def checkpoint_names(params: Any, name: str, number: int) -> tuple[str, set[str]]:
    """Names of the checkpoints of a run.

    Args:
        params: `train:` of params.yaml.
        name: SCORED or ALL_FOLDS.
        number: of the network, from 1.

    Returns:
        That of this network, and those of all others.
    """
    own = _names(params)[_position(params, name, number)]
    return own, {*_names(params)} - {own}


def training_run(params: Any, name: str, number: int, epochs: Mapping[str, int]) -> TrainingRun:
    """One training among all; without a name where there is one network for the folds.

    Args:
        params: `train:` of params.yaml.
        name: SCORED or ALL_FOLDS.
        number: of the network, from 1.
        epochs: of each training, by phase.

    Returns:
        The training.
    """
    later = len(_names(params)) - 1 - _position(params, name, number)
    if params.networks == 1:
        return TrainingRun("", epochs, later)
    of_all = " of all folds" if name == ALL_FOLDS else ""
    return TrainingRun(f"network {number} of {params.networks}{of_all}", epochs, later)


def _position(params: Any, name: str, number: int) -> int:
    return number - 1 + (params.networks if name == ALL_FOLDS else 0)


def _names(params: Any) -> list[str]:
    """In the order of training."""
    folds = (SCORED, ALL_FOLDS) if params.fold == ALL_FOLDS else (SCORED,)
    numbers = ("", *(f"_{number}" for number in range(2, params.networks + 1)))
    return [fold + number for fold in folds for number in numbers]
