"""Whether a network learned at all: its accuracy on what it learned from, beside what naming one identity gives."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

HARDLY = 0.05
"""Share of what guessing leaves open under which a training has hardly learned."""
SLOWER = (
    "Set more epochs (train.unfrozen_epochs) or a higher rate (train.base_lr; train.lr_find: true draws the loss over"
    " rates)."
)
"""What to set where a training has not come far."""
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

    def says(self) -> str:
        """One sentence for a network that has hardly learned: its figures, and what to set."""
        named = f"named {self.right:,} of {self.images:,} training images rightly ({self.accuracy:.1%})"
        return (
            f"The network hardly learned: in its last epoch it {named}, where naming the most frequent identity always"
            f" gives {self.chance:.1%}. {SLOWER}"
        )


def chance_of(targets: NDArray[np.integer[Any]]) -> float:
    """Share of the most frequent class among `targets` (n,); NaN without any."""
    return float(np.bincount(targets).max() / len(targets)) if len(targets) else math.nan


def wilson_low(right: int, images: int) -> float:
    """Lower end of the 95% score interval of a share (Wilson 1927, "Probable inference", JASA 22)."""
    share, spread = right / images, _Z * _Z / images
    root = _Z * math.sqrt(share * (1 - share) / images + spread / (4 * images))
    return max(0.0, (share + spread / 2 - root) / (1 + spread))
