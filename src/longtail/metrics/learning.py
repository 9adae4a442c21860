"""Did the network learn anything? Its training accuracy, compared with always predicting the most frequent identity."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longtail.errors import counted
from longtail.metrics.difference import Difference

HARDLY = 0.05
"""Share of the way from chance to 1 below which a network has hardly learned."""
_BEGINNINGS = {
    "worse": "Worse than the untrained network",
    "no difference shown": "Not significantly different from the untrained network",
}
_MUCH = 0.5
"""Training accuracy from which more training does not help."""
_Z = 1.959963984540054  # 95%, two-sided


@dataclass(frozen=True)
class TrainAccuracy:
    """Training accuracy in the last epoch."""

    right: int
    """Training images that were classified correctly during the epoch."""
    images: int
    """Training images of the epoch."""
    chance: float
    """Accuracy of always predicting the most frequent identity: 1 / identities where all are equally frequent."""

    @property
    def accuracy(self) -> float:
        """Share of the images that were classified correctly; NaN without images."""
        return self.right / self.images if self.images else math.nan

    @property
    def hardly(self) -> bool:
        """Whether the accuracy is near chance.

        True where the lower end of its 95% interval is above chance by less than `HARDLY` of the distance from chance
        to 1 (Cohen 1960, "A coefficient of agreement for nominal scales"). With two equally frequent identities that
        is under 0.525, with a thousand under 0.051. Because of the interval, few images need a higher accuracy.
        """
        if not self.images or self.chance >= 1:
            return True
        return (wilson_low(self.right, self.images) - self.chance) / (1 - self.chance) < HARDLY

    def to_dict(self) -> dict[str, float | int | bool]:
        """The entries of `model.json`."""
        return {
            "train_images": self.images,
            "train_right": self.right,
            "train_accuracy": self.accuracy,
            "train_chance": self.chance,
            "hardly_learned": self.hardly,
        }


def training_warnings(model: Mapping[str, Any], gain: Difference | None = None) -> list[str]:
    """Warnings about a training that did not help; the last one ends with what to set.

    Args:
        model: `model.json`, or the same from `TrainAccuracy.to_dict`.
        gain: MAP@5 of the identifier minus that of the untrained network.

    Returns:
        One sentence a warning; empty where the training helped.
    """
    if model.get("head") == "none":  # nothing was trained
        return []
    warnings = []
    if model.get("hardly_learned"):
        correct = f"{model['train_right']:,} of {counted(model['train_images'], 'training image')} correctly"
        warnings.append(
            f"The network hardly learned: in its last epoch it classified {correct} ({model['train_accuracy']:.1%}). "
            f"Always predicting the most frequent identity gives {model['train_chance']:.1%}."
        )
    if gain is not None and gain.value is not None:
        value, low, high, photographs = gain
        beginning = _BEGINNINGS.get(gain.verdict)
        on = f" on {counted(photographs, 'photograph')}" if photographs else ""
        figures = f"{value:+.3f} [{low:+.3f}, {high:+.3f}] MAP@5{on}"
        baseline = "compared with the nearest neighbour on the backbone before training"
        warnings += [f"{beginning}: {figures}, {baseline}."] if beginning else []
    if warnings:
        warnings[-1] += f" {_what_to_set(model)}"
    return warnings


def _what_to_set(model: Mapping[str, Any]) -> str:
    """More training where little was learned; less where the training images were learned and it did not generalise."""
    accuracy = model.get("train_accuracy")
    if accuracy is None or accuracy < _MUCH:
        return (
            "Set more epochs (train.unfrozen_epochs) or a higher learning rate (train.base_lr; train.lr_find: true "
            "plots the loss by learning rate)."
        )
    return (
        f"It classifies {accuracy:.0%} of its training images correctly but does not generalise. Set fewer epochs "
        "(train.unfrozen_epochs), a lower learning rate (train.base_lr, train.body_lr_divisor) or stronger "
        "augmentation (train.max_rotate, train.erase)."
    )


def chance_of(targets: NDArray[np.integer[Any]]) -> float:
    """Share of the most frequent class among `targets` (n,); NaN without targets."""
    return float(np.bincount(targets).max() / len(targets)) if len(targets) else math.nan


def wilson_low(right: int, images: int) -> float:
    """Lower end of the 95% score interval of a proportion (Wilson 1927, "Probable inference", JASA 22).

    Args:
        right: successes.
        images: trials, at least one.

    Returns:
        Between 0 and 1.
    """
    share, spread = right / images, _Z * _Z / images
    root = _Z * math.sqrt(share * (1 - share) / images + spread / (4 * images))
    return max(0.0, (share + spread / 2 - root) / (1 + spread))
