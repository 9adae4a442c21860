"""Whether a network learned at all: its accuracy on what it learned from, beside what naming one identity gives."""

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
"""Share of what guessing leaves open under which a training has hardly learned."""
_BEGINNINGS = {
    "worse": "Worse than the untrained network",
    "no difference shown": "No difference to the untrained network is shown",
}
_MUCH = 0.5
"""Accuracy on the training images from which more of the same does not help."""
_Z = 1.959963984540054  # 95%, two-sided


@dataclass(frozen=True)
class Learned:
    """The last epoch of a training."""

    right: int
    """Training images named rightly while the network learned from them."""
    images: int
    """Training images shown."""
    chance: float
    """Accuracy of naming the most frequent identity always: 1 / identities where all are as frequent."""

    @property
    def accuracy(self) -> float:
        """Share of the images that were named rightly; NaN without images."""
        return self.right / self.images if self.images else math.nan

    @property
    def hardly(self) -> bool:
        """Whether the accuracy is near chance.

        It is near where the lower end of its 95% interval is above chance by less than `HARDLY` of what is left up to
        1 (Cohen 1960, "A coefficient of agreement for nominal scales": how much better than chance). Of two identities
        as frequent as each other that is under 0.525, of a thousand under 0.051. The interval makes few images prove
        more than many.
        """
        if not self.images or self.chance >= 1:
            return True
        return (wilson_low(self.right, self.images) - self.chance) / (1 - self.chance) < HARDLY

    def told(self) -> dict[str, float | int | bool]:
        """As `model.json` has it."""
        return {
            "train_images": self.images,
            "train_right": self.right,
            "train_accuracy": self.accuracy,
            "train_chance": self.chance,
            "hardly_learned": self.hardly,
        }


def about(model: Mapping[str, Any], beside_untrained: Difference | None = None) -> list[str]:
    """Sentences for a training that came to little, the last with what to set; empty where it came to something.

    Args:
        model: `model.json`, or the same from `Learned.told`.
        beside_untrained: MAP@5 of the identifier less that of the untrained network.
    """
    said = []
    if model.get("hardly_learned"):
        named = f"{model['train_right']:,} of {counted(model['train_images'], 'training image')} rightly"
        said.append(
            f"The network hardly learned: in its last epoch it named {named} ({model['train_accuracy']:.1%}), where "
            f"always naming the most frequent identity gives {model['train_chance']:.1%}."
        )
    if beside_untrained is not None and beside_untrained.value is not None:
        value, low, high, photographs = beside_untrained
        beginning = _BEGINNINGS.get(beside_untrained.verdict)
        on = f" on {counted(photographs, 'photograph')}" if photographs else ""
        figures = f"{value:+.3f} [{low:+.3f}, {high:+.3f}] MAP@5{on}"
        beside = "beside the nearest neighbour on the backbone as it was before training"
        said += [f"{beginning}: {figures}, {beside}."] if beginning else []
    if said:
        said[-1] += f" {_what_to_set(model)}"
    return said


def _what_to_set(model: Mapping[str, Any]) -> str:
    """More where little was learned; less where the training images were learned and it did not carry over."""
    accuracy = model.get("train_accuracy")
    if accuracy is None or accuracy < _MUCH:
        return (
            "Set more epochs (train.unfrozen_epochs) or a higher rate (train.base_lr; train.lr_find: true draws the "
            "loss over rates)."
        )
    return (
        f"It names {accuracy:.0%} of its training images rightly, and that does not carry over: set fewer epochs "
        "(train.unfrozen_epochs), a lower rate (train.base_lr), a slower backbone (train.body_lr_divisor) or stronger "
        "changes of the images (train.max_rotate, train.erase)."
    )


def chance_of(targets: NDArray[np.integer[Any]]) -> float:
    """Share of the most frequent class among `targets` (n,); NaN without any."""
    return float(np.bincount(targets).max() / len(targets)) if len(targets) else math.nan


def wilson_low(right: int, images: int) -> float:
    """Lower end of the 95% score interval of a share (Wilson 1927, "Probable inference", JASA 22)."""
    share, spread = right / images, _Z * _Z / images
    root = _Z * math.sqrt(share * (1 - share) / images + spread / (4 * images))
    return max(0.0, (share + spread / 2 - root) / (1 + spread))
