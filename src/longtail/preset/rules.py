"""Which parameters follow from a set. Every rule rests on what was measured, and says where it was not.

Two trainings were measured: 9,850 whales at 100 px and the drawn sample of 1,400 photographs at 136 to 250 px
(docs/results/trainings-tried.md, docs/results/index.md). A set is given the one that it is nearer to.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from longtail.preset.survey import Facts

LARGE = 3_500
"""Named photographs from which the training of the whales is chosen: between the two sets, on a scale of ratios."""
MANY_SEEN_ONCE = 700
"""Individuals with one photograph from which they are not learned from: the sample has 212, the whales 2,220."""
FEW = 1_000
"""Named photographs below which more epochs show the network as many images as the sample does."""
MOST_EPOCHS = 20
GREY = 1 / 3
"""Share of photographs without colour from which colour is taken away: the sample has 0.18, the whales 0.50."""
_WARM_SHARE = 2 / 5
_ROOM = 4 / 3  # a working copy is this much larger than what the network sees
_MOST_THREADS = 8

_SMALL_TRAINING: dict[str, bool | int | float | str] = {
    "backbone": "efficientnet_lite0", "weights": "package", "max_rotate": 15.0, "max_shear": 8.0, "max_shift": 0.08,
    "shrink": 0.8, "zoom": 1.25, "max_warp": 0.15, "max_lighting": 0.35, "erase": 0.4, "batch_size": 32,
    "base_lr": 0.003, "body_lr_divisor": 1.0, "frozen_epochs": 1,
}  # fmt: skip
_LARGE_TRAINING: dict[str, bool | int | float | str] = {
    "backbone": "efficientnet_lite0", "weights": "package", "max_rotate": 20.0, "max_shear": 11.0, "max_shift": 0.11,
    "shrink": 0.72, "zoom": 1.35, "max_warp": 0.2, "max_lighting": 0.5, "erase": 0.5, "batch_size": 64,
    "base_lr": 0.002, "body_lr_divisor": 1.0, "frozen_epochs": 0,
}  # fmt: skip


class Choice(NamedTuple):
    """One parameter."""

    section: str
    key: str
    value: bool | int | float | str
    reason: str

    @property
    def name(self) -> str:
        """As `--set` wants it."""
        return f"{self.section}.{self.key}"


def choose(facts: Facts) -> list[Choice]:
    """The parameters that depend on the set or the machine, each with its reason.

    Args:
        facts: what the set holds.

    Returns:
        The choices, in the order of params.yaml.
    """
    is_large = facts.named >= LARGE
    size = 192 if is_large else 96
    side = min(round(size * _ROOM), facts.short_side)
    threads = min(facts.cores, _MOST_THREADS)
    side_reason = (
        f"no photograph is larger than {facts.short_side} px"
        if side == facts.short_side
        else f"a third more than the {size} px that the network sees"
    )
    return [
        Choice("compute", "threads", threads, _counted(facts.cores, "usable core")),
        Choice("compute", "workers", facts.cores, _counted(facts.cores, "usable core")),
        Choice("prepare", "side", max(16, side), side_reason),
        Choice("keypoints", "method", *_keypoints(is_large=is_large)),
        *(Choice("train", key, value, reason) for key, value, reason in _training(facts, size, is_large=is_large)),
    ]


def _training(facts: Facts, size: int, *, is_large: bool) -> list[tuple[str, bool | int | float | str, str]]:
    named = f"{facts.named:,} named photographs"
    measured = "the whales (9,850 photographs)" if is_large else "the drawn sample (1,400 photographs)"
    recipe = _LARGE_TRAINING if is_large else _SMALL_TRAINING
    size_reason = (
        f"{named}; on the whales 192 px was better than 96 and 144"
        if is_large
        else f"{named}, under {LARGE:,}: measured on {measured}"
    )
    many = facts.seen_once >= MANY_SEEN_ONCE
    once = f"{_counted(facts.seen_once, 'individual')} with one photograph"
    once_reason = f"{once}: learning them held the whales' network back" if many else f"{once}: few enough to learn"
    grey = f"{facts.grey:.0%} of the photographs have no colour"
    chosen: dict[str, tuple[bool | int | float | str, str]] = {
        "mirror_as_identity": _mirror(facts),
        "min_groups": (2 if many else 1, once_reason),
        "size": (size, size_reason),
        "grey": (facts.grey >= GREY, f"{grey}, {'a third or more' if facts.grey >= GREY else 'under a third'}"),
        "networks": _networks(is_large=is_large),
        "unfrozen_epochs": _epochs(facts, is_large=is_large),
        "warm_epochs": _warm_epochs(_epochs(facts, is_large=is_large)[0]),
    }
    chosen |= {key: (value, f"measured on {measured}") for key, value in recipe.items()}
    return [(key, *chosen[key]) for key in _ORDER]


_ORDER = (
    "backbone", "weights", "mirror_as_identity", "min_groups", "size", "grey", "max_rotate", "max_shear", "max_shift",
    "shrink", "zoom", "max_warp", "max_lighting", "erase", "networks", "batch_size", "base_lr", "body_lr_divisor",
    "frozen_epochs", "unfrozen_epochs", "warm_epochs",
)  # fmt: skip


def _keypoints(*, is_large: bool) -> tuple[str, str]:
    if is_large:
        return "sift", "marks that match helped on the whales; evaluate leaves them out where they do not"
    return "none", "not measured on a set of this size; with sift evaluate measures whether marks help"


def _networks(*, is_large: bool) -> tuple[int, str]:
    if is_large:
        return 2, "measured on the whales (9,850 photographs); twice the training of one"
    return 1, "not measured on a set of this size; each one more costs a training"


def _mirror(facts: Facts) -> tuple[bool, str]:
    if facts.has_sides:
        return False, "data.side_column compares left with left only"
    if facts.mirrors:
        return False, "train.horizontal_flip mirrors at random"
    return True, "measured with it; false where left and right look alike"


def _epochs(facts: Facts, *, is_large: bool) -> tuple[int, str]:
    if is_large:
        return 12, "measured on the whales (9,850 photographs)"
    if facts.named >= FEW:
        return 5, "measured on the drawn sample (1,400 photographs)"
    epochs = min(MOST_EPOCHS, math.ceil(5 * FEW / max(1, facts.named)))
    return epochs, f"{facts.named:,} named photographs: about as many images as from {FEW:,} in 5 epochs"


def _warm_epochs(epochs: int) -> tuple[int, str]:
    warm = max(1, round(_WARM_SHARE * epochs))
    return warm, f"two fifths of {epochs} epochs, each with a quarter of what was known: about an eighth of the images"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
