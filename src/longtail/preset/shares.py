"""How many photographs of a set will be learned from, scored and filtered: what a run's minutes depend on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from longtail.images.variants import NAMES

_BEFORE_A_CUTOFF = 0.7
"""Share that a split by time learns from; how much came later is not looked at."""


@dataclass(frozen=True)
class Expected:
    """Expected numbers. Every photograph counts as a group of its own; copies make them smaller."""

    images: float
    """That an epoch shows, mirror images aside."""
    images_of_all: float
    """The same of the network of all folds (`train.fold: all`)."""
    scored: float
    """Of the identities that the network learns."""
    variants: float
    """Filtered copies."""


def expected(class_counts: Mapping[int, int], sections: Mapping[str, Any]) -> Expected:
    """The numbers of one split.

    Args:
        class_counts: {photographs of a known individual: individuals with so many}.
        sections: `split`, `oversample` and `train` of params.yaml.

    Returns:
        Expectations over the draws of `split`.
    """
    split, oversample, train = (sections[name] for name in ("split", "oversample", "train"))
    images = images_of_all = scored = variants = 0.0
    for count, individuals in class_counts.items():
        valid, kept = _held_out(count, split)
        learning = individuals * kept  # individuals with photographs in the train fold
        in_train = count - valid
        filtered = len(NAMES) * in_train if in_train < oversample.min_count else 0.0
        variants += learning * filtered
        if math.ceil(in_train) >= train.min_groups:
            planned = filtered * oversample.passes if oversample.strategy == "augmented_oversampling" else 0.0
            images += learning * (in_train + (planned if train.images == "augmented" else 0.0))
            scored += learning * valid
        if count >= train.min_groups:
            images_of_all += individuals * count
    return Expected(images, images_of_all, scored, variants)


def _held_out(count: int, split: Any) -> tuple[float, float]:
    """(photographs of an individual in valid, share of such individuals that are learned from)."""
    kept = 1 - split.discover_share if count > 1 else 1.0
    if split.strategy == "time":
        return count * (1 - _BEFORE_A_CUTOFF), kept
    if count == 1:
        return 0.0, 1 - split.new_identity_share
    return max(1, math.floor(split.valid_share * count + 0.5)), kept
